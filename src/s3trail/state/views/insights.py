"""How often each API is called and fails, by minute: what Insights are found in. A disposable view.

Input: counts that a consumer took from the journal. Output: series of counts. SQLite (WAL) under
`DATA/views/insights.sqlite`; one writer, readers in other processes.

Tables:

- `series`: which calls are counted together; see `Series`.
- `counts`: calls of a series in a span of time, for spans of 60, 300 and 3,600 seconds, which are kept for
  15, 63 and 90 days (ListInsightsMetricData reference, `Period`).
- `callers`: calls of a series by a value of an attribute in five minutes, kept for nine days; of each
  attribute the first hundred values that appear.
- `state`: one row: the last sequence number taken, which commits with the counts.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

__all__ = ["ATTRIBUTES", "PERIODS", "SLOT", "Caller", "InsightCounts", "Series"]

ATTRIBUTES = ("userIdentityArn", "userAgent", "errorCode")
"""What an insight is attributed to."""
PERIODS = {60: 15 * 86400, 300: 63 * 86400, 3600: 90 * 86400}
"""Seconds of a span, and for how many seconds its counts are kept."""
SLOT = 5
"""Minutes for which callers are counted together."""

_CALLERS_KEPT = 9 * 1440
_MOST_VALUES = 100
_TOP = 5
_BATCH = 5000


class Series(NamedTuple):
    """Calls that are counted together."""

    account_id: str
    region: str
    insight_type: str
    """`ApiCallRateInsight` or `ApiErrorRateInsight`."""
    category: str
    """`Management` or `Data`."""
    event_source: str
    event_name: str
    error_code: str = ""
    """Empty unless errors are counted."""


class Caller(NamedTuple):
    """What calls of a series are attributed to."""

    series: Series
    slot: int
    """The first minute of the five, minutes of the epoch."""
    attribute: str
    value: str


_SCHEMA = """
CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, account_id TEXT NOT NULL, region TEXT NOT NULL,
    insight_type TEXT NOT NULL, category TEXT NOT NULL, event_source TEXT NOT NULL, event_name TEXT NOT NULL,
    error_code TEXT NOT NULL,
    UNIQUE (account_id, region, insight_type, event_source, event_name, error_code, category));
