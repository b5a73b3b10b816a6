"""Buckets: one small document per name, names unique over all accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from s3trail.state.environment import Tx
from s3trail.state.objects import keys

__all__ = ["Bucket", "delete", "get", "is_empty", "put", "scan"]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket."""

    name: str
    """Its name."""
    id: bytes
    """8 random bytes that its keys begin with; a bucket made anew under the same name has another."""
    account_id: str
    """Who owns it."""
    region: str
    """Where it is, such as `eu-west-1`."""
    created: float
    """Epoch seconds."""
    location_constraint: str = ""
    """What CreateBucket asked for (`EU` differs from its region); empty in us-east-1."""
    versioning: str = ""
    """`Enabled`, `Suspended`, or empty when it never was enabled. Here, since every write asks for it."""
    settings: frozenset[str] = frozenset()
    """Kinds of settings that are stored (`s3trail.state.objects.bucket_settings`); the rest have defaults."""


@lru_cache(maxsize=4096)
def _decoded(name: str, document: bytes) -> Bucket:
    # Cached by the document itself, so a changed bucket is another entry.
    members = orjson.loads(document)
    members["id"] = bytes.fromhex(members["id"])
    if "settings" in members:
        members["settings"] = frozenset(members["settings"])
    return Bucket(name, **members)


def get(tx: Tx, name: str) -> Bucket | None:
    """A bucket; None when there is none of that name."""
    try:
        document = tx.get("buckets", name.encode())
    except UnicodeEncodeError:
        return None
    return None if document is None else _decoded(name, document)


def put(tx: Tx, bucket: Bucket) -> None:
    """Write a bucket's document."""
    document: dict[str, Any] = {
        "id": bucket.id.hex(),
        "account_id": bucket.account_id,
        "region": bucket.region,
        "created": bucket.created,
        "location_constraint": bucket.location_constraint,
    }
    if bucket.versioning:
        document["versioning"] = bucket.versioning
    if bucket.settings:
        document["settings"] = sorted(bucket.settings)
    tx.put("buckets", bucket.name.encode(), orjson.dumps(document))


def delete(tx: Tx, bucket: Bucket) -> None:
    """Remove a bucket's document; its objects and uploads must be gone."""
    tx.delete("buckets", bucket.name.encode())


def scan(tx: Tx, prefix: str = "", after: str = "") -> Iterator[Bucket]:
    """Buckets of all accounts whose names begin with `prefix` and follow `after`, in order of name."""
    start = after.encode() + b"\0" if after else None
    for name, document in tx.scan("buckets", prefix.encode(), start):
        yield _decoded(name.decode(), document)


def is_empty(tx: Tx, bucket: Bucket) -> bool:
    """Whether no object, older version or delete marker is left."""
    with keys.Walk(tx, "objects", bucket.id) as walk:
        return not walk.seek(b"")
