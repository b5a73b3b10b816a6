"""The LMDB environment: journal, object index and configuration in one file, so that they commit together.

Layout of `DATA`:

- `journal/data.mdb`, `journal/lock.mdb`: this environment. Lost: the journal, the object index, the
  configuration.
- `objects/`: the bytes of objects and parts (`s3trail.state.objects.files`).
- `views/`: the event history; disposable, rebuilt from the journal.
- `secrets/`: the master key that seals secrets in the configuration.

Why LMDB: one total order of commits over all processes, and a change commits with its record
(docs/design/0001). Readers
take snapshots without locks; there is one writer at a time over all processes, whose lock survives `kill
-9` (a robust
mutex). A transaction belongs to the thread that began it.

Databases of the environment, all with bytes as keys and values:

| name | key | value |
|---|---|---|
| journal | sequence number, 8 bytes big-endian | entry (`s3trail.journal.journal`) |
| meta | name | schema version, journal anchor and witness |
| positions | consumer name | position (JSON) |
| config | kind, NUL, name | document (JSON) |
| buckets | bucket name | document (JSON) |
| objects | bucket id, encoded key | metadata (JSON) |
| versions | bucket id, hash of a key, age | noncurrent versions (`s3trail.state.objects.versions`) |
| uploads | bucket id, encoded key | time and id of each open upload of the key (JSON) |
| parts | upload id, part number 2 bytes big-endian | document (JSON); 0: the upload, 65535: a manifest |
| files | file id | empty; files that an object or a part refers to (`s3trail.state.objects.ownership`) |
| packs | pack id | how many of its payloads are referred to (`s3trail.state.objects.packs`) |
| garbage | file id | empty; files to unlink once nothing refers to them |
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lmdb

from s3trail.kernel.errors import AuditUnavailable

__all__ = ["DATABASES", "DiskFailure", "Environment", "Tx"]

DiskFailure: type[Exception] = lmdb.Error
"""What any use of a transaction may raise; it fails the whole batch, never one operation."""

DATABASES = (
    "journal",
    "meta",
    "positions",
    "config",
    "buckets",
    "objects",
    "uploads",
    "parts",
    "files",
    "garbage",
    "packs",
    "versions",
)

_MAP_SIZE = 1 << 42
"""Address space, not disk: 4 TiB is far over what the journal and the index of one machine reach. Growing a
map while
other processes use it would need them all to stop."""

_MAX_READERS = 1024
SCHEMA_VERSION = b"1"


class Tx:
    """One transaction: a read snapshot, or the write transaction of a commit batch.

    Attributes:
        txn: the LMDB transaction; state modules use it with the handles in `db`.
        db: database handles by name.
        writable: whether puts and deletes are allowed.
        wrote: set once something was written (the committer tells by it whether a failed operation left
            traces).
        unjournaled: records that the batch has made so far; the journal takes them at its end, so the
            next record will be entry number head + unjournaled + 1.
        after_commit: called once, in order, after the transaction is durable (unlinking replaced files).
    """

    __slots__ = ("after_commit", "db", "txn", "unjournaled", "writable", "wrote")

    def __init__(self, txn: Any, db: dict[str, Any], *, writable: bool) -> None:
        self.txn = txn
        self.db = db
        self.writable = writable
        self.wrote = False
        self.unjournaled = 0
        self.after_commit: list[Callable[[], None]] = []

    def get(self, database: str, key: bytes) -> bytes | None:
        """The value of a key; None when absent."""
        value: bytes | None = self.txn.get(key, db=self.db[database])
        return value

    def put(self, database: str, key: bytes, value: bytes) -> None:
        """Set the value of a key."""
        self.wrote = True
        self.txn.put(key, value, db=self.db[database])

    def append(self, database: str, key: bytes, value: bytes) -> None:
        """Set the value of a key greater than every key there is: fills pages and skips the search."""
        self.wrote = True
        self.txn.put(key, value, append=True, db=self.db[database])

    def delete(self, database: str, key: bytes) -> bool:
        """Remove a key; False when it was absent."""
        self.wrote = True
        return bool(self.txn.delete(key, db=self.db[database]))

    def cursor(self, database: str) -> Any:
        """An LMDB cursor (`set_range`, `next`, `prev`, `key`, `value`, ...); close it, or use `with`."""
        return self.txn.cursor(db=self.db[database])

    def scan(self, database: str, prefix: bytes, start: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Keys with a prefix in order, from `start` (inclusive) if given.

        Don't write to the database while iterating.
        """
        with self.cursor(database) as cursor:
            if not cursor.set_range(prefix if start is None or start < prefix else start):
                return
            for key, value in cursor:
                if not key.startswith(prefix):
                    return
                yield key, value


