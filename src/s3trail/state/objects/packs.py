"""Small payloads, many to a file: one sync makes all of a commit batch durable.

A file of its own costs a small object several times what its bytes do: an inode, two directory entries, and
two
syncs that nothing else shares (docs/design/0003). So payloads of up to `MOST` bytes are appended to a *pack*,
together with all others that the committer is about to commit.

`DATA/objects/packs/<pack id>` holds payloads one after the other, each beginning at a multiple of 4 KiB. A
pack
is written by one process, which begins a new one when it starts and when the old one has reached `FULL`
bytes.
A payload is named by a *slice id*, `<pack id>.<offset>.<length>`, that stands where a file id stands; pack
ids
are made like file ids and never come from keys.

| database | key | value |
|---|---|---|
| packs | pack id | how many of its payloads something refers to (decimal) |
| garbage | `~`, 8 bytes of epoch milliseconds, slice id | empty; released then |

Released bytes are given back to the file system by punching a hole, at least `GRACE` seconds after their
release:
a reader that looked the object up just before still finds its bytes. A start unlinks packs that nothing
refers
to. What died between the write and the commit stays in its pack, unreferenced, until the pack goes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from s3trail.kernel.errors import ObjectChanged, StorageUnavailable
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import ByteSink
from s3trail.state.environment import Environment, Tx

__all__ = [
    "FULL",
    "GRACE",
    "MARK",
    "MOST",
    "Memory",
    "Packs",
    "claim",
    "is_slice",
    "reclaim",
    "release",
    "sweep_packs",
]

MOST = 64 * 1024
"""Longest payload, in bytes, that goes into a pack."""
FULL = 64 * 1024 * 1024
"""Size, in bytes, at which a pack gets no more payloads."""
GRACE = 60.0
"""Seconds between a payload's release and the reuse of its space."""

_ALIGN = 4096
_OPEN = 512
_RELEASED = struct.Struct(">Q")
MARK = b"~"
"""First byte of the `garbage` keys that name payloads; file ids are hex digits."""
_BATCH = 10_000
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_libc = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


class Memory:
    """A small payload while it arrives; has the methods of a `FileWriter`, and touches no disk."""

    __slots__ = ("_blocks", "size")

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self.size = 0

    def write(self, block: bytes | memoryview) -> None:
        """Append bytes."""
        self._blocks.append(bytes(block))
        self.size += len(block)

    def blocks(self) -> Iterator[bytes]:
        """What was written so far, from the beginning."""
        yield from self._blocks

    def seal(self) -> bytes:
        """All bytes."""
        return self._blocks[0] if len(self._blocks) == 1 else b"".join(self._blocks)

    def discard(self) -> None:
        """Forget the bytes."""
        self._blocks = []
        self.size = 0


def is_slice(file_id: str) -> bool:
    """Whether an id names a payload in a pack, and not a file."""
    return "." in file_id


class _Open:
    """An open pack; its descriptor lives as long as someone reads from it."""

    __slots__ = ("fd",)

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        fd = getattr(self, "fd", -1)
        if fd >= 0:
            os.close(fd)


