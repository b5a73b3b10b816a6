"""Every setting with its type, its default and the reason for it; read by `app` and `cli` alone.

The section classes are the list: each of their fields is a setting named `section.field`. `load` reads the
sources in order, each over the one before: defaults, the TOML file, the environment
(`S3TRAIL_SECTION_FIELD`), the command line. The outcome is one frozen `Settings`. A name that isn't listed,
or a value that doesn't fit, is a `SettingError` that says which setting, from which source, and what is
allowed.

How values are written: durations `500ms`, `60s`, `5m`, `1h`, `2d`; sizes `512B`, `5MB` (decimal), `64KiB`
(binary); addresses `127.0.0.1:9000`, `[::1]:9000`; lists as TOML arrays, elsewhere with commas.
"""

# ruff: noqa: RUF009 -- a field of a section is made by `_setting`, which returns a dataclasses.field

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

__all__ = [
    "SETTINGS",
    "Address",
    "Audit",
    "Bench",
    "Given",
    "Health",
    "History",
    "Journal",
    "Limits",
    "Log",
    "Network",
    "Server",
    "Setting",
    "SettingError",
    "Settings",
    "Trails",
    "load",
]

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingError(Exception):
    """A setting can't be used; the message names setting, source and what is allowed."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 asks the system for a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of setting: how its text is read (ValueError if it can't be), and what is allowed, in words."""

    parse: Callable[[str], Any]
    allowed: str
    is_list: bool = False


_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {
    unit: scale**power
    for scale, units in ((1000, ("B", "KB", "MB", "GB", "TB")), (1024, ("B", "KiB", "MiB", "GiB", "TiB")))
    for power, unit in enumerate(units)
}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?) ?([A-Za-z]+)")


