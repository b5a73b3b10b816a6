"""Noncurrent versions of objects, and version ids.

The current version of a key is its entry in `objects`. Each older one has a row in `versions`:

- bucket id (8 bytes), hash of the key (16), and 2**64 - 1 - its sequence (8, big-endian), so that newer ones
  come first; the value is the object's document.
- The same with 8 bytes of 0xff at the end holds those 8 bytes of the row of the `null` version, if that one
  is noncurrent. A key has one `null` version at most.

A version id is the sequence and 16 random bytes in 32 characters, so that its row is known from it alone.
The sequence is the time in milliseconds with 16 bits below it, and always greater than that of the version
before.
Whoever replaces or removes a version for good gives its bytes back (`drop_bytes` of the S3 service).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b

from s3trail.state.environment import Tx
from s3trail.state.objects import listing, objects
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.objects import StoredObject

__all__ = [
    "NULL",
    "RANDOM_BYTES",
    "find",
    "history",
    "listed",
    "put",
    "remove",
    "sequence_of",
    "update",
]

NULL = "null"
"""Version id of what was written while versioning wasn't enabled."""
RANDOM_BYTES = 16

_ID_DIGITS = 32
_LAST = 2**64 - 1
_POINTER = b"\xff" * 8

Listed = tuple[bytes, StoredObject | None, bool]
"""A key, one of its versions, and whether that is the current one; or a common prefix, None and False."""


def _group(bucket_id: bytes, key: bytes) -> bytes:
    return bucket_id + blake2b(key, digest_size=16).digest()


def _place(order: int) -> bytes:
    return (_LAST - order).to_bytes(8, "big")


def _version_id(sequence: int, random: bytes) -> str:
    return b64encode(sequence.to_bytes(8, "big") + random, altchars=b"._").decode()


def sequence_of(version_id: str) -> int | None:
    """The sequence in a version id that isn't `null`; None when it can't be one of ours."""
    if len(version_id) != _ID_DIGITS:
        return None
    try:
        sequence = int.from_bytes(b64decode(version_id, altchars=b"._", validate=True)[:8], "big")
    except ValueError:
        return None
    return sequence if 0 < sequence < _LAST else None


def put(
    tx: Tx,
    bucket: Bucket,
    key: bytes,
    stored: StoredObject,
    existing: StoredObject | None,
    random: bytes,
) -> tuple[StoredObject, StoredObject | None]:
    """Make an object or a delete marker the current version of its key, in a bucket that has versioning.

    Args:
        tx: the write transaction.
        bucket: whose key; enabled versioning keeps the version before, suspended replaces the `null` version.
        key: the key.
        stored: what to write, without version id.
        existing: the current version so far.
        random: 16 bytes for the version id.

    Returns:
        What was written, and the version that it replaced for good.
    """
    sequence = stored.modified << 16
    if existing is not None:
        sequence = max(sequence, existing.order + 1)
    replaced = None
    if bucket.versioning == "Enabled":
        stored = replace(stored, version_id=_version_id(sequence, random), sequence=sequence)
        if existing is not None:
            _archive(tx, bucket.id, key, existing)
    else:
        stored = replace(stored, sequence=sequence)
        if existing is not None and existing.version_id:
            replaced = _take(tx, bucket.id, key, NULL)
            _archive(tx, bucket.id, key, existing)
        else:
            replaced = existing
    objects.put(tx, bucket.id, key, objects.encode(stored))
    return stored, replaced


def _archive(tx: Tx, bucket_id: bytes, key: bytes, stored: StoredObject) -> None:
    group, place = _group(bucket_id, key), _place(stored.order)
    tx.put("versions", group + place, objects.encode(stored))
    if not stored.version_id:
        tx.put("versions", group + _POINTER, place)


def _row(tx: Tx, bucket_id: bytes, key: bytes, version_id: str) -> bytes | None:
    """Where a noncurrent version would be."""
    group = _group(bucket_id, key)
    if version_id == NULL:
        place = tx.get("versions", group + _POINTER)
        return None if place is None else group + place
    sequence = sequence_of(version_id)
    return None if sequence is None else group + _place(sequence)


