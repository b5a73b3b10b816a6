"""The tables of the Event history, as `history` describes them: schema, triggers, connections.

Input: the path of a SQLite file. Output: an engine, and a file that has the tables.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy import func as sql

__all__ = ["NO_LINK", "create", "events", "metadata", "open_engine", "postings", "state"]

NO_LINK = bytes(32)
"""What the first event is chained to."""
_VERSION = 2
"""Of the format; a file of another version is emptied and filled again from the journal."""

_bigint = BigInteger().with_variant(Integer(), "sqlite")
metadata = MetaData()
events = Table(
    "events",
    metadata,
    Column("id", _bigint, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Index("events_by_sequence", "sequence"),
)
postings = Table(
    "postings",
    metadata,
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
state = Table(
    "state",
    metadata,
    Column("position", BigInteger, nullable=False),
    Column("floor", BigInteger, nullable=False),
    Column("anchor", BigInteger, nullable=True),
    Column("anchor_link", LargeBinary, nullable=False),
    Column("head_link", LargeBinary, nullable=False),
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


def open_engine(path: Path, begin: str) -> Engine:
    """Connections to a file whose transactions begin with a statement: `BEGIN`, `BEGIN IMMEDIATE`."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"isolation_level": None, "timeout": 10})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def create(connection: Connection) -> None:
    """Make the tables; a file of another version loses its own."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version not in (0, _VERSION):
        metadata.drop_all(connection)
    metadata.create_all(connection)
    if connection.execute(select(sql.count()).select_from(state)).scalar_one() == 0:
        connection.execute(
            insert(state).values(position=0, floor=0, anchor=None, anchor_link=NO_LINK, head_link=NO_LINK)
        )
    for trigger in _TRIGGERS:
        connection.exec_driver_sql(trigger)
    connection.exec_driver_sql(f"PRAGMA user_version={_VERSION}")
