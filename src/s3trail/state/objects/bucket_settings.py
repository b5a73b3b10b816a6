"""Settings of buckets: policy, ACL, tags, CORS and the rest, one JSON document each.

A document is addressed by the bucket's id, the kind of setting, and for kinds with several by its own name;
so a bucket that is made anew under an old name has none of them. Which kinds there are is noted in the bucket
itself, which is at hand in every call: a bucket without settings costs no look-up.

`access` is what the authorizer needs to know of a bucket, compiled once per document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

import orjson

from s3trail.kernel.arn import bucket_arn
from s3trail.policy.document import parse_policy
from s3trail.policy.public_access import NO_BLOCK, PublicAccessBlock
from s3trail.policy.request import AttachedPolicy, Grant, ObjectOwnership
from s3trail.state.environment import Tx
from s3trail.state.objects import buckets
from s3trail.state.objects.buckets import Bucket

__all__ = [
    "ACL",
    "CORS",
    "OWNERSHIP",
    "POLICY",
    "POLICY_LIMIT",
    "PUBLIC_ACCESS_BLOCK",
    "BucketAccess",
    "access",
    "delete",
    "delete_all",
    "get",
    "names",
    "put",
]

POLICY = "policy"
ACL = "acl"
CORS = "cors"
OWNERSHIP = "ownership-controls"
PUBLIC_ACCESS_BLOCK = "public-access-block"
_OF_ACCESS = frozenset((POLICY, ACL, OWNERSHIP, PUBLIC_ACCESS_BLOCK))

POLICY_LIMIT = 20 * 1024
"""Bytes that a bucket policy may have (S3 User Guide, "Bucket policies")."""

_PREFIX = b"bucket-setting\0"
"""What the keys begin with in the `config` database, which other documents share."""

_ALL_BLOCKED = PublicAccessBlock(True, True, True, True)


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """What a bucket's settings say about who may do what."""

    policy: AttachedPolicy | None = None
    """The bucket policy."""
    public_access: PublicAccessBlock = _ALL_BLOCKED
    """The bucket's own Block Public Access; new buckets block everything, as S3's do since April 2023."""
    ownership: ObjectOwnership = "BucketOwnerEnforced"
    """Object Ownership."""
    acl: tuple[Grant, ...] = ()
    """Grants of the bucket's ACL; empty means the owner alone, with full control."""


_DEFAULT = BucketAccess()


def _key(bucket: Bucket, kind: str = "", name: str = "") -> bytes:
    path = f"{bucket.id.hex()}/{kind}/{name}" if name else f"{bucket.id.hex()}/{kind}"
    return _PREFIX + path.encode()


def _text(tx: Tx, bucket: Bucket, kind: str, name: str = "") -> bytes | None:
    return tx.get("config", _key(bucket, kind, name)) if kind in bucket.settings else None


def get(tx: Tx, bucket: Bucket, kind: str, name: str = "") -> dict[str, Any] | None:
    """A setting's document; None when it isn't set."""
    found = _text(tx, bucket, kind, name)
    if found is None:
        return None
    document: dict[str, Any] = orjson.loads(found)
    return document


def put(tx: Tx, bucket: Bucket, kind: str, document: Mapping[str, Any], name: str = "") -> Bucket:
    """Write a setting, replacing what is there; gives the bucket as it is now."""
    tx.put("config", _key(bucket, kind, name), orjson.dumps(document))
    if kind not in bucket.settings:
        bucket = replace(bucket, settings=bucket.settings | {kind})
        buckets.put(tx, bucket)
    return bucket


def delete(tx: Tx, bucket: Bucket, kind: str, name: str = "") -> bool:
    """Remove a setting; False when it wasn't set."""
    if kind not in bucket.settings or not tx.delete("config", _key(bucket, kind, name)):
        return False
    if not name or next(names(tx, bucket, kind), None) is None:
        buckets.put(tx, replace(bucket, settings=bucket.settings - {kind}))
    return True


def names(tx: Tx, bucket: Bucket, kind: str, after: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and documents of a kind of which there may be several, in order, after a name."""
    if kind not in bucket.settings:
        return
    prefix = _key(bucket, kind) + b"/"
    for key, document in tx.scan("config", prefix, prefix + after.encode() + b"\0" if after else None):
        yield key[len(prefix) :].decode(), orjson.loads(document)


def delete_all(tx: Tx, bucket: Bucket) -> None:
    """Remove every setting of a bucket that is deleted."""
    if bucket.settings:
        for key in [key for key, _ in tx.scan("config", _key(bucket))]:
            tx.delete("config", key)


def access(tx: Tx, bucket: Bucket) -> BucketAccess:
    """What the bucket's settings say about who may do what; under a microsecond when none is set."""
    if _OF_ACCESS.isdisjoint(bucket.settings):
        return _DEFAULT
    return _compiled(
        bucket.name,
        bucket.account_id,
        _text(tx, bucket, POLICY),
        _text(tx, bucket, PUBLIC_ACCESS_BLOCK),
        _text(tx, bucket, OWNERSHIP),
        _text(tx, bucket, ACL),
    )


@lru_cache(maxsize=2048)
def _compiled(
    name: str,
    account_id: str,
    policy: bytes | None,
    block: bytes | None,
    ownership: bytes | None,
    acl: bytes | None,
) -> BucketAccess:
    return BucketAccess(
        _attached(name, policy) if policy is not None else None,
        _block(block) if block is not None else _ALL_BLOCKED,
        _ownership(ownership) if ownership is not None else "BucketOwnerEnforced",
        _grants(acl) if acl is not None else (Grant(account_id, "FULL_CONTROL"),),
    )


def _attached(name: str, document: bytes) -> AttachedPolicy:
    text = orjson.loads(document)["Policy"]
    policy = parse_policy(text, "resource", max_size=POLICY_LIMIT, bucket=name)
    return AttachedPolicy(policy, name, attached_to=bucket_arn(name))


def _block(document: bytes) -> PublicAccessBlock:
    members = orjson.loads(document)
    if not members:
        return NO_BLOCK
    return PublicAccessBlock(
        members.get("BlockPublicAcls", False),
        members.get("IgnorePublicAcls", False),
        members.get("BlockPublicPolicy", False),
        members.get("RestrictPublicBuckets", False),
    )


def _ownership(document: bytes) -> ObjectOwnership:
    # Deleted controls leave the ACLs in force, with the writer as owner.
    rules = orjson.loads(document).get("Rules")
    return cast("ObjectOwnership", rules[0]["ObjectOwnership"]) if rules else "ObjectWriter"


def _grants(document: bytes) -> tuple[Grant, ...]:
    return tuple(Grant(grantee, permission) for grantee, permission in orjson.loads(document)["Grants"])