def _quantity(text: str, units: Mapping[str, float]) -> float:
    found = _QUANTITY.fullmatch(text.strip())
    if found is None or found[2] not in units:
        raise ValueError(text)
    return float(found[1]) * units[found[2]]


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _address(text: str) -> Address:
    host, separator, port = text.strip().rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = str(ipaddress.IPv6Address(host[1:-1]))
    elif ":" in host:
        raise ValueError(text)
    if not (separator and host and port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError(text)
    return Address(host, int(port))


def _networks(text: str) -> tuple[IpNetwork, ...]:
    return tuple(ipaddress.ip_network(item) for item in _items(text))


def _domains(text: str) -> tuple[str, ...]:
    domains = tuple(item.lower().rstrip(".") for item in _items(text))
    if not all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", domain) for domain in domains):
        raise ValueError(text)
    return domains


def _path(text: str) -> Path:
    if not text:
        raise ValueError(text)
    return Path(text).expanduser().absolute()


def _workers(text: str) -> int:
    if text == "auto":
        return min(len(os.sched_getaffinity(0)), 8)
    return int(_whole(1, 64).parse(text))


def _region(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2,}(-[a-z]+)+-\d+", text):
        raise ValueError(text)
    return text


def _choice(*words: str) -> Kind:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return Kind(parse, " or ".join(words))


def _switch(on: str, off: str) -> Kind:
    return Kind(lambda text: {on: True, off: False}[text], f"{on} or {off}")


def _whole(least: int, most: int) -> Kind:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(text)
        return int(text)

    return Kind(parse, f"a whole number from {least} to {most}")


def _duration(least: float) -> Kind:
    def parse(text: str) -> float:
        seconds = _quantity(text, _SECONDS)
        if seconds < least:
            raise ValueError(text)
        return seconds

    return Kind(parse, f"a number and ms, s, m, h or d, such as 60s, at least {least:g}s")


def _size(least: int) -> Kind:
    def parse(text: str) -> int:
        size = int(_quantity(text, _BYTES))
        if size < least:
            raise ValueError(text)
        return size

    return Kind(parse, f"a number and B, KB, MB, GB, KiB, MiB or GiB, such as 5MB, at least {least} B")


_ADDRESS = Kind(_address, "HOST:PORT, such as 127.0.0.1:9000 or [::1]:9000")
_ADDRESS_OR_OFF = Kind(lambda text: None if text == "off" else _address(text), f"{_ADDRESS.allowed}, or off")
_BOOL = _switch("true", "false")
_DOMAINS = Kind(_domains, "host names with commas between them", is_list=True)
_NETWORKS = Kind(_networks, "addresses or networks such as 10.0.0.0/8 with commas between them", is_list=True)
_PATH = Kind(_path, "the path of a directory")
_REGION = Kind(_region, "a region's name, such as us-east-1")
_WORKERS = Kind(_workers, "auto, or a whole number from 1 to 64")


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the list."""

    name: str
    """`section.field`, or `data`."""
    kind: Kind
    default: str
    """As it would be written."""
    reason: str
    """What it is for and why its default is what it is; one line."""
    hidden: bool
    """Set from the environment alone, and not printed: a switch of the bench."""

    @property
    def environment(self) -> str:
        """`S3TRAIL_SECTION_FIELD`."""
        return "S3TRAIL_" + self.name.replace(".", "_").upper()


def _setting(default: str, kind: Kind, reason: str, *, hidden: bool = False) -> Any:
    metadata = {"default": default, "kind": kind, "reason": reason, "hidden": hidden}
    return field(default_factory=lambda: kind.parse(default), metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The endpoint."""

    listen: Address = _setting(
        "127.0.0.1:9000", _ADDRESS, "Where all AWS APIs answer; this machine alone by default."
    )
    console: Address | None = _setting(
        "127.0.0.1:9001", _ADDRESS_OR_OFF, "Address kept for the web console; off: none."
    )
    workers: int = _setting(
        "auto",
        _WORKERS,
        "Processes that serve requests; auto: one per core, at most 8.",
    )
    domains: tuple[str, ...] = _setting(
        "localhost", _DOMAINS, "Base domains of virtual-host style (BUCKET.localhost)."
    )
    region: str = _setting(
        "us-east-1", _REGION, "Region of a request that names none (anonymous, SigV2), and of `s3trail env`."
    )
    max_header_bytes: int = _setting(
        "64KiB",
        _size(8192),
        "Longest request head. S3 takes 8 KB of headers; presigned URLs and tokens need more.",
    )
    idle_timeout: float = _setting(
        "75s",
        _duration(1),
        "Closes a connection without a request; longer than the pools of the SDKs keep one (60 s).",
    )
    body_timeout: float = _setting(
        "60s", _duration(1), "Gives up on a transfer in which no byte moves; the broken call is recorded."
    )
    drain_timeout: float = _setting("30s", _duration(0), "How long calls under way may take after SIGTERM.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`/_s3trail/health` and `/_s3trail/metrics`."""

    loopback_only: bool = _setting(
        "false",
        _BOOL,
        "Answers health and metrics to callers on this machine alone.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The server's own log on stderr, not the audit trail."""

    format: str = _setting(
        "auto",
        _choice("auto", "json", "text"),
        "Lines of the log; auto: text on a terminal, else JSON.",
    )
    level: str = _setting(
        "info", _choice("debug", "info", "warning", "error"), "Least severity that is logged."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is recorded, and when a call may complete."""

    durability: str = _setting(
        "sync",
        _choice("sync", "async"),
        "sync: no answer before its record is on disk; async: answers of reads don't wait for theirs.",
    )
    authentication_failures: bool = _setting(
        "true",
        _BOOL,
        "Records calls whose signature fails, which AWS doesn't; a guessed key is worth knowing of.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Who stands between the clients and the server."""

    trusted_proxies: tuple[IpNetwork, ...] = _setting(
        "", _NETWORKS, "Peers whose X-Forwarded-For is believed. None, since anyone can send the header."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Event history, as LookupEvents shows it."""

    retention_days: int = _setting(
        "90", _whole(1, 36500), "How far back Event history looks; AWS's is 90 days."
    )
    data_events: bool = _setting(
        "false", _BOOL, "Takes object calls into Event history too; AWS's has management events alone."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The append-only journal."""

    retention_days: int = _setting(
        "365",
        _whole(1, 36500),
        "How long records stay in the journal; at least history.retention_days, which is rebuilt from it.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trails:
    """Delivery of log files to buckets."""

    delivery_interval: float = _setting(
        "60s", _duration(1), "Longest wait of a record for its log file. AWS takes about 5 minutes."
    )
    delivery_size: int = _setting(
        "5MB", _size(1000), "Delivers earlier once this much (compressed) is waiting."
    )
    digest_interval: float = _setting(
        "1h", _duration(1), "Time that one digest tells of, in whole seconds; AWS's is an hour."
    )
    require_bucket_policy: bool = _setting(
        "false",
        _BOOL,
        "A trail's bucket needs a policy also in the trail's own account, as in AWS.",
    )
    quota: int = _setting("5", _whole(1, 10_000), "Trails of an account in a region; AWS's quota is 5.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where the server stops taking more; over a limit it answers with AWS's errors."""

    connections: int = _setting(
        "4096", _whole(1, 1_000_000), "Open connections of a worker; further ones are closed at once."
    )
    requests: int = _setting(
        "1024",
        _whole(1, 1_000_000),
        "Requests of a worker under way at once; more are answered 503 SlowDown.",
    )
    document_size: int = _setting(
        "2MiB", _size(65536), "Longest XML, JSON or form body; a bulk delete of 1,000 long keys takes 1.1 MB."
    )
    disk_reserve: int = _setting(
        "256MB",
        _size(0),
        "Free space under which changes are refused, so that the journal can still take records.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Switches that only `make bench` sets."""

    recording: bool = _setting(
        "on",
        _switch("on", "off"),
        "Off measures what recording costs; nothing is recorded then.",
        hidden=True,
    )


@dataclass(frozen=True, slots=True)
class Given:
    """A setting's text and where it came from."""

    text: str
    source: str
    """`default`, the path of the TOML file, the name of the environment variable, or `command line`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked."""

    data: Path = _setting(
        "./s3trail-data", _PATH, "Directory of journal, objects, secrets and views; best on a local disk."
    )
    server: Server = field(default_factory=Server)
    health: Health = field(default_factory=Health)
    log: Log = field(default_factory=Log)
    audit: Audit = field(default_factory=Audit)
    network: Network = field(default_factory=Network)
    history: History = field(default_factory=History)
    journal: Journal = field(default_factory=Journal)
    trails: Trails = field(default_factory=Trails)
    limits: Limits = field(default_factory=Limits)
    bench: Bench = field(default_factory=Bench)
    given: Mapping[str, Given] = field(default_factory=dict)
    """By setting name, for those that `load` found outside the defaults."""


def _sections() -> dict[str, Any]:
    """Section classes by name, in order."""
    return {
        part.name: part.default_factory
        for part in fields(Settings)
        if not part.metadata and part.name != "given"
    }


def _list_settings() -> Iterator[Setting]:
    for part in fields(Settings):
        if part.metadata:
            yield Setting(part.name, **part.metadata)
    for section, members in _sections().items():
        for part in fields(members):
            yield Setting(f"{section}.{part.name}", **part.metadata)


SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _list_settings()}
"""Every setting by name, in the order of the list."""

_BY_VARIABLE = {setting.environment: setting for setting in SETTINGS.values()}

_NOT_SETTINGS = frozenset({"S3TRAIL_CONFIG", "S3TRAIL_MASTER_KEY"})
"""Variables that name the TOML file and hold the master key."""

_SERVICE_LINK = re.compile(
    r"S3TRAIL_(.+_)?(SERVICE_(HOST|PORT)(_.+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)
"""Variables that Kubernetes puts into every pod beside a Service whose name begins with s3trail."""


def load(
    *,
    config_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from all sources.

    Args:
        config_file: the TOML file; `S3TRAIL_CONFIG` names it when None.
        environ: the process's environment when None.
        flags: texts from the command line, by setting name.

    Raises:
        SettingError: an unknown name, a value that isn't allowed, or a file that can't be read.
    """
    environ = os.environ if environ is None else environ
    if config_file is None and environ.get("S3TRAIL_CONFIG"):
        config_file = Path(environ["S3TRAIL_CONFIG"])
    given: dict[str, Given] = {}
    if config_file is not None:
        given |= _from_file(config_file)
    given |= _from_environment(environ)
    given |= {
        _known(name, "command line").name: Given(text, "command line") for name, text in (flags or {}).items()
    }
    values = {name: _value(SETTINGS[name], found) for name, found in given.items()}
    settings = Settings(
        **{name: value for name, value in values.items() if "." not in name},
        **{section: members(**_members(section, values)) for section, members in _sections().items()},
        given=given,
    )
    _check_together(settings)
    return settings


def _members(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    prefix = section + "."
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _value(setting: Setting, given: Given) -> Any:
    try:
        return setting.kind.parse(given.text)
    except (ValueError, KeyError):
        raise SettingError(
            f"{setting.name} ({given.source}): {given.text!r} isn't allowed; "
            f"allowed is {setting.kind.allowed}"
        ) from None


def _check_together(settings: Settings) -> None:
    kept, shown = settings.journal.retention_days, settings.history.retention_days
    if kept < shown:
        sources = [
            settings.given[name].source if name in settings.given else "default"
            for name in ("journal.retention_days", "history.retention_days")
        ]
        raise SettingError(
            f"journal.retention_days ({sources[0]}) is {kept}, but has to be at least "
            f"history.retention_days ({sources[1]}), {shown}"
        )


def _known(name: str, source: str) -> Setting:
    """The setting of that name, if one may set it from there."""
    found = SETTINGS.get(name)
    if found is not None and not found.hidden:
        return found
    close = difflib.get_close_matches(name, SETTINGS, n=1)
    hint = f"did you mean {close[0]}?" if close else "`s3trail config` prints all settings"
    raise SettingError(f"{name} ({source}): there is no such setting; {hint}")


def _from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    given = {}
    for variable in sorted(environ):
        if not variable.startswith("S3TRAIL_") or variable in _NOT_SETTINGS:
            continue
        setting = _BY_VARIABLE.get(variable)
        if setting is not None:
            given[setting.name] = Given(environ[variable], variable)
        elif not _SERVICE_LINK.fullmatch(variable):
            _known(variable.removeprefix("S3TRAIL_").lower().replace("_", ".", 1), variable)
    return given


def _from_file(path: Path) -> dict[str, Given]:
    source = os.fspath(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"{source}: the configuration file can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{source}: the configuration file isn't TOML: {error}") from None
    given = {}
    for name, value in _flat(document):
        setting = _known(name, source)
        given[name] = Given(_toml_text(setting, value, source), source)
    return given


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            for member, inner in value.items():
                yield f"{name}.{member}", inner
        else:
            yield name, value


def _toml_text(setting: Setting, value: object, source: str) -> str:
    """A TOML value as the text that the other sources would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if setting.kind.is_list and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    raise SettingError(
        f"{setting.name} ({source}): {value!r} isn't allowed; allowed is {setting.kind.allowed}"
    )
