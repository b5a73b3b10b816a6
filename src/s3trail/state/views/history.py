"""The Event history: what LookupEvents searches. A disposable view, rebuilt from the journal.

Input: journal entries, in order. Output: pages of events of one account and region, newest first, and the
proof that they are what was taken. SQLite (WAL) under `DATA/views/history.sqlite`; one writer, any number of
readers in other processes.

Tables:

- `events`: `id` is the event's place in the order of the history, `eventTime` in seconds shifted left by 31
  bits plus the low 31 bits of the sequence number, so that one integer orders by time, then by journal.
  `record` is the record as received, deflated with a dictionary (`deflated`). What LookupEvents shows besides
  is derived from the record. `link` is the event's link of the hash chain: SHA-256 over the link of the event
  with the next lower sequence number, the event's id, its sequence number and its record; the first event
  chains to 32 zero bytes. Events that were taken from trail files, and aren't in the journal, have sequence
  numbers below 1.
- `postings`: an inverted index, one row (`term`, `id`) for each attribute value of each event. `term` is a
  hash of account, region, attribute and value; it is below zero. A page is one range of one term, so that a
  common value costs no more than a rare one. Readers compare the attribute of each record that they find, so
  that a collision of hashes shows nothing wrong.
- An event id is found by a term over zero: a block of four hours of event time, and a hash. Random ids would
  otherwise touch a random page of the whole index at each insertion; this way only the pages of the present
  block. A look-up probes every block of its time range.
- `state`: one row. `position`: the last sequence number taken, which commits with the events. `floor`:
  retention has removed events with ids below it, in the order of their sequence numbers. `anchor` and
  `anchor_link`: sequence number and link of the last event that it removed. `head_link`: the link of the last
  event.

Triggers refuse to change an event, and to delete one that retention has not reached; `verify` proves from the
chain that nobody went around them. Attributes are exact and
case-sensitive.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, LargeBinary, bindparam, cast, select, update
from sqlalchemy import func as sql
from sqlalchemy.exc import DatabaseError

from s3trail.kernel.clock import parse_iso_seconds
from s3trail.state.views import event_summary
from s3trail.state.views.deflated import DeflateError, deflate, inflate
from s3trail.state.views.history_tables import NO_LINK, create, events, metadata, open_engine, postings, state

__all__ = ["ATTRIBUTES", "INSIGHT_ATTRIBUTES", "Event", "History", "Page", "Proof", "Stored"]

ATTRIBUTES = (
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
)
"""What events can be looked up by."""
INSIGHT_ATTRIBUTES = ("EventId", "EventName", "EventSource")
"""What Insights events can be looked up by."""

_SEQUENCE_BITS = 31
_SEQUENCE_MASK = (1 << _SEQUENCE_BITS) - 1
_LAST_SECOND = (1 << 32) - 1
_LAST = _LAST_SECOND << _SEQUENCE_BITS
_BLOCK_SECONDS = 4 * 3600
_TERMS_CACHED = 100_000
_MANAGEMENT = b'"eventCategory":"Management"'
_DATA = b'"eventCategory":"Data"'
_INSIGHT = b'"eventCategory":"Insight"'
_LINKED = struct.Struct(">qq")

_INSERT_EVENT = "INSERT INTO events (id, sequence, record, link) VALUES (?, ?, ?, ?)"
_INSERT_POSTING = "INSERT OR IGNORE INTO postings (term, id) VALUES (?, ?)"
_DELETE_EVENT = "DELETE FROM events WHERE id = ?"
_DELETE_POSTING = "DELETE FROM postings WHERE term = ? AND id = ?"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the history."""

    id: int
    """Its place in the order; the `before` of the page after it."""
    record: bytes
    """The CloudTrail record as received."""
    fields: Mapping[str, Any]
    """The record, decoded."""

    @property
    def time(self) -> float:
        """Epoch seconds of `eventTime`."""
        return float(self.id >> _SEQUENCE_BITS)


