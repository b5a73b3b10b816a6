"""Bytes on disk: one file per object or part, written once, never changed.

Layout under `DATA/objects`:

- `xx/<file id>.part`: a file being written; `xx` are the last two digits of the id, so that 256 directories
  share the load.
- `xx/<file id>`: a sealed file.
- `packs/`: small payloads, many to a file (`s3trail.state.objects.packs`).
- `tmp/<file id>`: a second link to either. It goes away once the transaction that refers to the file has
  committed; so after a crash `tmp` names just the files whose fate is open, and a start looks at these
  alone, however many objects there are (`s3trail.state.objects.ownership.sweep`).

The bytes are created in `xx` and not in `tmp`, because ext4 looks for a new inode in the group of the
directory and passes over those freed in the last seconds: with one directory for all new files, overwriting
objects took three times the processor time (docs/design/0003).

A file id is 32 hex digits: 12 of the time in milliseconds, 20 random. The time makes ids ascend, so that rows
keyed by them fall on the same few pages of the index; nothing else is read from it. Ids never come from keys,
so no key can name a file.

`seal` returns only once bytes and name are durable: rename to the place, fdatasync of the file, fsync of the
directory. The rename comes first so that one commit of the file system's journal takes both; a name in place
means nothing before the object index refers to it.
"""

from __future__ import annotations

import errno
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from s3trail.kernel.errors import ObjectChanged, StorageUnavailable
from s3trail.kernel.ids import Ids
from s3trail.state.objects.packs import MOST, Packs, is_slice

__all__ = ["BytesSource", "FileSource", "FileWriter", "Files", "Slice"]

Slice = tuple[str, int, int]
"""`(file id, offset, length)` in bytes: a piece of one file."""

_OPEN_AHEAD = 32
_BLOCK = 1 << 20
_NO_KERNEL_COPY = {errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM, errno.EBADF}
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Files:
    """The files of one data directory.

    Args:
        root: the data directory; `root/objects` and `root/objects/tmp` are made if needed.
        packed: longest payload, in bytes, that goes into a pack.
    """

    def __init__(self, root: Path, packed: int = MOST) -> None:
        self.path = root / "objects"
        self.packed = packed
        self._root = os.fspath(self.path)
        self._tmp = os.path.join(self._root, "tmp")
        os.makedirs(self._tmp, mode=0o700, exist_ok=True)
        self.packs = Packs(self.path)
        """Small payloads."""
        self._made: set[str] = set()
        self.gone: deque[str] = deque()
        """Ids unlinked since their row in `garbage` was written; the next transaction takes the rows out."""

    def create(self, ids: Ids) -> FileWriter:
        """A new file; nothing touches the disk before its first byte.

        An empty object has no file at all.
        """
        return FileWriter(self, f"{time.time_ns() // 1_000_000:012x}{ids.hex(10)}")

    def open(self, slices: Sequence[Slice]) -> FileSource | BytesSource:
        """The bytes of slices in order; those of a small payload are read at once.

        Raises:
            ObjectChanged: one of the first files is gone, because the object was replaced or deleted
            meanwhile.
        """
        if len(slices) == 1 and is_slice(slices[0][0]):
            return BytesSource(self.packs.read(*slices[0]))
        return FileSource(self, slices)

    def unlink(self, file_id: str) -> None:
        """Remove a file for good; harmless when it is gone already.

        Never raises, since the commit that dropped the file is done: one that can't be removed now keeps its
        row in `garbage`, and the next start tries again.
        """
        if _unlink(self.place(file_id)):
            self.gone.append(file_id)

    def settle(self, file_id: str) -> None:
        """Drop the second link of a file whose transaction has committed; never raises, as `unlink`."""
        _unlink(os.path.join(self._tmp, file_id))

    def discard(self, file_id: str) -> None:
        """Remove a file that no transaction refers to, sealed or not."""
        _unlink(self.place(file_id))
        _unlink(self.part_place(file_id))
        _unlink(os.path.join(self._tmp, file_id))

    def unsettled(self, older_than: float = 0.0) -> list[str]:
        """Ids in `tmp` whose file was last written at least `older_than` seconds ago, in order."""
        limit = time.time() - older_than
        found = []
        with os.scandir(self._tmp) as entries:
            for entry in entries:
                try:
                    if older_than <= 0 or entry.stat().st_mtime <= limit:
                        found.append(entry.name)
                except FileNotFoundError:
                    continue
        return sorted(found)

    def sweep_tmp(self, older_than: float) -> list[str]:
        """Remove files that were never sealed and lie untouched for `older_than` seconds.

        Returns the ids of the sealed ones.
        Sealed files may belong to a committed object; `ownership.sweep` decides about those.
        """
        sealed = []
        for file_id in self.unsettled(older_than):
            if os.path.exists(self.place(file_id)):
                sealed.append(file_id)
            else:
                self.discard(file_id)
        return sealed

    def place(self, file_id: str) -> str:
        """Path of a sealed file."""
        return f"{self._root}/{file_id[-2:]}/{file_id}"

    def part_place(self, file_id: str) -> str:
        """Path of a file while it is being written."""
        return f"{self._root}/{file_id[-2:]}/{file_id}.part"

    def tmp_place(self, file_id: str) -> str:
        """Path of the second link, as long as the file's fate is open."""
        return f"{self._tmp}/{file_id}"

    def directory(self, file_id: str) -> str:
        """Path of the directory that takes a sealed file; made, durably, if needed."""
        path = f"{self._root}/{file_id[-2:]}"
        if path not in self._made:
            if not os.path.isdir(path):
                os.makedirs(path, mode=0o700, exist_ok=True)
                _fsync_directory(self._root)
            self._made.add(path)
        return path


