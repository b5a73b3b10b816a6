"""The other commands: env, config, verify, user, account; and what is told when one fails."""

from __future__ import annotations

import base64
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import orjson
import pytest

from s3trail.cli.welcome import welcome
from s3trail.config import SETTINGS, load
from s3trail.journal import journal
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.ids import RandomIds
from s3trail.state.config import identities
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Environment
from tests.unit.cli.conftest import START, Run, journaled, record

ROOT = Path(__file__).parents[3]


def test_env_exports_the_root_key_and_the_settings_address(started: Path, run: Run) -> None:
    outcome = run("env")
    words = [shlex.split(line) for line in outcome.out.splitlines()]
    assert all(first == "export" and len(rest) == 1 for first, *rest in words)
    values = dict(word.split("=", 1) for _, word in words)
    assert [*values] == [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
    ]
    assert values["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9000"
    assert re.fullmatch("AKIA[A-Z2-7]{16}", values["AWS_ACCESS_KEY_ID"])
    assert len(values["AWS_SECRET_ACCESS_KEY"]) == 40
    assert started.exists()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("http://127.0.0.1:4321\n", "http://127.0.0.1:4321"),
        ("http://0.0.0.0:80\n", "http://127.0.0.1:80"),
        ("http://[::]:80\n", "http://[::1]:80"),
    ],
)
def test_env_takes_the_address_that_the_server_wrote(
    started: Path, run: Run, written: str, told: str
) -> None:
    (started / "run").mkdir()
    (started / "run" / "endpoint").write_text(written)
    assert run("env").out.splitlines()[-1] == f"export AWS_ENDPOINT_URL={shlex.quote(told)}"


def test_env_needs_a_running_server_for_a_free_port(
    started: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3TRAIL_SERVER_LISTEN", "127.0.0.1:0")
    outcome = run("env")
    assert (outcome.code, outcome.out) == (1, "")
    assert "isn't running" in outcome.err
    assert started.exists()


@pytest.mark.parametrize("command", [["env"], ["lookup"], ["tail"], ["verify"], ["user", "list"]])
def test_commands_say_that_there_is_no_data(data: Path, run: Run, command: list[str]) -> None:
    outcome = run(*command)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"s3trail: there is no journal in {data}; start `s3trail serve` first")
    assert outcome.err.count("\n") == 1
    assert not data.exists()


def test_config_prints_each_setting_with_source_and_reason(data: Path, run: Run) -> None:
    rows = json.loads(run("config", "-o", "json").out)
    assert [row["name"] for row in rows] == [name for name, each in SETTINGS.items() if not each.hidden]
    assert rows[0]["value"] == str(data)
    assert rows[0]["source"] == "S3TRAIL_DATA"
    assert rows[1]["source"] == "default"
    table = run("config").out.splitlines()
    assert table[0].split() == ["name", "value", "source", "default", "reason"]
    assert len(table) == len(rows) + 1


@pytest.mark.usefixtures("data")
def test_config_as_toml_is_a_file_with_the_same_settings(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3TRAIL_HISTORY_RETENTION_DAYS", "30")
    monkeypatch.setenv("S3TRAIL_SERVER_DOMAINS", "a.example,b.example")
    monkeypatch.setenv("S3TRAIL_HEALTH_LOOPBACK_ONLY", "true")
    text = run("config", "-o", "toml").out
    document = tomllib.loads(text)
    assert document["history"] == {"retention_days": 30}
    assert document["server"] == {"domains": ["a.example", "b.example"]}
    file = tmp_path / "s3trail.toml"
    # Every line that is commented out is a setting too.
    file.write_text(re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE))
    settings = load(config_file=file, environ={})
    assert settings.history.retention_days == 30
    assert settings.health.loopback_only is True
    assert settings.server.listen == load(environ={}).server.listen


