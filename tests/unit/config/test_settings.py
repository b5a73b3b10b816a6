"""Settings: where they come from, which source wins, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from s3trail.config import SETTINGS, Address, SettingError, Settings, load

ROOT = Path(__file__).parents[3]


def test_defaults_are_those_of_the_list() -> None:
    settings = load(environ={})
    assert settings == Settings()
    assert settings.data == Path("s3trail-data").absolute()
    assert settings.server.listen == Address("127.0.0.1", 9000)
    assert settings.trails.delivery_interval == 60.0
    assert settings.trails.delivery_size == 5_000_000
    assert settings.audit.authentication_failures is True
    assert settings.bench.recording is True
    assert 1 <= settings.server.workers <= 8


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "s3trail.toml"
    file.write_text('[server]\nworkers = 1\nregion = "eu-west-1"\n[history]\nretention_days = 7\n')
    environ = {"S3TRAIL_SERVER_WORKERS": "2", "S3TRAIL_HISTORY_RETENTION_DAYS": "8"}
    settings = load(config_file=file, environ=environ, flags={"server.workers": "3"})
    assert settings.server.workers == 3
    assert settings.history.retention_days == 8
    assert settings.server.region == "eu-west-1"
    assert settings.given["server.workers"].source == "command line"
    assert settings.given["history.retention_days"].source == "S3TRAIL_HISTORY_RETENTION_DAYS"
    assert settings.given["server.region"].source == str(file)
    assert "server.listen" not in settings.given


def test_environment_names_the_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "s3trail.toml"
    file.write_text('data = "/srv/trail"\n')
    assert load(environ={"S3TRAIL_CONFIG": str(file)}).data == Path("/srv/trail")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("server.listen", "[::1]:80", Address("::1", 80)),
        ("server.listen", "0.0.0.0:0", Address("0.0.0.0", 0)),
        ("server.console", "off", None),
        ("server.domains", "s3.example.com, LOCALHOST.", ("s3.example.com", "localhost")),
        ("trails.delivery_interval", "1.5h", 5400.0),
        ("server.drain_timeout", "500ms", 0.5),
        ("trails.delivery_size", "64KiB", 65536),
        ("history.data_events", "true", True),
        ("network.trusted_proxies", "", ()),
    ],
)
def test_reads_values(name: str, text: str, value: object) -> None:
    found: object = load(environ={}, flags={name: text})
    for part in name.split("."):
        found = getattr(found, part)
    assert found == value


def test_networks_may_be_single_addresses() -> None:
    networks = load(environ={"S3TRAIL_NETWORK_TRUSTED_PROXIES": "10.0.0.0/8,::1"}).network.trusted_proxies
    assert [str(network) for network in networks] == ["10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("server.listen", "9000"),
        ("server.listen", "::1:9000"),
        ("server.listen", "localhost:65536"),
        ("server.workers", "0"),
        ("server.workers", "many"),
        ("server.region", "nowhere"),
        ("server.domains", "a b"),
        ("trails.delivery_interval", "60"),
        ("trails.delivery_interval", "0s"),
        ("trails.delivery_size", "5 parsecs"),
        ("history.data_events", "yes"),
        ("audit.durability", "eventually"),
        ("network.trusted_proxies", "10.0.0.1/8"),
        ("data", ""),
    ],
)
def test_refuses_other_values_naming_setting_source_and_what_is_allowed(name: str, text: str) -> None:
    setting = SETTINGS[name]
    with pytest.raises(SettingError) as caught:
        load(environ={setting.environment: text})
    message = str(caught.value)
    assert message.startswith(f"{name} ({setting.environment}): {text!r}")
    assert setting.kind.allowed in message


def test_refuses_unknown_names_with_a_hint(tmp_path: Path) -> None:
    file = tmp_path / "s3trail.toml"
    file.write_text("[server]\nworker = 1\n")
    with pytest.raises(
        SettingError, match=r"server\.worker \(.*s3trail\.toml\).*did you mean server\.workers"
    ):
        load(config_file=file, environ={})
    with pytest.raises(SettingError, match=r"server\.listn \(S3TRAIL_SERVER_LISTN\)"):
        load(environ={"S3TRAIL_SERVER_LISTN": "x"})
    with pytest.raises(SettingError, match="no such setting"):
        load(environ={"S3TRAIL_DATAS": "x"})


@pytest.mark.parametrize(
    "variable",
    [
        "S3TRAIL_SERVICE_HOST",
        "S3TRAIL_SERVICE_PORT_HTTP",
        "S3TRAIL_PORT",
        "S3TRAIL_PORT_9000_TCP_ADDR",
        "S3TRAIL_CONSOLE_SERVICE_PORT",
    ],
)
def test_passes_over_service_links_of_kubernetes(variable: str) -> None:
    assert load(environ={variable: "tcp://10.0.0.1:9000"}) == Settings()


def test_refuses_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="can't be read: No such file"):
        load(config_file=tmp_path / "none.toml", environ={})
    file = tmp_path / "broken.toml"
    file.write_text("[server\n")
    with pytest.raises(SettingError, match="isn't TOML"):
        load(config_file=file, environ={})


@pytest.mark.parametrize("value", ["1.5", "[1]", "{ a = 1 }", "[true]"])
def test_refuses_toml_types_that_no_setting_has(tmp_path: Path, value: str) -> None:
    file = tmp_path / "s3trail.toml"
    file.write_text(f"[history]\nretention_days = {value}\n")
    with pytest.raises(SettingError, match=r"history\.retention_days"):
        load(config_file=file, environ={})


def test_lists_are_toml_arrays(tmp_path: Path) -> None:
    file = tmp_path / "s3trail.toml"
    file.write_text('[server]\ndomains = ["a.example", "b.example"]\n')
    assert load(config_file=file, environ={}).server.domains == ("a.example", "b.example")


def test_journal_is_kept_as_long_as_history_looks_back() -> None:
    with pytest.raises(SettingError, match=r"journal\.retention_days \(default\) is 365.*at least.*400"):
        load(environ={"S3TRAIL_HISTORY_RETENTION_DAYS": "400"})


def test_hidden_switch_is_set_from_the_environment_alone(tmp_path: Path) -> None:
    assert load(environ={"S3TRAIL_BENCH_RECORDING": "off"}).bench.recording is False
    file = tmp_path / "s3trail.toml"
    file.write_text('[bench]\nrecording = "off"\n')
    with pytest.raises(SettingError, match="no such setting"):
        load(config_file=file, environ={})


def test_reference_page_lists_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    rows = re.findall(r"^\| `([a-z_.]+)` \| `?([^|`]*?)`? \| ([^|]*?) \| ([^|]*?) \|$", page, re.MULTILINE)
    shown = [setting for setting in SETTINGS.values() if not setting.hidden]
    assert rows == [(each.name, each.default or "(none)", each.kind.allowed, each.reason) for each in shown]