CREATE TABLE IF NOT EXISTS counts (series INTEGER NOT NULL, period INTEGER NOT NULL, at INTEGER NOT NULL,
    calls INTEGER NOT NULL, PRIMARY KEY (series, period, at)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counts_by_time ON counts (period, at);
CREATE TABLE IF NOT EXISTS callers (series INTEGER NOT NULL, slot INTEGER NOT NULL, attribute TEXT NOT NULL,
    value TEXT NOT NULL, calls INTEGER NOT NULL,
    PRIMARY KEY (series, slot, attribute, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (position INTEGER NOT NULL);
INSERT INTO state SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM state);
"""
_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA busy_timeout=10000")


class InsightCounts:
    """The counts of one data directory; safe to use from several threads.

    Args:
        path: the SQLite file; made with its folder if needed.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        """Owns the connection."""
        self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            self._connection.execute(pragma)
        self._connection.executescript(_SCHEMA)
        self._ids: dict[Series, int] = {}
        self._slot = 0
        self._values: dict[tuple[Series, str], set[str]] = {}
        """Values that have appeared in the slot, by series and attribute."""

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def position(self) -> int:
        """The last sequence number taken; 0 at the beginning."""
        with self._lock:
            return int(self._connection.execute("SELECT position FROM state").fetchone()[0])

    def add(
        self, counts: Mapping[tuple[Series, int], int], callers: Mapping[Caller, int], position: int
    ) -> None:
        """Take counts, and with them, in one transaction, the position behind them.

        Args:
            counts: calls by series and minute of the epoch.
            callers: calls by what they are attributed to.
            position: the last sequence number that is in them.
        """
        rows: dict[tuple[int, int, int], int] = {}
        with self._transaction() as connection:
            for (series, minute), calls in counts.items():
                number = self._id(connection, series)
                for period in PERIODS:
                    at = minute * 60 // period * period
                    rows[number, period, at] = rows.get((number, period, at), 0) + calls
            connection.executemany(
                "INSERT INTO counts VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET calls = calls + excluded.calls",
                [(*key, calls) for key, calls in rows.items()],
            )
            connection.executemany(
                "INSERT INTO callers VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET calls = calls + excluded.calls",
                [
                    (self._id(connection, caller.series), caller.slot, caller.attribute, caller.value, calls)
                    for caller, calls in callers.items()
                    if self._known(caller)
                ],
            )
            connection.execute("UPDATE state SET position = ?", (position,))

    def skip(self, position: int) -> None:
        """Go on behind a position without counting what comes before it."""
        self.add({}, {}, position)

    def clear(self) -> None:
        """Forget everything, to count again from the journal's beginning."""
        with self._transaction() as connection:
            for table in ("series", "counts", "callers"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
            connection.execute("UPDATE state SET position = 0")
            self._ids.clear()

    def busy(self, first: int, last: int, least: int) -> list[tuple[Series, int]]:
        """Series with at least `least` calls in a range of minutes, both ends included, and their calls."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT account_id, region, insight_type, category, event_source, event_name, error_code, n"
                " FROM (SELECT series, SUM(calls) AS n FROM counts WHERE period = 60 AND at BETWEEN ? AND ?"
                " GROUP BY series HAVING n >= ?) JOIN series ON id = series ORDER BY id",
                (first * 60, last * 60, least),
            ).fetchall()
        return [(Series(*row[:7]), row[7]) for row in rows]

    def minutes(self, series: Series, first: int, last: int) -> list[tuple[int, int]]:
        """Minutes of a range, both ends included, that had calls, and their calls; in order."""
        with self._lock:
            return [
                (at // 60, calls)
                for at, calls in self._connection.execute(
                    "SELECT at, calls FROM counts WHERE series = ? AND period = 60 AND at BETWEEN ? AND ?"
                    " ORDER BY at",
                    (self._find(series), first * 60, last * 60),
                )
            ]

    def callers(self, series: Series, first: int, last: int) -> dict[str, list[tuple[str, int]]]:
        """The five values of each attribute with the most calls.

        Args:
            series: which calls.
            first: the first minute; its whole slot is counted.
            last: the last minute; its whole slot is counted.
        """
        found: dict[str, list[tuple[str, int]]] = {attribute: [] for attribute in ATTRIBUTES}
        with self._lock:
            for attribute, value, calls in self._connection.execute(
                "SELECT attribute, value, SUM(calls) AS n FROM callers"
                " WHERE series = ? AND slot BETWEEN ? AND ?"
                " GROUP BY attribute, value ORDER BY n DESC, value",
                (self._find(series), first // SLOT * SLOT, last),
            ):
                if len(found[attribute]) < _TOP:
                    found[attribute].append((value, calls))
        return found

    def values(
        self,
        series: Series,
        period: int,
        start: int,
        end: int,
    ) -> dict[int, int]:
        """Calls by span of time.

        Args:
            series: which calls; those of both categories.
            period: seconds, one of `PERIODS`.
            start: epoch seconds; spans that begin there or later.
            end: epoch seconds; spans that begin before.
        """
        with self._lock:
            return dict(
                self._connection.execute(
                    "SELECT at, SUM(calls) FROM counts WHERE period = ? AND at >= ? AND at < ? AND series IN"
                    " (SELECT id FROM series WHERE account_id = ? AND region = ? AND insight_type = ?"
                    " AND event_source = ? AND event_name = ? AND error_code = ?) GROUP BY at ORDER BY at",
                    (
                        period,
                        start,
                        end,
                        series.account_id,
                        series.region,
                        series.insight_type,
                        series.event_source,
                        series.event_name,
                        series.error_code,
                    ),
                ).fetchall()
            )

    def prune(self, now: float) -> None:
        """Remove what is past its time, up to some thousand rows of each kind."""
        with self._transaction() as connection:
            for period, kept in PERIODS.items():
                connection.execute(
                    "DELETE FROM counts WHERE (series, period, at) IN (SELECT series, period, at FROM counts"
                    " WHERE period = ? AND at < ? LIMIT ?)",
                    (period, int(now) - kept, _BATCH),
                )
            connection.execute(
                "DELETE FROM callers WHERE slot < ?",
                (int(now) // 60 - _CALLERS_KEPT,),
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                # Series that were numbered in it are gone again.
                self._ids.clear()
                raise
            self._connection.execute("COMMIT")

    def _id(self, connection: sqlite3.Connection, series: Series) -> int:
        number = self._ids.get(series) or self._find(series)
        if number is None:
            number = connection.execute(
                "INSERT INTO series VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", series
            ).lastrowid
        assert number is not None
        self._ids[series] = number
        return number

    def _find(self, series: Series) -> int | None:
        row = self._connection.execute(
            "SELECT id FROM series WHERE account_id = ? AND region = ? AND insight_type = ? AND category = ?"
            " AND event_source = ? AND event_name = ? AND error_code = ?",
            series,
        ).fetchone()
        return None if row is None else int(row[0])

    def _known(self, caller: Caller) -> bool:
        """Whether a value is counted: user agents are chosen by clients, and there must not be too many."""
        if caller.slot != self._slot:
            self._slot = caller.slot
            self._values.clear()
        values = self._values.setdefault((caller.series, caller.attribute), set())
        if len(values) < _MOST_VALUES:
            values.add(caller.value)
        return caller.value in values