class FileWriter:
    """One file while it is written.

    Used by one thread at a time.

    Attributes:
        file_id: its name.
        size: bytes written so far.
    """

    __slots__ = ("_fd", "_files", "_made", "_placed", "file_id", "size")

    def __init__(self, files: Files, file_id: str) -> None:
        self._files = files
        self.file_id = file_id
        self.size = 0
        self._fd = -1
        self._made = False
        self._placed = False

    def write(self, block: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            StorageUnavailable: the disk is full.
        """
        try:
            done = os.write(self._descriptor(), block)
            if done < len(block):
                rest = memoryview(block)[done:]
                while rest:
                    count = os.write(self._fd, rest)
                    done += count
                    rest = rest[count:]
        except OSError as error:
            raise _refusal(error) from error
        self.size += done

    def copy_from(self, origin: int, offset: int, length: int) -> None:
        """Append a piece of an open file, inside the kernel where the file system can.

        Args:
            origin: descriptor of the file.
            offset: its first byte to take.
            length: how many bytes to take.

        Raises:
            ObjectChanged: the file has fewer bytes.
            StorageUnavailable: the disk is full.
        """
        end = offset + length
        target = self._descriptor()
        try:
            while offset < end:
                count = os.copy_file_range(origin, target, end - offset, offset)
                if count == 0:
                    raise ObjectChanged()
                offset += count
                self.size += count
        except OSError as error:
            if error.errno not in _NO_KERNEL_COPY:
                raise _refusal(error) from error
            while offset < end:
                block = os.pread(origin, min(_BLOCK, end - offset), offset)
                if not block:
                    raise ObjectChanged() from error
                self.write(block)
                offset += len(block)

    def blocks(self) -> Iterator[bytes]:
        """What was written so far, from the beginning; only before `seal`."""
        offset = 0
        while offset < self.size:
            block = os.pread(self._fd, _BLOCK, offset)
            offset += len(block)
            yield block

    def seal(self) -> None:
        """Make bytes and name durable; nothing to do for an empty file.

        Raises:
            StorageUnavailable: the disk is full.
        """
        if self._fd < 0 or self._placed:
            return
        try:
            self._placed = True
            os.rename(self._files.part_place(self.file_id), self._files.place(self.file_id))
            os.fdatasync(self._fd)
            self._close()
            _fsync_directory(self._files.directory(self.file_id))
        except OSError as error:
            raise _refusal(error) from error

    def discard(self) -> None:
        """Remove the file; only while no transaction refers to it. Harmless when repeated."""
        self._close()
        if self._made:
            self._files.discard(self.file_id)
            self._made = False
            self.size = 0

    def _descriptor(self) -> int:
        if self._fd < 0:
            self._files.directory(self.file_id)
            path = self._files.part_place(self.file_id)
            self._made = True
            self._fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            os.link(path, self._files.tmp_place(self.file_id))
        return self._fd

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class BytesSource:
    """Bytes in memory; a `ByteSource`."""

    __slots__ = ("_bytes", "length")

    def __init__(self, found: bytes) -> None:
        self._bytes = found
        self.length = len(found)

    def read(self, count: int) -> bytes:
        """The next bytes, at most `count`; empty at the end."""
        if count >= len(self._bytes):
            found, self._bytes = self._bytes, b""
        else:
            found, self._bytes = self._bytes[:count], self._bytes[count:]
        return found

    def close(self) -> None:
        """Nothing is held."""


class FileSource:
    """Bytes of slices, read in order with `pread`; a `ByteSource`.

    The files are opened ahead, so that an object that is replaced while it is read stays readable: up to 32
    files at once, more as the reading goes on. An object of more parts can break off in the middle when it is
    replaced.
    """

    __slots__ = ("_at", "_fds", "_files", "_index", "_slices", "length")

    def __init__(self, files: Files, slices: Sequence[Slice]) -> None:
        self._files = files
        self._slices = slices
        self._fds: list[int] = []
        self._index = 0
        self._at = 0
        self.length = sum([length for _, _, length in slices]) if len(slices) != 1 else slices[0][2]
        self._open_ahead()

    def _open_ahead(self) -> None:
        # `_fds` holds the open descriptors of the slices from `_index` on.
        start = self._index + len(self._fds)
        for file_id, _, _ in self._slices[start : self._index + _OPEN_AHEAD]:
            try:
                self._fds.append(os.open(self._files.place(file_id), os.O_RDONLY | os.O_CLOEXEC))
            except FileNotFoundError as error:
                self.close()
                raise ObjectChanged() from error

    def read(self, count: int) -> bytes:
        """The next bytes, at most `count`; empty at the end.

        Raises:
            ObjectChanged: the bytes are gone (only for objects of many parts, see above).
        """
        while self._fds:
            _, offset, length = self._slices[self._index]
            left = length - self._at
            if left:
                block = os.pread(self._fds[0], min(count, left), offset + self._at)
                if not block:
                    raise ObjectChanged()
                self._at += len(block)
                return block
            self._forward()
        return b""

    def _forward(self) -> None:
        os.close(self._fds.pop(0))
        self._index += 1
        self._at = 0
        if not self._fds:
            self._open_ahead()

    def copy_to(self, writer: FileWriter) -> None:
        """Append everything to a new file without looking at the bytes; before anything was read.

        Raises:
            ObjectChanged: the bytes are gone (only for objects of many parts, see above).
            StorageUnavailable: the disk is full.
        """
        while self._fds:
            _, offset, length = self._slices[self._index]
            writer.copy_from(self._fds[0], offset, length)
            self._forward()

    def close(self) -> None:
        """Give the files back; harmless when repeated."""
        fds, self._fds = self._fds, []
        self._slices = ()
        for fd in fds:
            os.close(fd)


def _unlink(path: str) -> bool:
    # Whether the name is gone.
    try:
        os.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _fsync_directory(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _refusal(error: OSError) -> Exception:
    return StorageUnavailable() if error.errno in _FULL else error