class Packs:
    """The packs of one data directory, as one process sees them.

    Args:
        folder: `DATA/objects`; `packs` is made in it.
    """

    def __init__(self, folder: Path) -> None:
        self._root = os.fspath(folder / "packs")
        os.makedirs(self._root, mode=0o700, exist_ok=True)
        self._readers: dict[str, _Open] = {}
        self._writing = threading.Lock()
        self._id = ""
        self._fd = -1
        self._end = 0

    def store(self, batch: Sequence[ByteSink], ids: Ids) -> None:
        """Make staged payloads durable with one sync, and tell each its slice id, or why it has none."""
        offsets = []
        with self._writing:
            try:
                self._ensure(ids)
                begin = end = self._end
                blocks: list[bytes] = []
                for item in batch:
                    offsets.append(end)
                    size = len(item.staged)
                    gap = -size % _ALIGN
                    blocks.append(item.staged)
                    if gap:
                        blocks.append(bytes(gap))
                    end += size + gap
                data = memoryview(b"".join(blocks))
                while data:
                    done = os.pwrite(self._fd, data, begin)
                    begin += done
                    data = data[done:]
                os.fdatasync(self._fd)
            except OSError as error:
                # What was written lies beyond the end that counts, or in a pack that gets no more.
                self._close()
                refusal = StorageUnavailable()
                refusal.__cause__ = error
                for item in batch:
                    item.refused(refusal)
                return
            self._end = end
            pack = self._id
        for item, offset in zip(batch, offsets, strict=True):
            item.stored(f"{pack}.{offset}.{len(item.staged)}")

    def read(self, slice_id: str, start: int, length: int) -> bytes:
        """Bytes of a payload.

        Raises:
            ObjectChanged: the pack is gone or ends early.
        """
        pack, offset, _ = slice_id.split(".")
        opened = self._readers.get(pack)
        try:
            if opened is None:
                if len(self._readers) >= _OPEN:
                    self._readers.clear()
                opened = self._readers[pack] = _Open(f"{self._root}/{pack}")
            found = os.pread(opened.fd, length, int(offset) + start)
        except OSError as error:
            raise ObjectChanged() from error
        if len(found) != length:
            raise ObjectChanged()
        return found

    def punch(self, slice_id: str) -> None:
        """Give a payload's space back; harmless when repeated, and where the file system can't."""
        pack, offset, length = slice_id.split(".")
        size = int(length) + -int(length) % _ALIGN
        try:
            fd = os.open(f"{self._root}/{pack}", os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            if _libc.fallocate(fd, _PUNCH_HOLE | _KEEP_SIZE, int(offset), size) != 0:
                number = ctypes.get_errno()
                if number not in (errno.EOPNOTSUPP, errno.ENOSYS):
                    raise OSError(number, os.strerror(number))
        finally:
            os.close(fd)

    def ids(self) -> list[str]:
        """Every pack there is."""
        return sorted(os.listdir(self._root))

    def unlink(self, pack: str) -> None:
        """Remove a pack."""
        os.unlink(f"{self._root}/{pack}")

    def _ensure(self, ids: Ids) -> None:
        if self._fd >= 0 and self._end < FULL:
            return
        self._close()
        self._id = f"{time.time_ns() // 1_000_000:012x}{ids.hex(10)}"
        self._fd = os.open(
            f"{self._root}/{self._id}", os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600
        )
        self._end = 0
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def claim(tx: Tx, slice_id: str) -> None:
    """Count a payload that something committed by this transaction refers to."""
    _count(tx, slice_id, 1)


def release(tx: Tx, slice_id: str) -> None:
    """Record that nothing refers to a payload any more; its space is reclaimed later."""
    _count(tx, slice_id, -1)
    tx.put("garbage", MARK + _RELEASED.pack(time.time_ns() // 1_000_000) + slice_id.encode(), b"")


def _count(tx: Tx, slice_id: str, change: int) -> None:
    pack = slice_id.partition(".")[0].encode()
    left = int(tx.get("packs", pack) or b"0") + change
    if left:
        tx.put("packs", pack, b"%d" % left)
    else:
        tx.delete("packs", pack)


def reclaim(environment: Environment, packs: Packs, grace: float = GRACE) -> int:
    """Punch holes where payloads were released long enough ago; gives how many.

    Args:
        environment: where the releases are noted.
        packs: where the bytes are.
        grace: seconds since the release; 0 only while nothing is read.
    """
    before = time.time_ns() // 1_000_000 - int(grace * 1000)
    total = 0
    while True:
        due: list[bytes] = []
        with environment.read() as tx:
            for key, _ in tx.scan("garbage", MARK):
                if _RELEASED.unpack_from(key, 1)[0] > before or len(due) == _BATCH:
                    break
                due.append(key)
        if not due:
            return total
        for key in due:
            packs.punch(key[1 + _RELEASED.size :].decode())
        with environment.write() as tx:
            for key in due:
                tx.delete("garbage", key)
        total += len(due)


def sweep_packs(environment: Environment, packs: Packs) -> int:
    """Unlink packs that nothing refers to; only while nothing else runs. Gives how many."""
    reclaim(environment, packs, grace=0.0)
    with environment.read() as tx:
        empty = [pack for pack in packs.ids() if tx.get("packs", pack.encode()) is None]
    for pack in empty:
        packs.unlink(pack)
    return len(empty)
