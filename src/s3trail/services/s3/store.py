"""What the operations of S3 work on besides the transaction: files, ids, time."""

from __future__ import annotations

from dataclasses import dataclass

from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.state.environment import Tx
from s3trail.state.objects import objects, ownership, uploads, versions
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.files import Files
from s3trail.state.objects.objects import StoredObject

__all__ = ["Store", "drop_bytes", "keep_object"]


@dataclass(frozen=True, slots=True)
class Store:
    """The parts that every operation is given when the server starts."""

    files: Files
    """Where bytes are."""
    ids: Ids
    """Where random names come from."""
    clock: Clock
    """Where the time comes from."""

    def now(self) -> int:
        """Epoch milliseconds, the resolution of every time that is kept."""
        return int(self.clock.now() * 1000)


def keep_object(
    store: Store, tx: Tx, bucket: Bucket, key: bytes, stored: StoredObject, existing: StoredObject | None
) -> StoredObject:
    """Make an object or delete marker the current version of its key, as the bucket's versioning says.

    Args:
        store: the store.
        tx: the write transaction.
        bucket: its bucket.
        key: its key.
        stored: what to write, without version id.
        existing: the current version so far; its bytes are released unless it is kept as an older version.

    Returns:
        What was written, with its version id.
    """
    if not bucket.versioning:
        objects.put(tx, bucket.id, key, objects.encode(stored))
        drop_bytes(tx, store.files, existing)
        return stored
    random = bytes.fromhex(store.ids.hex(versions.RANDOM_BYTES))
    written, replaced = versions.put(tx, bucket, key, stored, existing, random)
    drop_bytes(tx, store.files, replaced)
    return written


def drop_bytes(tx: Tx, files: Files, stored: StoredObject | None) -> None:
    """Release the files of an object that is replaced or deleted; None is no object."""
    if stored is None:
        return
    if stored.upload_id:
        ownership.release(tx, files, [part.file_id for part in uploads.manifest(tx, stored.upload_id)])
        uploads.delete_manifest(tx, stored.upload_id)
    elif stored.file_id:
        ownership.release(tx, files, (stored.file_id,))
