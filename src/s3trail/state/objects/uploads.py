"""Multipart uploads: what is open, which parts have arrived, and the manifests of finished objects.

Two databases:

- `uploads` maps an object key to the open uploads of that key, `[[initiated, upload id], ...]` in order, for
  listings.
- `parts` holds, under the upload id (32 hex digits) and a number of 2 bytes: 0, the upload's own document; 1
  to 10,000, its parts; 65535, the manifest of the object that the upload became. An object keeps the id of
  its upload for as long as it lives, which is also how a repeated CompleteMultipartUpload is recognized.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from s3trail.state.environment import Tx
from s3trail.state.objects import keys
from s3trail.state.objects.files import Slice

__all__ = [
    "MAX_PART_NUMBER",
    "Part",
    "Upload",
    "close",
    "create",
    "delete_manifest",
    "get",
    "manifest",
    "open_uploads",
    "part",
    "parts",
    "put_manifest",
    "put_part",
    "slices",
]

MAX_PART_NUMBER = 10_000
_UPLOAD_ID_DIGITS = 32
_OWN = b"\0\0"
_MANIFEST = b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Upload:
    """One open multipart upload."""

    upload_id: str
    """32 hex digits."""
    bucket_id: str
    """The bucket's id in hex."""
    key: str
    """The object's key."""
    initiated: int
    """Epoch milliseconds."""
    owner: str
    """Account id of who will own the object."""
    initiator: str
    """ARN of who began it; the account id when the caller has none."""
    storage_class: str = "STANDARD"
    """Of the object to be."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Content headers by model member."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """User metadata."""
    checksum_algorithm: str = "CRC64NVME"
    """What each part is checked with."""
    checksum_type: str = "FULL_OBJECT"
    """`FULL_OBJECT` or `COMPOSITE`: how the parts' checksums become the object's."""
    checksum_chosen: bool = False
    """Whether the client asked for the algorithm; else it is S3's default."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the object to be."""
    acl: tuple[tuple[str, str], ...] = ()
    """Grants of the object to be, grantee and permission."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: of an open upload, or of a finished object's manifest."""

    number: int
    """1 to 10,000."""
    size: int
    """Bytes."""
    etag: str
    """Hex MD5, without quotes."""
    modified: int
    """Epoch milliseconds."""
    file_id: str
    """Empty when the part has no bytes."""
    checksum: str
    """Base64, of the upload's algorithm."""


def _row(upload_id: str, suffix: bytes) -> bytes | None:
    # Upload ids come from clients; only ours are looked up.
    if len(upload_id) != _UPLOAD_ID_DIGITS or not upload_id.isascii():
        return None
    return upload_id.encode() + suffix


def create(tx: Tx, upload: Upload) -> None:
    """Open an upload; its strings must be valid Unicode."""
    bucket_id, key = bytes.fromhex(upload.bucket_id), upload.key.encode()
    listed = _listed(keys.get(tx, "uploads", bucket_id, key))
    listed.append((upload.initiated, upload.upload_id))
    listed.sort()
    keys.put(tx, "uploads", bucket_id, key, orjson.dumps(listed))
    tx.put("parts", upload.upload_id.encode() + _OWN, orjson.dumps(upload))


def get(tx: Tx, upload_id: str) -> Upload | None:
    """An open upload; None when there is none of that id."""
    row = _row(upload_id, _OWN)
    document = tx.get("parts", row) if row else None
    return None if document is None else Upload(**orjson.loads(document))


def close(tx: Tx, upload: Upload) -> None:
    """Forget an upload and its parts, completed or aborted; their files are the caller's business."""
    bucket_id, key = bytes.fromhex(upload.bucket_id), upload.key.encode()
    listed = [
        entry for entry in _listed(keys.get(tx, "uploads", bucket_id, key)) if entry[1] != upload.upload_id
    ]
    if listed:
        keys.put(tx, "uploads", bucket_id, key, orjson.dumps(listed))
    else:
        keys.delete(tx, "uploads", bucket_id, key)
    numbers = [found.number for found in parts(tx, upload.upload_id)]
    start = upload.upload_id.encode()
    tx.delete("parts", start + _OWN)
    for number in numbers:
        tx.delete("parts", start + number.to_bytes(2, "big"))


def open_uploads(document: bytes) -> list[tuple[int, str]]:
    """Time in epoch milliseconds and id of each open upload of one key, from its entry in `uploads`."""
    return _listed(document)


def _listed(document: bytes | None) -> list[tuple[int, str]]:
    return [(initiated, upload_id) for initiated, upload_id in orjson.loads(document)] if document else []


def put_part(tx: Tx, upload_id: str, new: Part) -> None:
    """Write a part, replacing one of the same number."""
    tx.put("parts", upload_id.encode() + new.number.to_bytes(2, "big"), _part_document(new))


def part(tx: Tx, upload_id: str, number: int) -> Part | None:
    """A part of an open upload; None when that number hasn't arrived."""
    row = _row(upload_id, number.to_bytes(2, "big"))
    document = tx.get("parts", row) if row else None
    return None if document is None else Part(*orjson.loads(document))


def parts(tx: Tx, upload_id: str, after: int = 0) -> Iterator[Part]:
    """Parts of an open upload with numbers greater than `after`, in order.

    Don't write to the database while iterating.
    """
    start = upload_id.encode()
    for row, document in tx.scan(
        "parts", start, start + (min(after, MAX_PART_NUMBER) + 1).to_bytes(2, "big")
    ):
        if row.endswith(_MANIFEST):
            return
        yield Part(*orjson.loads(document))


def put_manifest(tx: Tx, upload_id: str, listed: Sequence[Part]) -> None:
    """Write the parts of a finished object, in order."""
    rows = b",".join([_part_document(listed_part) for listed_part in listed])
    tx.put("parts", upload_id.encode() + _MANIFEST, b"[" + rows + b"]")


def manifest(tx: Tx, upload_id: str) -> list[Part]:
    """The parts of a finished object, in order; empty when there is none of that upload id."""
    row = _row(upload_id, _MANIFEST)
    document = tx.get("parts", row) if row else None
    return [] if document is None else [Part(*members) for members in orjson.loads(document)]


def delete_manifest(tx: Tx, upload_id: str) -> None:
    """Forget the manifest of an object that is gone."""
    tx.delete("parts", upload_id.encode() + _MANIFEST)


def slices(listed: Sequence[Part], start: int, length: int) -> list[Slice]:
    """The pieces of the parts' files that hold `length` bytes from `start` on."""
    found = []
    end = start + length
    at = 0
    for listed_part in listed:
        first, last = max(start, at), min(end, at + listed_part.size)
        if first < last:
            found.append((listed_part.file_id, first - at, last - first))
        at += listed_part.size
        if at >= end:
            break
    return found


def _part_document(written: Part) -> bytes:
    return orjson.dumps(
        (written.number, written.size, written.etag, written.modified, written.file_id, written.checksum)
    )
