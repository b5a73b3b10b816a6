"""What the server tells about itself: its log and its metrics, each name declared here.

**Log.** `info("worker.started", worker=1)` writes one line to stderr: an event's name and named fields, as
JSON or as key=value. It is for the operator; the audit trail is the journal. Fields whose names speak of
secrets are masked.

**Metrics.** `METRICS` is the list. Each process counts in a file of its own, `DATA/run/metrics/OWNER`, mapped
into memory: counting is an addition to a double in the map, without locks or system calls, and any process
renders the sum of all files (`render`). Gauges are measured when asked for and handed to `render`.

A metrics file is:

    magic     8 bytes, `s3tmet01`
    used      8 bytes, native double: how many series there are
    values    CAPACITY native doubles
    names     CAPACITY times 192 bytes: a series as Prometheus writes it, UTF-8, padded with zero bytes

A series' name is written before `used` counts it, so readers never see half a name. A process that comes back
under the same owner goes on where its predecessor stopped, also after `kill -9`: the map belongs to the
system's page cache. A file that isn't of this form is begun anew. Nothing is lost with these files but
counts.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import time
import traceback
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

__all__ = [
    "METRICS",
    "Gauge",
    "Metric",
    "Metrics",
    "configure",
    "debug",
    "error",
    "info",
    "render",
    "warning",
]

# --- log ---

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_MASKED = ("secret", "password", "token", "signature", "authorization", "master_key")


@dataclass(slots=True)
class _Log:
    """How this process logs; set once at its start."""

    as_json: bool
    threshold: int
    common: dict[str, object]


_log = _Log(as_json=False, threshold=_LEVELS["info"], common={})


def configure(form: str = "auto", level: str = "info", **common: object) -> None:
    """Set how this process logs.

    Args:
        form: `json`, `text`, or `auto`: text if stderr is a terminal, else JSON.
        level: `debug`, `info`, `warning` or `error`; what is below isn't written.
        common: fields of every line, such as `process="worker-1"`.
    """
    _log.as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    _log.threshold = _LEVELS[level]
    _log.common = common


def debug(event: str, **fields: object) -> None:
    """Log what only someone looking for a fault wants to know."""
    _write("debug", event, fields)


def info(event: str, **fields: object) -> None:
    """Log what an operator may want to know."""
    _write("info", event, fields)


def warning(event: str, **fields: object) -> None:
    """Log what an operator should look at."""
    _write("warning", event, fields)


def error(event: str, cause: BaseException | None = None, **fields: object) -> None:
    """Log what needs an operator; `cause` adds the exception and where it came from."""
    if cause is not None:
        fields["error"] = f"{type(cause).__name__}: {cause}"
        fields["traceback"] = "".join(traceback.format_tb(cause.__traceback__))
    _write("error", event, fields)


def _write(level: str, event: str, fields: Mapping[str, object]) -> None:
    if _LEVELS[level] < _log.threshold:
        return
    moment = (
        datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    line: dict[str, object] = {"time": moment, "level": level, "event": event, **_log.common}
    for name, value in fields.items():
        line[name] = "***" if any(word in name.lower() for word in _MASKED) else value
    if _log.as_json:
        text = json.dumps(line, default=str, ensure_ascii=True)
    else:
        text = " ".join(f"{name}={_text(value)}" for name, value in line.items())
    try:
        # One system call, so that the lines of several processes don't mix.
        os.write(2, text.encode("utf-8", "backslashreplace") + b"\n")
    except OSError:
        return  # nobody reads stderr any more; a call must not fail for that


def _text(value: object) -> str:
    text = str(value)
    plain = text and text.isprintable() and not any(mark in text for mark in ' ="\\')
    return text if plain else json.dumps(text)


# --- metrics ---


@dataclass(frozen=True, slots=True)
class Metric:
    """A row of the list."""

    name: str
    kind: str
    """`counter`, `gauge` or `histogram`."""
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram, ascending, without `+Inf`."""


_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_CALL = ("service", "operation")

_LIST = (
    Metric("s3trail_requests_total", "counter", "API calls answered.", (*_CALL, "status")),
    Metric(
        "s3trail_request_seconds",
        "histogram",
        "Time from a request's head to its answer's end.",
        _CALL,
        _SECONDS,
    ),
    Metric("s3trail_received_bytes_total", "counter", "Body bytes received.", ("service",)),
    Metric("s3trail_sent_bytes_total", "counter", "Body bytes sent.", ("service",)),
    Metric("s3trail_records_total", "counter", "Records journaled.", ("category",)),
    Metric("s3trail_journal_commits_total", "counter", "Commits of the journal.", ("outcome",)),
    Metric("s3trail_journal_commit_seconds", "histogram", "Duration of a commit.", (), _SECONDS),
    Metric("s3trail_journal_batch_records", "histogram", "Records journaled by one commit.", (), _COUNTS),
    Metric("s3trail_journal_head", "gauge", "Sequence number of the last journaled record."),
    Metric("s3trail_journal_bytes", "gauge", "Size of the journal's file."),
    Metric("s3trail_consumer_position", "gauge", "Last sequence number a consumer has taken.", ("consumer",)),
    Metric(
        "s3trail_consumer_lag_records", "gauge", "Journaled records a consumer hasn't taken.", ("consumer",)
    ),
    Metric("s3trail_consumer_lag_seconds", "gauge", "Age of the oldest record not taken.", ("consumer",)),
    Metric("s3trail_disk_free_bytes", "gauge", "Free space where the data directory lies."),
    Metric("s3trail_healthy", "gauge", "1 when health is green, else 0."),
    Metric("s3trail_series_overflow_total", "counter", "Counts that found no room for their series."),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _LIST}
