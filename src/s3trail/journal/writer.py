"""The journal's writer: one process that makes the records of all workers' reads durable.

A read changes nothing, so its record needs no transaction of the worker's. Workers send records here over a
Unix socket; the writer takes what has come from all of them, appends it as one block, and answers once it is
durable. While it syncs, the next block gathers. Next to a committer in each worker this halves the commits,
and no thread of a worker fights with its event loop for the interpreter (docs/design/0003).

Changes don't pass through here: their records commit with them, in the worker (`s3trail.journal.committer`).

Protocol, over a stream socket, integers big-endian:

    request   frame length 4 bytes (without itself), count 4 bytes, count times length 4 bytes, records
    answer    1 byte for each frame, in order: 1 durable, 0 not (nothing of the frame was journaled)

A connection that ends leaves no doubt for long: the writer either committed a frame or it did not, and a
worker
that got no answer looks into the journal (`found`).
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import perf_counter

import lmdb

from s3trail.journal import journal
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AuditUnavailable
from s3trail.state.environment import Environment, Tx

__all__ = ["Writer", "found", "frame", "path"]

_LENGTH = struct.Struct(">I")
_BUFFER = 1 << 18
_LONGEST = 64 << 20
_LOOK_BACK = 20_000
"""Records back from the head among which a frame without an answer is looked for."""


def path(data: Path) -> Path:
    """Where the writer listens."""
    return data / "run" / "journal.sock"


def frame(records: Sequence[bytes]) -> bytes:
    """A request."""
    count = len(records)
    lengths = struct.pack(f">{count}I", *map(len, records))
    body = b"".join(records)
    return struct.pack(">II", 4 + len(lengths) + len(body), count) + lengths + body


def found(tx: Tx, record: bytes) -> bool:
    """Whether a record is among the last ones of the journal. Records differ by their event ids.

    Args:
        tx: a write transaction. To a reader the last commit of a process that was killed in it can be
            hidden until
            the next writer has taken over its lock.
        record: what is looked for.
    """
    return any(entry.record == record for entry in islice(journal.read_back(tx), _LOOK_BACK))


class _Client:
    __slots__ = ("buffer", "frames", "socket")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.buffer = bytearray()
        self.frames = 0

    def take(self, records: list[bytes]) -> bool:
        """Read what is there and add the records of whole frames; False when the worker is gone."""
        try:
            data = self.socket.recv(_BUFFER)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            return False
        self.buffer += data
        at = 0
        while len(self.buffer) - at >= 4:
            (length,) = _LENGTH.unpack_from(self.buffer, at)
            if length > _LONGEST:
                return False
            if len(self.buffer) - at - 4 < length:
                break
            records += _records(bytes(memoryview(self.buffer)[at + 4 : at + 4 + length]))
            self.frames += 1
            at += 4 + length
        if at:
            del self.buffer[:at]
        return True


def _records(body: bytes) -> list[bytes]:
    (count,) = _LENGTH.unpack_from(body)
    at = 4 + 4 * count
    taken = []
    for length in struct.unpack_from(f">{count}I", body, 4):
        taken.append(body[at : at + length])
        at += length
    return taken


class Writer:
    """The writer of one data directory.

    Args:
        environment: opened by this process.
        listener: a listening Unix socket.
        clock: gives the time of blocks.
        on_batch: told frames, records, seconds after each commit, and the error if it failed.
    """

    def __init__(
        self,
        environment: Environment,
        listener: socket.socket,
        clock: Clock,
        on_batch: Callable[[int, int, float, AuditUnavailable | None], None] = lambda *_: None,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._on_batch = on_batch
        self._listener = listener
        self._stop_read, self._stop_write = os.pipe()
        self._stopping = False
        self._clients: set[_Client] = set()
        self._selector = selectors.DefaultSelector()
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(self._stop_read, selectors.EVENT_READ)

    def stop(self) -> None:
        """End once the workers have gone; any thread or signal handler may call."""
        self._stopping = True
        with suppress(OSError):  # it has ended already
            os.write(self._stop_write, b"s")

    def run(self) -> None:
        """Serve until told to stop and no worker is connected.

        Raises:
            AuditUnavailable: the environment can't be used any more; the process has to be replaced.
        """
        try:
            while not (self._stopping and not self._clients):
                records: list[bytes] = []
                for key, _ in self._selector.select(None):
                    if key.fileobj is self._listener:
                        self._accept()
                    elif isinstance(key.data, _Client):
                        if not key.data.take(records):
                            self._drop(key.data)
                    else:
                        os.read(self._stop_read, 1)
                if any(client.frames for client in self._clients):
                    self._commit(records)
        finally:
            for client in list(self._clients):
                self._drop(client)
            self._selector.close()
            os.close(self._stop_read)
            os.close(self._stop_write)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        client = _Client(connection)
        self._clients.add(client)
        self._selector.register(connection, selectors.EVENT_READ, client)

    def _drop(self, client: _Client) -> None:
        self._selector.unregister(client.socket)
        client.socket.close()
        self._clients.discard(client)

    def _commit(self, records: list[bytes]) -> None:
        began = perf_counter()
        error: AuditUnavailable | None = None
        try:
            with self._environment.write() as tx:
                journal.append_all(tx, self._clock.now(), records)
        except AuditUnavailable as failure:
            error = failure
        except lmdb.Error as failure:
            error = AuditUnavailable()
            error.__cause__ = failure
        answer = b"\1" if error is None else b"\0"
        frames = 0
        for client in list(self._clients):
            if client.frames:
                frames += client.frames
                try:
                    client.socket.send(answer * client.frames)
                except OSError:
                    self._drop(client)
                client.frames = 0
        self._on_batch(frames, len(records), perf_counter() - began, error)
        if error is not None and isinstance(error.__cause__, lmdb.PanicError | lmdb.CorruptedError):
            raise error
