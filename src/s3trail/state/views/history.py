"""The Event history: what LookupEvents searches. A disposable view, rebuilt from the journal.

Input: journal entries, in order. Output: pages of events of one account and region, newest first. SQLite
(WAL) under `DATA/views/history.sqlite`; one writer, any number of readers in other processes.

Tables:

- `events`: `id` is the event's place in the order of the history, `eventTime` in seconds shifted left by 31
  bits plus the low 31 bits of the sequence number, so that one integer orders by time, then by journal.
  `record` is the record as received, deflated with the dictionary below. What LookupEvents shows besides is
  derived from the record.
- `postings`: an inverted index, one row (`term`, `id`) for each attribute value of each event. `term` is a
  hash of account, region, attribute and value; it is below zero. A page is one range of one term, so that a
  common value costs no more than a rare one. Readers compare the attribute of each record that they find, so
  that a collision of hashes shows nothing wrong.
- An event id is found by a term over zero: a block of four hours of event time, and a hash. Random ids would
  otherwise touch a random page of the whole index at each insertion; this way only the pages of the present
  block. A look-up probes every block of its time range.
- `state`: one row. `position`: the last sequence number taken, which commits with the events. `floor`:
  retention has removed events with ids below it.

Triggers refuse to change an event, and to delete one that retention has not reached. Attributes are exact and
case-sensitive.
"""

from __future__ import annotations

import math
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy import func as sql

from s3trail.kernel.clock import parse_iso_seconds
from s3trail.state.views import event_summary

__all__ = ["ATTRIBUTES", "Event", "History", "Page"]

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

_SEQUENCE_BITS = 31
_SEQUENCE_MASK = (1 << _SEQUENCE_BITS) - 1
_LAST_SECOND = (1 << 32) - 1
_LAST = _LAST_SECOND << _SEQUENCE_BITS
_BLOCK_SECONDS = 4 * 3600
_TERMS_CACHED = 100_000
_MANAGEMENT = b'"eventCategory":"Management"'
_DATA = b'"eventCategory":"Data"'
_VERSION = 1
"""Of the format; a file of another version is emptied and filled again from the journal."""

