"""What health and metrics tell about the whole server, read from what its processes share on disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from s3trail import __version__, observe
from s3trail.config import Settings
from s3trail.journal import journal
from s3trail.kernel.clock import iso_seconds
from s3trail.kernel.errors import AuditUnavailable
from s3trail.observe import Gauge
from s3trail.state.environment import Environment

__all__ = ["JournalState", "document", "metrics"]

_FAILING = "journal-failing-"


class JournalState:
    """A process's word on whether its commits succeed, as a file beside the metrics that the others can see.

    The file is made ahead and only its content changes, so that a full disk can't keep it from being told.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / (_FAILING + name)
        self._file = open(self._path, "w+b", buffering=0)  # noqa: SIM115 - held by the process
        self._file.write(bytes(512))
        self._failing = False

    def note(self, error: AuditUnavailable | None) -> None:
        """Take note of a commit's outcome."""
        if error is None and not self._failing:
            return
        if error is not None and not self._failing:
            observe.error("journal.failing", error.__cause__, reason=error.message)
        elif error is None:
            observe.info("journal.recovered")
        self._failing = error is not None
        text = error.message.encode()[:511] if error is not None else b""
        self._file.seek(0)
        self._file.write(text.ljust(512, b"\0"))


def _journal_error(settings: Settings) -> str:
    for path in sorted((settings.data / "run").glob(_FAILING + "*")):
        text = path.read_bytes().rstrip(b"\0").decode("utf-8", "replace")
        if text:
            return text
    return ""


def _consumers(environment: Environment) -> Iterator[dict[str, Any]]:
    with environment.read() as tx:
        for key, value in tx.scan("meta", b"status/"):
            yield {"name": key.removeprefix(b"status/").decode(), **orjson.loads(value)}


def document(settings: Settings, environment: Environment) -> tuple[bytes, bool]:
    """The health document as JSON, and whether calls are served.

    `status` is `ok`; `degraded` when a consumer fails (calls are served and recorded, what follows is
    late); `failing` when calls are
    refused because the journal can't take their records.
    """
    with environment.read() as tx:
        head, first, time = journal.head(tx), journal.first(tx), journal.head_time(tx)
    consumers = list(_consumers(environment))
    for consumer in consumers:
        consumer["lag"] = max(0, head - consumer.get("position", 0))
    usage = shutil.disk_usage(settings.data)
    error = _journal_error(settings)
    if usage.free < settings.limits.disk_reserve:
        error = error or "the disk is nearly full; changes are refused"
    failing = [consumer["name"] for consumer in consumers if consumer.get("error")]
    status = "failing" if error else "degraded" if failing else "ok"
    found = {
        "status": status,
        "version": __version__,
        "journal": {
            "sequence": head,
            "first": first,
            "time": iso_seconds(time) if time else None,
            "durability": settings.audit.durability,
            "error": error or None,
        },
        "consumers": consumers,
        "disk": {
            "free_bytes": usage.free,
            "total_bytes": usage.total,
            "journal_bytes": environment.used_bytes(),
        },
    }
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), not error


def metrics(settings: Settings, environment: Environment) -> str:
    """The Prometheus text: counters of all processes, and what is measured now."""
    with environment.read() as tx:
        head = journal.head(tx)
    usage = shutil.disk_usage(settings.data)
    gauges = [
        Gauge("s3trail_journal_head", head),
        Gauge("s3trail_healthy", 0.0 if _journal_error(settings) else 1.0),
        Gauge("s3trail_disk_free_bytes", usage.free),
        Gauge("s3trail_journal_bytes", environment.used_bytes()),
    ]
    for consumer in _consumers(environment):
        name = (consumer["name"],)
        gauges.append(Gauge("s3trail_consumer_position", consumer.get("position", 0), name))
        gauges.append(Gauge("s3trail_consumer_lag_records", max(0, head - consumer.get("position", 0)), name))
        gauges.append(Gauge("s3trail_consumer_lag_seconds", consumer.get("lag_seconds", 0.0), name))
    return observe.render(settings.data / "run" / "metrics", gauges)
