"""What a request addresses: its bucket, key, version, and the source of a copy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from s3trail.kernel.call import Call
from s3trail.kernel.errors import AccessDenied, InvalidArgument
from s3trail.services.s3.errors import InvalidKey, KeyTooLong, NoSuchBucket, NoSuchKey, UserKeyMustBeSpecified
from s3trail.state.environment import Tx
from s3trail.state.objects import buckets, objects
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.keys import MAX_KEY_BYTES
from s3trail.state.objects.objects import StoredObject

__all__ = [
    "CopySource",
    "canonical_id",
    "copy_source",
    "encoded_key",
    "the_bucket",
    "the_object",
    "the_version",
]

NULL_VERSION = "null"


@lru_cache(maxsize=1024)
def canonical_id(account_id: str) -> str:
    """The canonical user id of an account: 64 hex digits, stable, not to be turned back by looking at it."""
    return hashlib.sha256(f"canonical user id of {account_id}".encode()).hexdigest()


def the_bucket(tx: Tx, params: Mapping[str, Any]) -> Bucket:
    """The bucket that the request names.

    Raises:
        NoSuchBucket: there is none.
        AccessDenied: it isn't `ExpectedBucketOwner`'s.
    """
    name = params["Bucket"]
    bucket = buckets.get(tx, name)
    if bucket is None:
        raise NoSuchBucket(BucketName=name)
    if "ExpectedBucketOwner" in params and params["ExpectedBucketOwner"] != bucket.account_id:
        raise AccessDenied()
    return bucket


def encoded_key(key: str) -> bytes:
    """A key's bytes.

    Raises:
        UserKeyMustBeSpecified: it is empty.
        KeyTooLong: it has more than 1,024 bytes.
        InvalidKey: it isn't UTF-8.
    """
    try:
        encoded = key.encode()
    except UnicodeEncodeError as error:
        raise InvalidKey() from error
    if not encoded:
        raise UserKeyMustBeSpecified()
    if len(encoded) > MAX_KEY_BYTES:
        raise KeyTooLong(Size=str(len(encoded)), MaxSizeAllowed=str(MAX_KEY_BYTES))
    return encoded


def the_version(version_id: str | None) -> None:
    """Check a version id: objects have no version but `null`, so no other id can be right.

    Raises:
        InvalidArgument: any other version id.
    """
    if version_id is not None and version_id != NULL_VERSION:
        raise InvalidArgument(
            "Invalid version id specified", ArgumentName="versionId", ArgumentValue=version_id
        )


def the_object(tx: Tx, bucket: Bucket, params: Mapping[str, Any]) -> StoredObject:
    """The object that a reading request names.

    Raises:
        NoSuchKey: there is none.
        InvalidArgument: a version id that no version can have.
    """
    key = params["Key"]
    if "VersionId" in params:
        the_version(params["VersionId"])
    stored = objects.get(tx, bucket.id, encoded_key(key))
    if stored is None:
        raise NoSuchKey(Key=key)
    return stored


@dataclass(frozen=True, slots=True)
class CopySource:
    """The object that a copy reads."""

    bucket: Bucket
    """Its bucket."""
    key: str
    """Its key."""
    stored: StoredObject
    """Its metadata."""


def copy_source(tx: Tx, call: Call, params: Mapping[str, Any]) -> CopySource:
    """The source that `x-amz-copy-source` names.

    Its form is `bucket/key`, percent-encoded; a leading slash and `?versionId=` are allowed.

    Raises:
        InvalidArgument: the header names no bucket and key.
        NoSuchBucket, NoSuchKey: bucket or object don't exist.
        AccessDenied: the bucket is another account's, or not `ExpectedSourceBucketOwner`'s.
    """
    path, _, query = str(params["CopySource"]).partition("?versionId=")
    name, slash, key = unquote(path.removeprefix("/"), errors="surrogateescape").partition("/")
    if not name or not slash or not key or name.startswith("arn:"):
        raise InvalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ArgumentName="x-amz-copy-source",
            ArgumentValue=str(params["CopySource"]),
        )
    bucket = buckets.get(tx, name)
    if bucket is None:
        raise NoSuchBucket(BucketName=name)
    if bucket.account_id != call.caller.account_id:
        raise AccessDenied()
    if params.get("ExpectedSourceBucketOwner", bucket.account_id) != bucket.account_id:
        raise AccessDenied()
    the_version(query or None)
    stored = objects.get(tx, bucket.id, encoded_key(key))
    if stored is None:
        raise NoSuchKey(Key=key)
    return CopySource(bucket, key, stored)
