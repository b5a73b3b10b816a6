"""Log files of a trail: what is on its way to a bucket, and how it is written.

Input: records as they were received, each with its shelf. Output: gzip files of `{"Records":[...]}`, one
shelf each, their keys, and what a digest tells of them. Records are joined as bytes, never encoded again.

A key is
`[prefix/]AWSLogs/[ORGANIZATION/]ACCOUNT/FOLDER/REGION/YYYY/MM/DD/ACCOUNT_FOLDER_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz`,
in which the time is that of the delivery, UTC, and UNIQUE has 16 characters of [0-9A-Z] (CloudTrail User
Guide, "CloudTrail log file examples"). FOLDER is `CloudTrail`; `CloudTrail-Insight` for Insights events,
`CloudTrail-NetworkActivity` for network activity events. A file is one gzip member whose header holds no
time, so that equal records give equal bytes.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

__all__ = ["LogFile", "Pending", "Sealed", "Shelf", "folder", "key"]

_GZIP = 31
"""zlib's window of 15 bits, plus 16 for gzip's header and trailer."""
_LEVEL = 6
_HEAD, _TAIL = b'{"Records":[', b"]}"
_MOST_UNPACKED = 50_000_000
"""AWS's limit of a log file before compression."""


_FOLDERS = {"Insight": "CloudTrail-Insight", "NetworkActivity": "CloudTrail-NetworkActivity"}


class Shelf(NamedTuple):
    """Which records lie in one file."""

    account_id: str
    """Whose events they are (`recipientAccountId`)."""
    region: str
    """Their `awsRegion`."""
    folder: str = "CloudTrail"
    """See `folder`."""
    organization: str = ""
    """Id of the organization whose trail it is; empty for the trail of an account."""


def folder(category: str) -> str:
    """The folder for events of an `eventCategory`."""
    return _FOLDERS.get(category, "CloudTrail")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished file."""

    shelf: Shelf
    body: bytes
    """One gzip member."""
    hash: str
    """Hex SHA-256 of what the member holds."""
    oldest: str
    """Least `eventTime` in the file; empty when no record has one."""
    newest: str
    """Greatest `eventTime` in the file; empty when no record has one."""


class LogFile:
    """One file under construction, compressed as records come: memory holds no more than the result."""

    __slots__ = ("_blocks", "_compressor", "_empty", "_hash", "_newest", "_oldest", "packed", "unpacked")

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        self._blocks = [self._compressor.compress(_HEAD)]
        self._hash = hashlib.sha256(_HEAD)
        self._oldest = self._newest = ""
        self._empty = True
        self.unpacked = len(_HEAD) + len(_TAIL)
        self.packed = 0

    def add(self, record: bytes, event_time: str = "") -> None:
        """Take a record; `event_time` is its `eventTime`."""
        piece = record if self._empty else b"," + record
        self._empty = False
        self._hash.update(piece)
        if event_time:
            # ISO times of one form sort as texts.
            self._oldest = min(self._oldest or event_time, event_time)
            self._newest = max(self._newest, event_time)
        self.unpacked += len(piece)
        block = self._compressor.compress(piece)
        if block:
            self._blocks.append(block)
            self.packed += len(block)

    def seal(self, shelf: Shelf) -> Sealed:
        """The finished file; nothing can be added any more."""
        self._blocks.append(self._compressor.compress(_TAIL))
        self._blocks.append(self._compressor.flush())
        self._hash.update(_TAIL)
        return Sealed(shelf, b"".join(self._blocks), self._hash.hexdigest(), self._oldest, self._newest)


class Pending:
    """Records that wait for one delivery, by shelf. Owned by the delivery's thread.

    Args:
        size: compressed bytes, as far as they are known, at which the delivery is due at once.
    """

    __slots__ = ("_files", "_sealed", "_size", "_unpacked", "first_time", "full", "packed")

    def __init__(self, size: int) -> None:
        self._size = size
        self._files: dict[Shelf, LogFile] = {}
        self._sealed: list[Sealed] | None = None
        self._unpacked = 0
        self.packed = 0
        self.full = False
        """No more is taken; deliver now."""
        self.first_time: float | None = None
        """When the oldest record was journaled that makes a delivery necessary; None when there is none."""

    def __bool__(self) -> bool:
        return bool(self._files)

    def add(self, shelf: Shelf, record: bytes, time: float | None, event_time: str = "") -> bool:
        """Take a record; false if it is full and the record must wait for the next delivery.

        Args:
            shelf: where it belongs.
            record: as received.
            time: epoch seconds at which it was journaled; None if it gives no reason to deliver.
            event_time: its `eventTime`.
        """
        if self.full or (self._files and self._unpacked + len(record) + 1 > _MOST_UNPACKED):
            self.full = True
            return False
        file = self._files.get(shelf)
        if file is None:
            file = self._files[shelf] = LogFile()
            self._unpacked += file.unpacked
        before = file.packed
        file.add(record, event_time)
        self.packed += file.packed - before
        self._unpacked += len(record) + 1
        self.full = self.packed >= self._size
        if time is not None and self.first_time is None:
            self.first_time = time
        return True

    def seal(self) -> list[Sealed]:
        """The files, by shelf; the same at every call. Ends the adding."""
        self.full = True
        if self._sealed is None:
            self._sealed = [self._files[shelf].seal(shelf) for shelf in sorted(self._files)]
        return self._sealed


def key(prefix: str, shelf: Shelf, time: float, unique: str) -> str:
    """The key of a log file.

    Args:
        prefix: the trail's `S3KeyPrefix`; may be empty.
        shelf: whose events it holds.
        time: epoch seconds of the delivery.
        unique: 16 random characters of [0-9A-Z].
    """
    moment = datetime.fromtimestamp(time, UTC)
    before = f"{prefix}/" if prefix else ""
    if shelf.organization:
        before = f"{before}AWSLogs/{shelf.organization}/"
    else:
        before = f"{before}AWSLogs/"
    return (
        f"{before}{shelf.account_id}/{shelf.folder}/{shelf.region}/{moment:%Y/%m/%d}/"
        f"{shelf.account_id}_{shelf.folder}_{shelf.region}_{moment:%Y%m%dT%H%MZ}_{unique}.json.gz"
    )
