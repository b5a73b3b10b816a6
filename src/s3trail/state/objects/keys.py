"""Ordered maps from object keys to values in LMDB, in S3's order, for keys longer than LMDB's own.

LMDB takes keys of at most 511 bytes, S3 keys have up to 1024. A bucket's entry for the key `k` is

- `bucket id (8 bytes) + k` with the value itself, when `k` has at most 480 bytes;
- otherwise a member of the group at `bucket id + k[:480] + NUL`, whose value is the list of all its members
  `(k[480:], value)` in order: 2 bytes length and bytes of the rest, 4 bytes length and bytes of the value,
  big-endian.

A group is known by its length (489 bytes; plain entries have at most 488), so keys may hold NUL themselves.

Why order holds: let `h` be a head of 480 bytes. Every long key with this head sorts after the plain key `h`
and, since no other plain key can have `h` as a prefix, before or after exactly those plain keys that `h`
itself sorts before or after. The group's entry `h + NUL` does the same: it follows `h` directly and compares
with every key that doesn't start with `h` as `h` does. Two groups compare as their heads, which differ.
Within a group the members are sorted.
"""

from __future__ import annotations

from bisect import bisect_left
from struct import Struct

from s3trail.state.environment import Tx

__all__ = ["BUCKET_ID_BYTES", "MAX_KEY_BYTES", "Walk", "delete", "get", "put", "successor"]

BUCKET_ID_BYTES = 8
MAX_KEY_BYTES = 1024
"""Longest object key, in bytes of UTF-8 (S3 User Guide, "Naming Amazon S3 objects")."""

_HEAD = 480
_GROUP = BUCKET_ID_BYTES + _HEAD + 1
_REST_LENGTH = Struct(">H")
_VALUE_LENGTH = Struct(">I")

_Members = list[tuple[bytes, bytes]]


def _members(packed: bytes) -> _Members:
    found = []
    at = 0
    while at < len(packed):
        (length,) = _REST_LENGTH.unpack_from(packed, at)
        rest = packed[at + 2 : at + 2 + length]
        at += 2 + length
        (length,) = _VALUE_LENGTH.unpack_from(packed, at)
        found.append((rest, packed[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def _packed(members: _Members) -> bytes:
    pieces = []
    for rest, value in members:
        pieces += [_REST_LENGTH.pack(len(rest)), rest, _VALUE_LENGTH.pack(len(value)), value]
    return b"".join(pieces)


def _group(tx: Tx, database: str, bucket_id: bytes, key: bytes) -> tuple[bytes, bytes, _Members, int, bool]:
    entry = bucket_id + key[:_HEAD] + b"\0"
    rest = key[_HEAD:]
    members = _members(tx.get(database, entry) or b"")
    index = bisect_left(members, (rest, b""))
    return entry, rest, members, index, index < len(members) and members[index][0] == rest


def get(tx: Tx, database: str, bucket_id: bytes, key: bytes) -> bytes | None:
    """The value of a key; None when absent."""
    if len(key) <= _HEAD:
        return tx.get(database, bucket_id + key)
    _, _, members, index, present = _group(tx, database, bucket_id, key)
    return members[index][1] if present else None


def put(tx: Tx, database: str, bucket_id: bytes, key: bytes, value: bytes) -> None:
    """Set the value of a key."""
    if len(key) <= _HEAD:
        tx.put(database, bucket_id + key, value)
        return
    entry, rest, members, index, present = _group(tx, database, bucket_id, key)
    members[index : index + present] = [(rest, value)]
    tx.put(database, entry, _packed(members))


def delete(tx: Tx, database: str, bucket_id: bytes, key: bytes) -> bool:
    """Remove a key; False when it was absent."""
    if len(key) <= _HEAD:
        return tx.delete(database, bucket_id + key)
    entry, _, members, index, present = _group(tx, database, bucket_id, key)
    if present:
        del members[index]
        if members:
            tx.put(database, entry, _packed(members))
        else:
            tx.delete(database, entry)
    return present


def successor(prefix: bytes) -> bytes | None:
    """The smallest key that sorts after every key with this prefix; None when there is no such key."""
    cut = prefix.rstrip(b"\xff")
    return cut[:-1] + bytes([cut[-1] + 1]) if cut else None


class Walk:
    """A cursor over one bucket's keys in order; close it, or use `with`.

    `key` and `value` are those of the place it stands at; valid while `seek` and `next` say True.
    """

    __slots__ = ("_bucket_id", "_cursor", "_head", "_index", "_members", "key", "value")

    def __init__(self, tx: Tx, database: str, bucket_id: bytes) -> None:
        self._cursor = tx.cursor(database)
        self._bucket_id = bucket_id
        self._head = b""
        self._members: _Members = []
        self._index = 0
        self.key = b""
        self.value = b""

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *exc: object) -> None:
        self._cursor.close()

    def seek(self, key: bytes) -> bool:
        """Stand at the first key that is not before `key`; False when there is none."""
        self._members = []
        if len(key) <= _HEAD:
            return bool(self._cursor.set_range(self._bucket_id + key)) and self._take()
        head = key[:_HEAD]
        if not self._cursor.set_range(self._bucket_id + head + b"\0"):
            return False
        if not self._take():
            return False
        if self._members and self._head == head:
            self._index = bisect_left(self._members, (key[_HEAD:], b""))
            if self._index == len(self._members):
                self._members = []
                return self.next()
            self._stand()
        return True

    def next(self) -> bool:
        """Go to the following key; False when there is none."""
        if self._members:
            self._index += 1
            if self._index < len(self._members):
                self._stand()
                return True
            self._members = []
        return bool(self._cursor.next()) and self._take()

    def _take(self) -> bool:
        entry, value = self._cursor.item()
        if entry[:BUCKET_ID_BYTES] != self._bucket_id:
            return False
        if len(entry) == _GROUP:
            self._head = entry[BUCKET_ID_BYTES:-1]
            self._members = _members(value)
            self._index = 0
            self._stand()
        else:
            self.key = entry[BUCKET_ID_BYTES:]
            self.value = value
        return True

    def _stand(self) -> None:
        rest, self.value = self._members[self._index]
        self.key = self._head + rest