_bigint = BigInteger().with_variant(Integer(), "sqlite")
_metadata = MetaData()
_events = Table(
    "events",
    _metadata,
    Column("id", _bigint, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
)
_postings = Table(
    "postings",
    _metadata,
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
_state = Table(
    "state",
    _metadata,
    Column("position", BigInteger, nullable=False),
    Column("floor", BigInteger, nullable=False),
)

_TRIGGERS = (
    """CREATE TRIGGER IF NOT EXISTS events_are_final BEFORE UPDATE ON events
       BEGIN SELECT RAISE(ABORT, 'the event history is immutable'); END""",
    """CREATE TRIGGER IF NOT EXISTS events_are_kept BEFORE DELETE ON events
       WHEN OLD.id >= (SELECT floor FROM state)
       BEGIN SELECT RAISE(ABORT, 'the event history is immutable'); END""",
)
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # Losing the last commits to a power cut is harmless: their position is lost with them, and the journal
    # has the events.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-65536",
    "PRAGMA wal_autocheckpoint=8000",
)
_INSERT_EVENT = "INSERT OR IGNORE INTO events (id, sequence, record) VALUES (?, ?, ?)"
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


class History:
    """The Event history of one data directory, opened by one process; safe to use from several threads.

    Args:
        path: the SQLite file; made with its folder if needed.
        data_events: take data events besides management events.
    """

    def __init__(self, path: Path, *, data_events: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._wanted = (_MANAGEMENT, _DATA) if data_events else (_MANAGEMENT,)
        self._categories = frozenset({"Management", "Data"} if data_events else {"Management"})
        self._terms: dict[tuple[str, str, str, str], int] = {}
        self._engine = _open(path, "BEGIN")
        self._writer = _open(path, "BEGIN IMMEDIATE")
        with self._writer.begin() as connection:
            _create(connection)

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
            if not any(mark in record for mark in self._wanted):
                continue
            fields = orjson.loads(record)
            if fields.get("eventCategory") not in self._categories:
                continue
            place = _place(parse_iso_seconds(fields["eventTime"]), sequence)
            rows.append((place, sequence, _deflate(record)))
            postings.extend([(term, place) for term in self._terms_of(fields, place)])
        # In the order of the index, neighbours go to the same page.
        postings.sort()
        with self._writer.begin() as connection:
            taken = connection.execute(_POSITION).scalar_one()
            if position <= taken:
                return 0
            if rows and rows[0][1] <= taken:
                fresh = {row[0] for row in rows if row[1] > taken}
                rows = [row for row in rows if row[0] in fresh]
                postings = [posting for posting in postings if posting[1] in fresh]
            if rows:
                connection.exec_driver_sql(_INSERT_EVENT, rows)
                connection.exec_driver_sql(_INSERT_POSTING, postings)
            connection.execute(update(_state).values(position=position))
        return len(rows)

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
                terms = [self._term(account_id, region, attribute or "", value if attribute else "")]
            found: list[Event] = []
            while terms and len(found) <= limit:
                wanted = limit + 1 - len(found)
                rows = connection.execute(
                    _PAGE, {"terms": terms, "low": low, "high": high, "count": wanted}
                ).all()
                for place, deflated in rows:
                    one = _event(place, deflated)
                    if _belongs(one.fields, account_id, region, attribute, value):
                        found.append(one)
                if len(rows) < wanted:
                    break
                high = rows[-1][0]
        more = len(found) > limit
        del found[limit:]
        return Page(found, found[-1].id if more else None)

    def prune(self, older_than: float, limit: int = 2000) -> int:
        """Remove events older than a time, the oldest first; gives how many went.

        Args:
            older_than: epoch seconds; younger events stay.
            limit: events removed at most, to keep the transaction short; call again while it is reached.
        """
        floor = _place(math.floor(older_than), 0)
        with self._writer.begin() as connection:
            rows = connection.execute(_OLDEST, {"floor": floor, "count": limit}).all()
            if not rows:
                return 0
            postings = []
            for place, deflated in rows:
                postings.extend(
                    [(term, place) for term in self._terms_of(_event(place, deflated).fields, place)]
                )
            connection.execute(update(_state).values(floor=floor))
            connection.exec_driver_sql(_DELETE_POSTING, sorted(postings))
            connection.exec_driver_sql(_DELETE_EVENT, [(place,) for place, _ in rows])
        return len(rows)

    def clear(self) -> None:
        """Forget everything, to fill the view again from the journal's beginning."""
        with self._writer.begin() as connection:
            _metadata.drop_all(connection)
            _create(connection)

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
        terms = {
            self._term(account_id, region, "", ""),
            _event_id_term(fields["eventID"], (place >> _SEQUENCE_BITS) // _BLOCK_SECONDS),
        }
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


def _belongs(
    fields: Mapping[str, Any], account_id: str, region: str, attribute: str | None, value: str
) -> bool:
    if fields.get("recipientAccountId") != account_id or fields.get("awsRegion") != region:
        return False
    if attribute is None:
        return True
    if attribute == "EventId":
        return bool(fields["eventID"] == value)
    return value in _ATTRIBUTE_VALUES[attribute](fields)


def _deflate(record: bytes) -> bytes:
    # A copy has the dictionary read in already.
    compressor = _COMPRESSOR.copy()
    return compressor.compress(record) + compressor.flush()


def _event(place: int, deflated: bytes) -> Event:
    record = zlib.decompressobj(-13, zdict=_DICTIONARY).decompress(deflated)
    return Event(place, record, orjson.loads(record))


def _open(path: Path, begin: str) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"isolation_level": None, "timeout": 10})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _create(connection: Connection) -> None:
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version not in (0, _VERSION):
        _metadata.drop_all(connection)
    _metadata.create_all(connection)
    if connection.execute(select(sql.count()).select_from(_state)).scalar_one() == 0:
        connection.execute(insert(_state).values(position=0, floor=0))
    for trigger in _TRIGGERS:
        connection.exec_driver_sql(trigger)
    connection.exec_driver_sql(f"PRAGMA user_version={_VERSION}")


_POSITION = select(_state.c.position)
_ENDS = select(
    select(sql.min(_events.c.id)).scalar_subquery(), select(sql.max(_events.c.id)).scalar_subquery()
)
_OLDEST = (
    select(_events.c.id, _events.c.record)
    .where(_events.c.id < bindparam("floor"))
    .order_by(_events.c.id)
    .limit(bindparam("count"))
)
_PAGE = (
    select(_postings.c.id, _events.c.record)
    .join(_events, _events.c.id == _postings.c.id)
    .where(
        _postings.c.term.in_(bindparam("terms", expanding=True)),
        _postings.c.id >= bindparam("low"),
        _postings.c.id < bindparam("high"),
    )
    .order_by(_postings.c.id.desc())
    .limit(bindparam("count"))
)

_DICTIONARY = (
    b'"requestParameters":{"Host":"127.0.0.1:9000","bucketName":"","x-amz-acl":"bucket-owner-full-control","key":"",'
    b'"userName":"","accessKeyId":"","roleName":"","policyArn":"arn:aws:iam::aws:policy/","name":"","trailName":"",'
    b'"s3BucketName":"","errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::is not authorized to'
    b'"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::"},{"accountId":"","type":"AWS::S3::Bucket",'
    b'"userAgent":"[Boto3/1.42.0 md/Botocore#1.42.0 ua/2.1 os/linux md/arch#x86_64 lang/python#3.11 cfg/retry'
    b'aws-cli/2.31.0 aws-sdk-go-v2/1.30.0 exec-env/AWS_ECS_FARGATE]",'
    b'{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA","arn":"arn:aws:iam::user/",'
    b'"accountId":"","accessKeyId":"AKIA","userName":"","type":"Root","arn":"arn:aws:iam:::root"},'
    b'"eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventSource":"cloudtrail.amazonaws.com",'
    b'"eventSource":"iam.amazonaws.com","eventName":"GetBucketPutBucketListBucketsCreateDeleteBucketLookupEvents",'
    b'"awsRegion":"us-east-1","sourceIPAddress":"127.0.0.1","requestParameters":null,"responseElements":null,'
    b'"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,'
    b'"AuthenticationMethod":"AuthHeader","x-amz-id-2":"","bytesTransferredOut":0},"requestID":"","eventID":"",'
    b'"readOnly":true,"resources":[{"accountId":"","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::"}],'
    b'"readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"","eventCategory":'
    b'"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256",'
    b'"clientProvidedHostHeader":"s3.us-east-1.amazonaws.com"}}'
)
"""Text that most records have in common; it belongs to the format (`_VERSION`)."""
_COMPRESSOR = zlib.compressobj(1, zlib.DEFLATED, -13, 7, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