def _noncurrent(tx: Tx, row: bytes | None, version_id: str) -> StoredObject | None:
    document = tx.get("versions", row) if row is not None else None
    stored = objects.decode(document) if document is not None else None
    return stored if stored is not None and (stored.version_id or NULL) == version_id else None


def _take(tx: Tx, bucket_id: bytes, key: bytes, version_id: str) -> StoredObject | None:
    """Remove a noncurrent version."""
    row = _row(tx, bucket_id, key, version_id)
    stored = _noncurrent(tx, row, version_id)
    if stored is not None and row is not None:
        tx.delete("versions", row)
        if not stored.version_id:
            tx.delete("versions", row[:-8] + _POINTER)
    return stored


def find(tx: Tx, bucket_id: bytes, key: bytes, version_id: str) -> StoredObject | None:
    """A version, current or not, object or delete marker; None when there is none of that id."""
    current = objects.get(tx, bucket_id, key)
    if current is None or (current.version_id or NULL) == version_id:
        return current
    return _noncurrent(tx, _row(tx, bucket_id, key, version_id), version_id)


def update(tx: Tx, bucket_id: bytes, key: bytes, stored: StoredObject) -> None:
    """Write other tags or another ACL of a version that exists."""
    current = objects.get(tx, bucket_id, key)
    if current is not None and current.version_id == stored.version_id:
        objects.put(tx, bucket_id, key, objects.encode(stored))
    else:
        tx.put("versions", _group(bucket_id, key) + _place(stored.order), objects.encode(stored))


def remove(tx: Tx, bucket_id: bytes, key: bytes, version_id: str) -> StoredObject | None:
    """Remove one version for good; the newest that is left becomes current. None when there is none."""
    current = objects.get(tx, bucket_id, key)
    if current is None:
        return None
    if (current.version_id or NULL) != version_id:
        return _take(tx, bucket_id, key, version_id)
    newest = next(history(tx, bucket_id, key), None)
    if newest is None:
        objects.delete(tx, bucket_id, key)
    else:
        _take(tx, bucket_id, key, newest.version_id or NULL)
        objects.put(tx, bucket_id, key, objects.encode(newest))
    return current


def history(tx: Tx, bucket_id: bytes, key: bytes, before: int | None = None) -> Iterator[StoredObject]:
    """Noncurrent versions, newest first; with `before` only those whose order is less.

    Don't write to the database while iterating.
    """
    group = _group(bucket_id, key)
    start = group if before is None else group + (_LAST - before + 1).to_bytes(8, "big")
    for row, document in tx.scan("versions", group, start):
        if row.endswith(_POINTER):
            return
        yield objects.decode(document)


def listed(
    tx: Tx,
    bucket: Bucket,
    *,
    prefix: bytes = b"",
    delimiter: bytes = b"",
    key_marker: bytes = b"",
    version_marker: str = "",
) -> Iterator[Listed]:
    """Every version of every key, in order of keys, newest first.

    Args:
        tx: any transaction; it must not write meanwhile.
        bucket: whose versions.
        prefix, delimiter: as in `listing.entries`.
        key_marker: only what follows this key or common prefix.
        version_marker: with a key marker: begin with the versions of that key that are older than this one.
    """
    entries = listing.entries(
        tx,
        "objects",
        bucket.id,
        prefix=prefix,
        delimiter=delimiter,
        after=key_marker,
        inclusive=bool(version_marker),
    )
    for key, document in entries:
        if document is None:
            yield key, None, False
            continue
        current = objects.decode(document)
        before = None
        if version_marker and key == key_marker:
            before = _order(tx, bucket.id, key, version_marker)
            if before is None:
                continue
        if before is None or current.order < before:
            yield key, current, True
        if bucket.versioning:
            for older in history(tx, bucket.id, key, before):
                yield key, older, False


def _order(tx: Tx, bucket_id: bytes, key: bytes, version_id: str) -> int | None:
    # A version id tells its place also when the version is gone by now.
    if version_id != NULL:
        return sequence_of(version_id)
    found = find(tx, bucket_id, key, NULL)
    return found.order if found is not None else None