class Environment:
    """The open LMDB environment of one process.

    Args:
        root: the data directory; `root/journal` is made if needed.
        readonly: for commands that only look (they still register as readers).

    Raises:
        AuditUnavailable: the environment can't be opened (no space, no permission, damaged).
    """

    def __init__(self, root: Path, *, readonly: bool = False) -> None:
        self.root = root
        self.path = root / "journal"
        if not readonly:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self.lmdb = lmdb.open(
                os.fspath(self.path),
                map_size=_MAP_SIZE,
                max_dbs=len(DATABASES) + 8,
                max_readers=_MAX_READERS,
                readonly=readonly,
                readahead=False,
                metasync=True,
                sync=True,
                mode=0o600,
                create=not readonly,
                # Threads come and go in pools; a reader slot then belongs to a transaction, not to its
                # thread.
                lock=True,
            )
            self.lmdb.reader_check()
            self.db = {name: self.lmdb.open_db(name.encode(), create=not readonly) for name in DATABASES}
        except lmdb.Error as error:
            raise AuditUnavailable(f"the journal at {self.path} can't be opened: {error}") from error

    def read(self) -> _Read:
        """A read snapshot: `with environment.read() as tx`."""
        return _Read(self)

    def write(self) -> _Write:
        """The write transaction: `with environment.write() as tx`; commits, or aborts on an exception.

        Waits for other writers, so it is for the committer's thread, the pipeline and commands, not for the
        event loop.

        Raises:
            AuditUnavailable: on leaving, if the commit failed; nothing was changed then.
        """
        return _Write(self)

    def close(self) -> None:
        """Close the environment; transactions must have ended."""
        self.lmdb.close()

    def used_bytes(self) -> int:
        """Bytes of the environment's file that hold pages in use or reusable."""
        info = self.lmdb.info()
        page = self.lmdb.stat()["psize"]
        return int((info["last_pgno"] + 1) * page)


class _Read:
    __slots__ = ("environment", "txn")

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def __enter__(self) -> Tx:
        try:
            self.txn = self.environment.lmdb.begin()
        except lmdb.Error as error:
            raise AuditUnavailable() from error
        return Tx(self.txn, self.environment.db, writable=False)

    def __exit__(self, *exc: object) -> None:
        self.txn.abort()


class _Write:
    __slots__ = ("environment", "tx", "txn")

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def __enter__(self) -> Tx:
        try:
            self.txn = self.environment.lmdb.begin(write=True)
        except lmdb.Error as error:
            raise AuditUnavailable() from error
        self.tx = Tx(self.txn, self.environment.db, writable=True)
        return self.tx

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            self.txn.abort()
            return
        try:
            self.txn.commit()
        except lmdb.Error as error:
            raise AuditUnavailable(why(error)) from error
        for call in self.tx.after_commit:
            call()


def why(error: Exception) -> str:
    """What to tell about a failed commit: the disk is full, or the system's words."""
    text = str(error)
    if os.strerror(errno.ENOSPC) in text or isinstance(error, lmdb.MapFullError):
        return "The disk that holds the journal is full; no call completes without its record."
    return AuditUnavailable.message
