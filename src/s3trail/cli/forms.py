"""Records as lines of a table, CSV, JSON or newline-delimited JSON; each is ready before the next is read."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size

from s3trail.cli.filters import bucket_of, key_of
from s3trail.cli.options import Stream
from s3trail.kernel.clock import iso_seconds
from s3trail.state.views.event_summary import access_key_id, username

__all__ = ["Match", "close_output", "write"]


@dataclass(frozen=True, slots=True)
class Match:
    """A journaled record that was asked for."""

    sequence: int
    """Its number in the journal."""
    time: float
    """Epoch seconds when it was journaled."""
    raw: bytes
    """As journaled: minified JSON."""
    record: dict[str, Any]
    """The same, decoded."""


@dataclass(frozen=True, slots=True)
class _Form:
    header: bytes
    line: Callable[[Match], bytes]
    separator: bytes = b""
    footer: bytes = b""


def write(matches: Iterable[Match], stream: Stream, *, flush: bool = False) -> None:
    """Write records to stdout.

    JSON is one document in the form of a log file; `ndjson` is the records as they were journaled, a line
    each.

    Args:
        matches: the records.
        stream: the form.
        flush: show each record at once, for those that come live.
    """
    form = _FORMS[stream]()
    out = sys.stdout.buffer
    try:
        out.write(form.header)
        separator = b""
        for match in matches:
            out.write(separator + form.line(match))
            separator = form.separator
            if flush:
                out.flush()
        out.write(form.footer)
        out.flush()
    except BrokenPipeError:
        close_output()


def close_output() -> None:
    """Let go of stdout when its reader has enough (`s3trail lookup | head`), which is no error.

    What is still buffered goes nowhere; else the interpreter would complain as it flushes at its end.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _ndjson() -> _Form:
    return _Form(b"", lambda match: match.raw + b"\n")


def _json() -> _Form:
    return _Form(b'{"Records":[', lambda match: b"\n" + match.raw, b",", b"\n]}\n")


_CSV_COLUMNS: tuple[tuple[str, Callable[[Match], str]], ...] = (
    ("sequence", lambda match: str(match.sequence)),
    ("journaled", lambda match: iso_seconds(match.time)),
    ("time", lambda match: str(match.record.get("eventTime", ""))),
    ("event", lambda match: str(match.record.get("eventName", ""))),
    ("source", lambda match: str(match.record.get("eventSource", ""))),
    ("region", lambda match: str(match.record.get("awsRegion", ""))),
    ("principal", lambda match: _principal(match.record)),
    ("account", lambda match: str((match.record.get("userIdentity") or {}).get("accountId", ""))),
    ("access_key", lambda match: access_key_id(match.record)),
    ("bucket", lambda match: bucket_of(match.record)),
    ("key", lambda match: key_of(match.record)),
    ("source_ip", lambda match: str(match.record.get("sourceIPAddress", ""))),
    ("user_agent", lambda match: str(match.record.get("userAgent", ""))),
    ("error", lambda match: str(match.record.get("errorCode", ""))),
    ("request_id", lambda match: str(match.record.get("requestID", ""))),
    ("event_id", lambda match: str(match.record.get("eventID", ""))),
)


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would carry out (OWASP, "CSV Injection")."""


def _csv() -> _Form:
    def line(cells: Iterable[str]) -> bytes:
        text = io.StringIO()
        # Keys and user agents are chosen by clients; an apostrophe makes the cell a text.
        safe = [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
        csv.writer(text, lineterminator="\n").writerow(safe)
        return text.getvalue().encode("utf-8", "backslashreplace")

    return _Form(
        line(name for name, _ in _CSV_COLUMNS), lambda match: line(read(match) for _, read in _CSV_COLUMNS)
    )


def _principal(record: dict[str, Any]) -> str:
    """A name for the caller: user name, session, `root`, service; `anonymous`; else the type of identity."""
    identity = record.get("userIdentity") or {}
    if identity.get("principalId") == "ANONYMOUS_PRINCIPAL":
        return "anonymous"
    return username(record) or str(identity.get("type", ""))


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    read: Callable[[dict[str, Any]], str]
    width: int
    """Cells, where there is room for all."""
    rigid: bool = False
    """Keeps its width when there isn't."""


_TIME = 20
_COLUMNS = (
    _Column("TIME", lambda record: str(record.get("eventTime", "")), _TIME, rigid=True),
    _Column("EVENT", lambda record: str(record.get("eventName", "")), 22),
    _Column("PRINCIPAL", _principal, 16),
    _Column("BUCKET", bucket_of, 18),
    _Column("KEY", key_of, 32),
    _Column("SOURCE IP", lambda record: str(record.get("sourceIPAddress", "")), 15, rigid=True),
    _Column("ERROR", lambda record: str(record.get("errorCode", "")), 18),
)
_GAP = 2
_CLOCK = 8
"""Cells of a time without its date, for narrow terminals."""
_NARROW = 100


def _table() -> _Form:
    on_terminal = sys.stdout.isatty()
    colour = on_terminal and "NO_COLOR" not in os.environ
    cells = shutil.get_terminal_size().columns if on_terminal else None
    narrow = cells is not None and cells < _NARROW
    widths = _widths(cells, narrow=narrow)

    def line(match: Match) -> bytes:
        values = [column.read(match.record) for column in _COLUMNS]
        if narrow:
            values[0] = values[0][11:19]
        text = _row(values, widths, cut=on_terminal)
        if colour and values[-1]:
            text = f"\x1b[31m{text}\x1b[0m"
        return text.encode("utf-8", "backslashreplace") + b"\n"

    header = _row([column.title for column in _COLUMNS], widths, cut=on_terminal)
    return _Form((f"\x1b[1m{header}\x1b[0m" if colour else header).encode() + b"\n", line)


def _widths(cells: int | None, *, narrow: bool) -> list[int]:
    """Widths of the columns that together fill a terminal; what is over its whole need goes to the key."""
    widths = [column.width for column in _COLUMNS]
    if cells is None:
        return widths
    if narrow:
        widths[0] = _CLOCK
    room = cells - _GAP * (len(widths) - 1)
    if room >= sum(widths):
        widths[4] += room - sum(widths)
        return widths
    rigid = sum(width for width, column in zip(widths, _COLUMNS, strict=True) if column.rigid)
    share = max(0, room - rigid) / (sum(widths) - rigid)
    return [
        width if column.rigid else max(4, int(width * share))
        for width, column in zip(widths, _COLUMNS, strict=True)
    ]


def _row(values: list[str], widths: list[int], *, cut: bool) -> str:
    cells = []
    for value, width in zip(values, widths, strict=True):
        shown = _printable(value)
        length = cell_len(shown)
        if cut and length > width:
            shown = set_cell_size(shown, width - 1) + "…"
        else:
            shown += " " * (width - length)
        cells.append(shown)
    return (" " * _GAP).join(cells).rstrip()


def _printable(text: str) -> str:
    """Text that can't steer a terminal: keys and user agents are chosen by clients."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else f"\\x{ord(mark):02x}" for mark in text)


_FORMS: dict[Stream, Callable[[], _Form]] = {
    Stream.table: _table,
    Stream.json: _json,
    Stream.csv: _csv,
    Stream.ndjson: _ndjson,
}