def test_wrong_settings_are_usage_errors(data: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3TRAIL_TRAILS_DELIVERY_INTERVAL", "60")
    outcome = run("lookup")
    assert outcome.code == 2
    assert outcome.err.startswith(
        "s3trail: trails.delivery_interval (S3TRAIL_TRAILS_DELIVERY_INTERVAL): '60'"
    )
    assert not data.exists()


def test_verify_proves_a_whole_journal(journal_only: Path, run: Run) -> None:
    journaled(journal_only, *(record(number) for number in range(3)))
    outcome = run("verify")
    assert outcome.code == 0
    assert outcome.out.startswith("ok: 3 records, 1 to 3; none is missing or altered\nhead hash ")
    verdict = json.loads(run("verify", "-o", "json").out)
    assert (verdict["ok"], verdict["entries"], verdict["first"], verdict["last"]) == (True, 3, 1, 3)
    assert len(verdict["headHash"]) == 64


def test_verify_names_the_place_of_an_altered_record(journal_only: Path, run: Run) -> None:
    journaled(journal_only, *(record(number) for number in range(3)))
    environment = Environment(journal_only)
    with environment.write() as tx:
        key = (2).to_bytes(8, "big")
        found = tx.get("journal", key)
        assert found is not None
        tx.put("journal", key, found.replace(b"photos", b"phot0s"))
    environment.close()
    outcome = run("verify")
    assert outcome.code == 1
    assert outcome.out.startswith("FAULT at record 2: ")
    verdict = json.loads(run("verify", "-o", "json").out)
    assert (verdict["ok"], verdict["at"], verdict["entries"]) == (False, 2, 1)


def test_user_add_prints_a_key_that_works_and_records_it(started: Path, run: Run) -> None:
    outcome = run("user", "add", "alice", "--rights", "read-only", "-o", "json")
    assert outcome.code == 0
    shown = json.loads(outcome.out)
    environment = Environment(started, readonly=True)
    with environment.read() as tx:
        key = identities.find_access_key(tx, shown["AccessKeyId"])
        records = [entry.record for entry in journal.read(tx, 0)]
    environment.close()
    assert key is not None
    assert (key.user_name, key.rights) == ("alice", "read-only")
    secrets_key = (started / "secrets" / "master.key").read_bytes()
    assert key.secret(Secrets(base64.b64decode(secrets_key))) == shown["SecretAccessKey"]
    made = [orjson.loads(each) for each in records[-2:]]
    assert [each["eventName"] for each in made] == ["CreateUser", "CreateAccessKey"]
    assert made[1]["serviceEventDetails"]["accessKeyId"] == shown["AccessKeyId"]
    assert all(shown["SecretAccessKey"].encode() not in each for each in records)


def test_a_user_that_cannot_be_leaves_nothing_behind(started: Path, run: Run) -> None:
    assert run("user", "add", "alice").code == 0
    outcome = run("user", "add", "Alice")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "s3trail: User with name Alice already exists.\n"
    assert len(run("tail").out.splitlines()) == 4
    assert started.exists()


@pytest.mark.usefixtures("started")
def test_accounts_have_their_own_users(run: Run) -> None:
    assert json.loads(run("account", "add", "second", "--id", "222222222222", "-o", "json").out)["Arn"] == (
        "arn:aws:iam::222222222222:root"
    )
    assert run("user", "add", "bob", "--account", "222222222222").code == 0
    assert run("user", "add", "bob", "--account", "999999999999").code == 1
    users = json.loads(run("user", "list", "-o", "json").out)
    assert [(each["UserName"], each["AccountId"]) for each in users] == [("bob", "222222222222")]
    assert run("account", "list", "-o", "csv").out.splitlines()[0] == "AccountId,AccountName,CreateDate"
    assert "222222222222" in run("account", "list").out


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["lookup", "--colour"],
        ["user", "add"],
        ["serve", "--workers", "x"],
        ["serve", "--listen", "x"],
    ],
)
def test_usage_errors_are_one_line(run: Run, arguments: list[str]) -> None:
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("s3trail: ")
    assert outcome.err.count("\n") == 1


@pytest.mark.usefixtures("data")
def test_faults_of_our_own_are_one_line_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("s3trail.config.load", broken)
    outcome = run("lookup")
    assert (outcome.code, outcome.err) == (1, "s3trail: internal error: ZeroDivisionError: oops\n")


HEAVY = ("lmdb", "orjson", "cryptography", "botocore", "sqlalchemy", "uvloop")


def test_help_imports_nothing_heavy() -> None:
    program = f"""
import sys
from s3trail.cli.main import outcome
outcome(["--help"])
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_welcome_tells_how_to_begin_and_shows_a_new_secret_once(data: Path, tmp_path: Path) -> None:
    environment = Environment(data)
    key = identities.first_start(environment, Secrets(bytes(32)), RandomIds(), FixedClock(START))
    environment.close()
    assert key is not None
    elsewhere = load(environ={"S3TRAIL_DATA": str(tmp_path / "it's here")})
    first = welcome("http://0.0.0.0:9000", elsewhere, (key.access_key.key_id, key.secret))
    assert key.secret in first
    assert "http://127.0.0.1:9000" in first
    assert f'eval "$(s3trail env --data {shlex.quote(str(elsewhere.data))})"' in first
    again = welcome("http://127.0.0.1:9000", load(environ={}), None)
    assert key.secret not in again
    assert 'eval "$(s3trail env)"' in again


def test_reference_page_has_every_command_and_flag(run: Run) -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    commands = [
        "serve",
        "env",
        "config",
        "verify",
        "lookup",
        "tail",
        "user add",
        "user list",
        "account add",
        "account list",
        "views rebuild",
        "trail quickstart",
        "selectors test",
    ]
    sections = re.split(r"^## ", page, flags=re.MULTILINE)
    for command in commands:
        section = next((each for each in sections if each.startswith(f"`s3trail {command}`")), "")
        assert section, f"{command} isn't described"
        shown = run(*command.split(), "--help").out
        for flag in set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help"}:
            assert flag in section, f"{command} {flag} isn't described"
