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
| q | sequence: which version is newer | | d | 1 for a delete marker; the first member then |
| g | tags | | a | grants of the ACL; absent means the owner's alone |

A multipart object's bytes are its parts' files; the list of them (the manifest) is kept apart under the
upload id (`s3trail.state.objects.uploads`), so that reading metadata costs the same with 1 part or 10,000. An
empty object has no file.

The entry under a key is the key's *current* version, whatever its version id, and a document without `v` is
the `null` version. A delete marker is a document without bytes. Older versions are in a database of their own
(`s3trail.state.objects.versions`). A key keeps its entry as long as it has any version, so ordinary listings
skip entries that are delete markers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from s3trail.policy.request import Grant
from s3trail.state.environment import Tx
from s3trail.state.objects import keys

__all__ = ["StoredObject", "decode", "delete", "encode", "get", "is_delete_marker", "put"]

_NOTHING: Mapping[str, str] = {}
_MARKER = b'{"d":'


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
    version_id: str = ""
    """Empty for the `null` version."""
    sequence: int = 0
    """Greater than that of every older version of the key; 0 in buckets that never had versioning."""
    delete_marker: bool = False
    """Not an object, but the word that there is none any more."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags by key."""
    acl: tuple[Grant, ...] = ()
    """Empty: the owner alone, with full control."""

    @property
    def order(self) -> int:
        """What versions of a key are ordered by."""
        return self.sequence or self.modified << 16


def decode(document: bytes) -> StoredObject:
    """The object of a document."""
    members: dict[str, Any] = orjson.loads(document)
    get = members.get
    checksum = get("k")
    grants = get("a")
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
        get("v", ""),
        get("q", 0),
        "d" in members,
        get("g", _NOTHING),
        tuple([Grant(grantee, permission) for grantee, permission in grants]) if grants else (),
    )


def is_delete_marker(document: bytes) -> bool:
    """Whether a document is that of a delete marker."""
    return document.startswith(_MARKER)


def encode(stored: StoredObject) -> bytes:
    """The document of an object; its strings must be valid Unicode."""
    document: dict[str, Any] = {"d": 1} if stored.delete_marker else {}
    document |= {"e": stored.etag, "s": stored.size, "t": stored.modified, "o": stored.owner}
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
    if stored.version_id:
        document["v"] = stored.version_id
    if stored.sequence:
        document["q"] = stored.sequence
    if stored.tags:
        document["g"] = stored.tags
    if stored.acl:
        document["a"] = [(grant.grantee, grant.permission) for grant in stored.acl]
    return orjson.dumps(document)


def get(tx: Tx, bucket_id: bytes, key: bytes) -> StoredObject | None:
    """The metadata of a key's current version, which may be a delete marker; None when there is none."""
    document = keys.get(tx, "objects", bucket_id, key)
    return None if document is None else decode(document)


def put(tx: Tx, bucket_id: bytes, key: bytes, document: bytes) -> None:
    """Write an object's document, replacing what is there."""
    keys.put(tx, "objects", bucket_id, key, document)


def delete(tx: Tx, bucket_id: bytes, key: bytes) -> bool:
    """Remove an object's document; False when there was none."""
    return keys.delete(tx, "objects", bucket_id, key)
