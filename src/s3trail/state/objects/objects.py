"""Object metadata: one JSON document per key in the `objects` database (`s3trail.state.objects.keys`).

The document has one-letter members, since there is one per object; absent ones have the default of
`StoredObject`:

| member | meaning | | member | meaning |
|---|---|---|---|---|
| e | ETag without quotes | | c | storage class |
| s | size in bytes | | h | content headers by model member (`ContentType`) |
| t | last modified, epoch milliseconds | | x | user metadata, names in lower case |
| o | owner, account id | | k | checksum: algorithm, value in base64, type |
| f | file id of a simple object's bytes | | u | upload id of a multipart object |
| v | version id; absent means `null` | | n | number of parts of a multipart object |

A multipart object's bytes are its parts' files; the list of them (the manifest) is kept apart under the
upload id (`s3trail.state.objects.uploads`), so that reading metadata costs the same with 1 part or 10,000. An
empty object has no file.

How versioning fits in without rewriting anything: the entry under a key is the key's *current* version,
whatever its version id, and a document without `v` is the `null` version. A delete marker is a document with
a member of its own and without bytes. Older versions go to a database of their own, keyed by bucket id, a
16-byte hash of the key and the descending time of the version; listing versions walks the current entries in
key order and looks the older ones up for each. A key keeps its entry as long as it has any version, so
ordinary listings skip entries that are delete markers, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from s3trail.state.environment import Tx
from s3trail.state.objects import keys

__all__ = ["StoredObject", "decode", "delete", "encode", "get", "put"]

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's metadata."""

    etag: str
    """Without quotes: hex MD5, for multipart objects the MD5 of the parts' MD5s, `-` and their number."""
    size: int
    """Bytes."""
    modified: int
    """Epoch milliseconds."""
    owner: str
    """Account id."""
    file_id: str = ""
    """The file of a simple object; empty for multipart and for empty objects."""
    upload_id: str = ""
    """Where a multipart object's manifest is; else empty."""
    part_count: int = 0
    """Number of parts of a multipart object; else 0."""
    storage_class: str = "STANDARD"
    """As asked for; all classes lie on the same disk."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Content headers by model member: `ContentType`, `CacheControl`, ..."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """User metadata, names without `x-amz-meta-`."""
    checksum: tuple[str, str, str] | None = None
    """Algorithm (`CRC64NVME`), value in base64 (with `-` and the number of parts if composite), type."""


def decode(document: bytes) -> StoredObject:
    """The object of a document."""
    members: dict[str, Any] = orjson.loads(document)
    get = members.get
    checksum = get("k")
    return StoredObject(
        members["e"],
        members["s"],
        members["t"],
        members["o"],
        get("f", ""),
        get("u", ""),
        get("n", 0),
        get("c", "STANDARD"),
        get("h", _NOTHING),
        get("x", _NOTHING),
        tuple(checksum) if checksum is not None else None,
    )


def encode(stored: StoredObject) -> bytes:
    """The document of an object; its strings must be valid Unicode."""
    document: dict[str, Any] = {"e": stored.etag, "s": stored.size, "t": stored.modified, "o": stored.owner}
    if stored.file_id:
        document["f"] = stored.file_id
    if stored.upload_id:
        document["u"] = stored.upload_id
        document["n"] = stored.part_count
    if stored.storage_class != "STANDARD":
        document["c"] = stored.storage_class
    if stored.headers:
        document["h"] = stored.headers
    if stored.metadata:
        document["x"] = stored.metadata
    if stored.checksum is not None:
        document["k"] = stored.checksum
    return orjson.dumps(document)


def get(tx: Tx, bucket_id: bytes, key: bytes) -> StoredObject | None:
    """An object's metadata; None when there is no object of that key."""
    document = keys.get(tx, "objects", bucket_id, key)
    return None if document is None else decode(document)


def put(tx: Tx, bucket_id: bytes, key: bytes, document: bytes) -> None:
    """Write an object's document, replacing what is there."""
    keys.put(tx, "objects", bucket_id, key, document)


def delete(tx: Tx, bucket_id: bytes, key: bytes) -> bool:
    """Remove an object's document; False when there was none."""
    return keys.delete(tx, "objects", bucket_id, key)
