"""What the operations of S3 work on besides the transaction: files, ids, time."""

from __future__ import annotations

from dataclasses import dataclass

from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.state.environment import Tx
from s3trail.state.objects import ownership, uploads
from s3trail.state.objects.files import Files
from s3trail.state.objects.objects import StoredObject

__all__ = ["Store", "drop_bytes"]


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


def drop_bytes(tx: Tx, files: Files, stored: StoredObject | None) -> None:
    """Release the files of an object that is replaced or deleted; None is no object."""
    if stored is None:
        return
    if stored.upload_id:
        ownership.release(tx, files, [part.file_id for part in uploads.manifest(tx, stored.upload_id)])
        uploads.delete_manifest(tx, stored.upload_id)
    elif stored.file_id:
        ownership.release(tx, files, (stored.file_id,))