"""Every metric by name."""

_MAGIC = b"s3tmet01"
_CAPACITY = 8192
_HEADER = 16
_NAME = 192
_NAMES_AT = _HEADER + 8 * _CAPACITY
_FILE_SIZE = _NAMES_AT + _NAME * _CAPACITY
_STATUS_CLASS = tuple(f"{status // 100}xx" for status in range(600))
_LAST = _CAPACITY - 1
"""The slot that counts what found no room."""
_OVERFLOW = b"s3trail_series_overflow_total"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One value measured for `render`."""

    name: str
    """A metric of kind gauge."""
    value: float
    labels: tuple[str, ...] = ()
    """Values of its labels, in the order of the metric's."""


class Metrics:
    """The counters of one process.

    Every series has one thread that adds to it (the event loop for requests, the committer for the journal);
    two could lose counts, nothing else. Any thread may make a slot (`_making`).

    Args:
        directory: `DATA/run/metrics`; made if needed.
        owner: name of the process among its kind, such as `worker-1`; at most one process uses it at a time.
    """

    def __init__(self, directory: Path, owner: str) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(directory / owner, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size != _FILE_SIZE or os.pread(descriptor, len(_MAGIC), 0) != _MAGIC:
                os.ftruncate(descriptor, 0)
                os.ftruncate(descriptor, _FILE_SIZE)
                os.pwrite(descriptor, _MAGIC, 0)
            self._map = mmap.mmap(descriptor, _FILE_SIZE)
        finally:
            os.close(descriptor)
        whole = memoryview(self._map)
        self._used = whole[8:_HEADER].cast("d")
        self._values = whole[_HEADER:_NAMES_AT].cast("d")
        self._names = whole[_NAMES_AT:]
        self._slots = {name: slot for slot, (name, _) in enumerate(_series(bytes(whole)))}
        self._making = Lock()
        self._calls: dict[tuple[str, str, str], tuple[int, tuple[int, ...], int, int, int]] = {}
        self._categories: dict[str, int] = {}
        self._histograms: dict[str, tuple[tuple[float, ...], tuple[int, ...], int]] = {}

    def request(
        self, service: str, operation: str, status: int, seconds: float, bytes_in: int, bytes_out: int
    ) -> None:
        """Count an answered call.

        Args:
            service: botocore's name; empty when unknown.
            operation: its name in the model; empty when the request names none.
            status: HTTP status, 0 when no answer left.
            seconds: from the request's head to the answer's end.
            bytes_in: body bytes received.
            bytes_out: body bytes sent.
        """
        key = (service, operation, _STATUS_CLASS[status])
        found = self._calls.get(key)
        if found is None:
            found = self._calls[key] = self._call_slots(*key)
        total, buckets, sum_slot, received, sent = found
        values = self._values
        values[total] += 1.0
        values[buckets[bisect_left(_SECONDS, seconds)]] += 1.0
        values[sum_slot] += seconds
        if bytes_in:
            values[received] += bytes_in
        if bytes_out:
            values[sent] += bytes_out

    def records(self, category: str, count: int = 1) -> None:
        """Count journaled records of a category (`Management`, `Data`, ...)."""
        slot = self._categories.get(category)
        if slot is None:
            slot = self._categories[category] = self._slot(_name("s3trail_records_total", (category,)))
        self._values[slot] += count

    def commit(self, seconds: float, records: int, *, failed: bool = False) -> None:
        """Count a commit of the journal."""
        outcome = "failed" if failed else "durable"
        self._values[self._slot(_name("s3trail_journal_commits_total", (outcome,)))] += 1.0
        self._observe("s3trail_journal_commit_seconds", seconds)
        if not failed:
            self._observe("s3trail_journal_batch_records", records)

    def close(self) -> None:
        """Let go of the map; the file stays for its successor."""
        for view in (self._used, self._values, self._names):
            view.release()
        self._map.close()

    def _observe(self, metric: str, value: float) -> None:
        found = self._histograms.get(metric)
        if found is None:
            buckets, sum_slot = self._histogram_slots(metric, ())
            found = self._histograms[metric] = (METRICS[metric].buckets, buckets, sum_slot)
        bounds, buckets, sum_slot = found
        self._values[buckets[bisect_left(bounds, value)]] += 1.0
        self._values[sum_slot] += value

    def _call_slots(
        self, service: str, operation: str, status: str
    ) -> tuple[int, tuple[int, ...], int, int, int]:
        labels = (service or "unknown", operation or "unknown")
        return (
            self._slot(_name("s3trail_requests_total", (*labels, status))),
            *self._histogram_slots("s3trail_request_seconds", labels),
            self._slot(_name("s3trail_received_bytes_total", labels[:1])),
            self._slot(_name("s3trail_sent_bytes_total", labels[:1])),
        )

    def _histogram_slots(self, metric: str, labels: tuple[str, ...]) -> tuple[tuple[int, ...], int]:
        """Slots of a histogram: one per bucket (by its index, not cumulative), and the sum's."""
        buckets = tuple(
            self._slot(_name(metric, labels, "_bucket", bound))
            for bound in (*map(str, METRICS[metric].buckets), "+Inf")
        )
        return buckets, self._slot(_name(metric, labels, "_sum"))

    def _slot(self, name: str) -> int:
        with self._making:
            found = self._slots.get(name)
            if found is not None:
                return found
            slot = int(self._used[0])
            encoded = name.encode()
            if slot >= _LAST or len(encoded) > _NAME:
                self._names[_LAST * _NAME : _LAST * _NAME + len(_OVERFLOW)] = _OVERFLOW
                return _LAST
            self._names[slot * _NAME : slot * _NAME + len(encoded)] = encoded
            self._slots[name] = slot
            self._used[0] = slot + 1
            return slot


def render(directory: Path, gauges: Iterable[Gauge] = ()) -> str:
    """All metrics in Prometheus' text format (version 0.0.4): sums over the processes, and the gauges.

    Args:
        directory: `DATA/run/metrics`; may be missing.
        gauges: what was measured just now.
    """
    sums: dict[str, float] = {}
    if directory.is_dir():
        for path in sorted(directory.iterdir()):
            for name, value in _series(path.read_bytes()):
                sums[name] = sums.get(name, 0.0) + value
    for gauge in gauges:
        sums[_name(gauge.name, gauge.labels)] = gauge.value
    by_metric: dict[str, list[tuple[str, float]]] = {name: [] for name in METRICS}
    for name, value in sums.items():
        by_metric[_metric_of(name)].append((name, value))
    lines = []
    for metric in METRICS.values():
        series = by_metric[metric.name]
        if series:
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
            if metric.kind == "histogram":
                series = _cumulated(metric, dict(series))
            lines += [f"{name} {_number(value)}" for name, value in series]
    return "\n".join(lines) + "\n"


def _series(data: bytes) -> list[tuple[str, float]]:
    """The series of a metrics file; none if it isn't one."""
    if len(data) != _FILE_SIZE or not data.startswith(_MAGIC):
        return []
    values = memoryview(data)[_HEADER:_NAMES_AT].cast("d")
    slots = [*range(int(memoryview(data)[8:_HEADER].cast("d")[0]))]
    if data[_NAMES_AT + _LAST * _NAME]:
        slots.append(_LAST)
    found = []
    for slot in slots:
        at = _NAMES_AT + slot * _NAME
        found.append((data[at : at + _NAME].rstrip(b"\0").decode(), values[slot]))
    return found


def _name(metric: str, labels: tuple[str, ...], suffix: str = "", bound: str = "") -> str:
    """A series as Prometheus writes it."""
    pairs = [
        f'{name}="{_escaped(value)}"' for name, value in zip(METRICS[metric].labels, labels, strict=True)
    ]
    if bound:
        pairs.append(f'le="{bound}"')
    return f"{metric}{suffix}{{{','.join(pairs)}}}" if pairs else f"{metric}{suffix}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _metric_of(series: str) -> str:
    name = series.partition("{")[0]
    return name if name in METRICS else name.removesuffix("_bucket").removesuffix("_sum")


def _cumulated(metric: Metric, series: dict[str, float]) -> list[tuple[str, float]]:
    """The series of a histogram as Prometheus wants them: buckets that hold those below, and a count."""
    found: list[tuple[str, float]] = []
    for name, total in series.items():
        if not name.startswith(f"{metric.name}_sum"):
            continue
        labels = name.removeprefix(f"{metric.name}_sum").strip("{}")
        count = 0.0
        for bound in (*map(str, metric.buckets), "+Inf"):
            pairs = f'{labels},le="{bound}"' if labels else f'le="{bound}"'
            bucket = f"{metric.name}_bucket{{{pairs}}}"
            count += series.get(bucket, 0.0)
            found.append((bucket, count))
        found += [
            (name, total),
            (f"{metric.name}_count{{{labels}}}" if labels else f"{metric.name}_count", count),
        ]
    return found


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