@dataclass(frozen=True, slots=True)
class Page:
    """Events, newest first."""

    events: list[Event]
    before: int | None
    """Where the next page begins; None when this is the last."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as `verify` found it."""

    sequence: int
    """Its number in the journal; below 1 when it was taken from a trail file."""
    record: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What `verify` found."""

    ok: bool
    events: int
    """Events found good."""
    position: int
    """The last sequence number of the journal that the history has taken."""
    head_link: str
    """Hex of the link that the chain ends with."""
    problem: str = ""
    """What is wrong; empty when nothing is."""
    at: int | None = None
    """Sequence number at which it is wrong."""


class History:
    """The Event history of one data directory, opened by one process; safe to use from several threads.

    Args:
        path: the SQLite file; made with its folder if needed.
        data_events: take data events besides management events.
    """

    def __init__(self, path: Path, *, data_events: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._wanted = (_MANAGEMENT, _INSIGHT, _DATA) if data_events else (_MANAGEMENT, _INSIGHT)
        self._categories = frozenset({"Management", "Insight"} | ({"Data"} if data_events else set()))
        self._terms: dict[tuple[str, str, str, str], int] = {}
        self._engine = open_engine(path, "BEGIN")
        self._writer = open_engine(path, "BEGIN IMMEDIATE")
        with self._writer.begin() as connection:
            create(connection)

    @property
    def marks(self) -> tuple[bytes, ...]:
        """Bytes of which one occurs in every record that the view takes."""
        return self._wanted

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        self._writer.dispose()

    def position(self) -> int:
        """The last sequence number taken; 0 at the beginning."""
        with self._engine.connect() as connection:
            return int(connection.execute(_POSITION).scalar_one())

    def append(self, entries: Iterable[tuple[int, bytes]], position: int) -> int:
        """Take journal entries, and with them, in one transaction, the position behind them.

        Entries that were taken before are passed over, so a repeat is harmless.

        Args:
            entries: sequence number and record, in order; events that the view doesn't hold are passed over.
            position: the last sequence number read, at least that of the last entry.

        Returns:
            How many events were stored.
        """
        rows: list[tuple[int, int, bytes]] = []
        postings: list[tuple[int, int]] = []
        for sequence, record in entries:
            fields = self._fields(record)
            if fields is None:
                continue
            place = _place(parse_iso_seconds(fields["eventTime"]), sequence)
            rows.append((place, sequence, deflate(record)))
            postings.extend([(term, place) for term in self._terms_of(fields, place)])
        # In the order of the index, neighbours go to the same page.
        postings.sort()
        with self._writer.begin() as connection:
            taken, link = connection.execute(_END).one()
            if position <= taken:
                return 0
            if rows and rows[0][1] <= taken:
                fresh = {row[0] for row in rows if row[1] > taken}
                rows = [row for row in rows if row[0] in fresh]
                postings = [posting for posting in postings if posting[1] in fresh]
            link = _store(connection, rows, postings, link)
            connection.execute(update(state).values(position=position, head_link=link))
        return len(rows)

    def adopt(self, records: Sequence[bytes]) -> int:
        """Take events from elsewhere into an empty history, as older than all the journal's; gives how many.

        Args:
            records: in the order in which they are to be; those that the view doesn't hold are passed over.
        """
        rows: list[tuple[int, int, bytes]] = []
        postings: list[tuple[int, int]] = []
        for number, record in enumerate(records):
            fields = self._fields(record)
            if fields is not None:
                sequence = number + 1 - len(records)
                place = _place(parse_iso_seconds(fields["eventTime"]), sequence)
                rows.append((place, sequence, deflate(record)))
                postings.extend([(term, place) for term in self._terms_of(fields, place)])
        postings.sort()
        with self._writer.begin() as connection:
            position, link = connection.execute(_END).one()
            if position or link != NO_LINK:
                raise ValueError("the history isn't empty")
            connection.execute(update(state).values(head_link=_store(connection, rows, postings, link)))
        return len(rows)

    def holds(self, record: bytes) -> bool:
        """Whether the history takes a record."""
        return self._fields(record) is not None

    def _fields(self, record: bytes) -> dict[str, Any] | None:
        if not any(mark in record for mark in self._wanted):
            return None
        fields: dict[str, Any] = orjson.loads(record)
        return fields if fields.get("eventCategory") in self._categories else None

    def floor(self) -> float:
        """Epoch seconds; retention may have removed events that are older."""
        with self._engine.connect() as connection:
            return float(int(connection.execute(_FLOOR).scalar_one()) >> _SEQUENCE_BITS)

    def verify(self, see: Callable[[Stored], str] = lambda _stored: "") -> Proof:
        """Prove from the chain that no event was changed, removed or added.

        Args:
            see: is shown each event, in order of sequence numbers; gives what is wrong with it, or nothing.
        """
        try:
            return self._verify(see)
        except (DatabaseError, TypeError, struct.error) as error:
            # Whoever altered the file left what no history holds.
            cause = error.orig if isinstance(error, DatabaseError) else error
            return Proof(False, 0, 0, "", f"the file can't be read: {cause}")

    def _verify(self, see: Callable[[Stored], str]) -> Proof:
        with self._engine.connect() as connection:
            position, head_link, anchor, link = connection.execute(_CHAIN).one()
            before, count = anchor, 0

            def bad(problem: str, at: int | None) -> Proof:
                return Proof(False, count, position, bytes(link).hex(), problem, at)

            rows = connection.execution_options(stream_results=True).execute(_IN_SEQUENCE)
            for place, sequence, deflated, stored_link in rows:
                if before is not None and sequence <= before:
                    return bad(f"event {sequence} comes after event {before}", sequence)
                if sequence > position:
                    return bad(f"event {sequence} is beyond the position {position}", sequence)
                expected = _link(link, place, sequence, deflated)
                if expected != stored_link:
                    return bad(
                        "the hash doesn't fit: the event was altered, or one before it removed or added",
                        sequence,
                    )
                try:
                    record = _event(place, deflated).record
                except (DeflateError, ValueError):
                    return bad("the event can't be read", sequence)
                problem = see(Stored(sequence, record))
                if problem:
                    return bad(problem, sequence)
                link, before = expected, sequence
                count += 1
            if link != head_link:
                return bad("the last events are missing", before)
        return Proof(True, count, position, bytes(link).hex())

    def lookup(
        self,
        account_id: str,
        region: str,
        *,
        attribute: str | None = None,
        value: str = "",
        start: float | None = None,
        end: float | None = None,
        limit: int = 50,
        before: int | None = None,
        insight: bool = False,
    ) -> Page:
        """Events of an account and region, newest first.

        Args:
            account_id: twelve digits.
            region: the events' `awsRegion`.
            attribute: one of `ATTRIBUTES`, or None for all events.
            value: the attribute's value, exactly.
            start: earliest event time, epoch seconds, inclusive.
            end: latest event time, epoch seconds, inclusive.
            limit: events on the page at most.
            before: the `before` of the page that comes first.
            insight: Insights events instead of the others; `attribute` is one of `INSIGHT_ATTRIBUTES`.
        """
        low = _place(math.ceil(max(0, start)), 0) if start is not None else 0
        high = _place(min(math.floor(max(0, end)) + 1, _LAST_SECOND), 0) if end is not None else _LAST
        low = min(low, _LAST)
        if before is not None:
            high = min(high, before)
        with self._engine.connect() as connection:
            if attribute == "EventId":
                terms = list(_event_id_terms(connection, value, low, high))
            else:
                of = _INSIGHT_TERM if insight else ""
                terms = [self._term(account_id, region, of + (attribute or ""), value if attribute else "")]
            found: list[Event] = []
            while terms and len(found) <= limit:
                wanted = limit + 1 - len(found)
                rows = connection.execute(
                    _PAGE, {"terms": terms, "low": low, "high": high, "count": wanted}
                ).all()
                for place, deflated in rows:
                    one = _event(place, deflated)
                    if _belongs(one.fields, account_id, region, attribute, value, insight=insight):
                        found.append(one)
                if len(rows) < wanted:
                    break
                high = rows[-1][0]
        more = len(found) > limit
        del found[limit:]
        return Page(found, found[-1].id if more else None)

    def prune(self, older_than: float, limit: int = 2000) -> int:
        """Remove events older than a time, in the order in which they were taken; gives how many went.

        An event that was taken after a younger one stays until that one goes.

        Args:
            older_than: epoch seconds; younger events stay.
            limit: events removed at most, to keep the transaction short; call again while it is reached.
        """
        floor = _place(math.floor(older_than), 0)
        with self._writer.begin() as connection:
            rows = []
            for row in connection.execute(_OLDEST, {"count": limit}):
                if row.id >= floor:
                    break
                rows.append(row)
            if not rows:
                return 0
            postings = []
            for place, deflated, _, _ in rows:
                postings.extend(
                    [(term, place) for term in self._terms_of(_event(place, deflated).fields, place)]
                )
            _, _, anchor, anchor_link = rows[-1]
            connection.execute(
                update(state).values(
                    # Triggers let go of what is below it; it never sinks.
                    floor=max(connection.execute(_FLOOR).scalar_one(), floor),
                    anchor=anchor,
                    anchor_link=anchor_link,
                )
            )
            connection.exec_driver_sql(_DELETE_POSTING, sorted(postings))
            connection.exec_driver_sql(_DELETE_EVENT, [(row.id,) for row in rows])
        return len(rows)

    def clear(self) -> None:
        """Forget everything, to fill the view again from the journal's beginning."""
        with self._writer.begin() as connection:
            metadata.drop_all(connection)
            create(connection)

    def _term(self, account_id: str, region: str, attribute: str, value: str) -> int:
        key = (account_id, region, attribute, value)
        term = self._terms.get(key)
        if term is None:
            digest = blake2b("\0".join(key).encode(), digest_size=8).digest()
            term = -1 - (int.from_bytes(digest, "big") >> 1)
            if len(self._terms) >= _TERMS_CACHED:
                self._terms.clear()
            self._terms[key] = term
        return term

    def _terms_of(self, fields: Mapping[str, Any], place: int) -> set[int]:
        account_id, region = fields.get("recipientAccountId") or "", fields.get("awsRegion") or ""
        insight = fields.get("eventCategory") == "Insight"
        of = _INSIGHT_TERM if insight else ""
        terms = {
            self._term(account_id, region, of, ""),
            _event_id_term(fields["eventID"], (place >> _SEQUENCE_BITS) // _BLOCK_SECONDS),
        }
        if insight:
            for attribute, read in _INSIGHT_VALUES.items():
                terms.add(self._term(account_id, region, of + attribute, read(fields)))
            return terms
        for attribute, values in _ATTRIBUTE_VALUES.items():
            for value in values(fields):
                if value:
                    terms.add(self._term(account_id, region, attribute, value))
        return terms


def _place(seconds: float, sequence: int) -> int:
    return int(seconds) << _SEQUENCE_BITS | sequence & _SEQUENCE_MASK


def _event_id_term(event_id: str, block: int) -> int:
    digest = blake2b(event_id.encode(), digest_size=5).digest()
    return block << 39 | int.from_bytes(digest, "big") >> 1


def _event_id_terms(connection: Connection, event_id: str, low: int, high: int) -> Iterator[int]:
    first, last = connection.execute(_ENDS).one()
    if first is None:
        return
    unit = _BLOCK_SECONDS << _SEQUENCE_BITS
    for block in range(max(low, first) // unit, min(high, last) // unit + 1):
        yield _event_id_term(event_id, block)


_ATTRIBUTE_VALUES: dict[str, Callable[[Mapping[str, Any]], Sequence[str]]] = {
    "EventName": lambda fields: (fields.get("eventName") or "",),
    "ReadOnly": lambda fields: ("true" if fields.get("readOnly") else "false",),
    "Username": lambda fields: (event_summary.username(fields),),
    "ResourceType": lambda fields: [kind for kind, _ in event_summary.resources(fields)],
    "ResourceName": lambda fields: [name for _, name in event_summary.resources(fields)],
    "EventSource": lambda fields: (fields.get("eventSource") or "",),
    "AccessKeyId": lambda fields: (event_summary.access_key_id(fields),),
}


_INSIGHT_TERM = "insight/"
_INSIGHT_VALUES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "EventName": lambda fields: str(fields["insightDetails"]["eventName"]),
    "EventSource": lambda fields: str(fields["insightDetails"]["eventSource"]),
}


def _link(before: bytes, place: int, sequence: int, deflated: bytes) -> bytes:
    digest = sha256(before)
    digest.update(_LINKED.pack(place, sequence))
    digest.update(deflated)
    return digest.digest()


def _store(
    connection: Connection, rows: list[tuple[int, int, bytes]], postings: list[tuple[int, int]], link: bytes
) -> bytes:
    """Insert events behind a link of the chain; gives the last link."""
    linked = []
    for place, sequence, deflated in rows:
        link = _link(link, place, sequence, deflated)
        linked.append((place, sequence, deflated, link))
    if linked:
        connection.exec_driver_sql(_INSERT_EVENT, linked)
        connection.exec_driver_sql(_INSERT_POSTING, postings)
    return link


def _belongs(
    fields: Mapping[str, Any],
    account_id: str,
    region: str,
    attribute: str | None,
    value: str,
    *,
    insight: bool,
) -> bool:
    if (fields.get("eventCategory") == "Insight") is not insight:
        return False
    if fields.get("recipientAccountId") != account_id or fields.get("awsRegion") != region:
        return False
    if attribute is None:
        return True
    if attribute == "EventId":
        return bool(fields["eventID"] == value)
    if insight:
        return _INSIGHT_VALUES[attribute](fields) == value
    return value in _ATTRIBUTE_VALUES[attribute](fields)


def _event(place: int, deflated: bytes) -> Event:
    record = inflate(deflated)
    return Event(place, record, orjson.loads(record))


_POSITION = select(state.c.position)
_FLOOR = select(state.c.floor)
_END = select(state.c.position, state.c.head_link)
_CHAIN = select(state.c.position, state.c.head_link, state.c.anchor, state.c.anchor_link)
# Whatever types an altered row has, its bytes are read.
_IN_SEQUENCE = select(
    events.c.id, events.c.sequence, cast(events.c.record, LargeBinary), cast(events.c.link, LargeBinary)
).order_by(events.c.sequence)
_ENDS = select(select(sql.min(events.c.id)).scalar_subquery(), select(sql.max(events.c.id)).scalar_subquery())
_OLDEST = (
    select(events.c.id, events.c.record, events.c.sequence, events.c.link)
    .order_by(events.c.sequence)
    .limit(bindparam("count"))
)
_PAGE = (
    select(postings.c.id, events.c.record)
    .join(events, events.c.id == postings.c.id)
    .where(
        postings.c.term.in_(bindparam("terms", expanding=True)),
        postings.c.id >= bindparam("low"),
        postings.c.id < bindparam("high"),
    )
    .order_by(postings.c.id.desc())
    .limit(bindparam("count"))
)
