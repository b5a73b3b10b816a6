"""What a request addresses: its bucket, key, version, and the source of a copy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from s3trail.kernel.call import Call
from s3trail.kernel.errors import AccessDenied, InvalidArgument, InvalidRequest
from s3trail.services.s3.errors import (
    InvalidKey,
    KeyTooLong,
    MethodNotAllowed,
    NoSuchBucket,
    NoSuchKey,
    NoSuchVersion,
    UserKeyMustBeSpecified,
)
from s3trail.state.environment import Tx
from s3trail.state.objects import buckets, objects, versions
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.keys import MAX_KEY_BYTES
from s3trail.state.objects.objects import StoredObject
from s3trail.state.objects.versions import NULL

__all__ = [
    "CopySource",
    "canonical_id",
    "check_version_id",
    "copy_source",
    "encoded_key",
    "shown_version",
    "the_bucket",
    "the_object",
]


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


def check_version_id(version_id: str) -> None:
    """Check that a version id is one by its form.

    Raises:
        InvalidArgument: it isn't.
    """
    if version_id != NULL and versions.sequence_of(version_id) is None:
        raise InvalidArgument(
            "Invalid version id specified", ArgumentName="versionId", ArgumentValue=version_id
        )


def shown_version(bucket: Bucket, stored: StoredObject) -> dict[str, str]:
    """`VersionId` as answers give it: only in buckets that have versioning, or had it."""
    return {"VersionId": stored.version_id or NULL} if bucket.versioning else {}


def the_object(tx: Tx, bucket: Bucket, params: Mapping[str, Any]) -> StoredObject:
    """The object that a request about an existing one names: the current version, or that of `VersionId`.

    Raises:
        NoSuchKey: there is none, or the current version is a delete marker.
        NoSuchVersion: there is no version of that id.
        MethodNotAllowed: that version is a delete marker.
        InvalidArgument: a version id that no version can have.
    """
    key = params["Key"]
    if "VersionId" in params:
        return _the_version(tx, bucket, key, params["VersionId"])
    stored = objects.get(tx, bucket.id, encoded_key(key))
    if stored is None:
        raise NoSuchKey(Key=key)
    if stored.delete_marker:
        raise NoSuchKey(Key=key, headers=_marker_headers(stored))
    return stored


def _the_version(tx: Tx, bucket: Bucket, key: str, version_id: str) -> StoredObject:
    check_version_id(version_id)
    stored = versions.find(tx, bucket.id, encoded_key(key), version_id)
    if stored is None:
        raise NoSuchVersion(Key=key, VersionId=version_id)
    if stored.delete_marker:
        headers = (*_marker_headers(stored), ("Allow", "DELETE"))
        raise MethodNotAllowed(headers=headers, ResourceType="DeleteMarker")
    return stored


def _marker_headers(stored: StoredObject) -> tuple[tuple[str, str], ...]:
    return (("x-amz-delete-marker", "true"), ("x-amz-version-id", stored.version_id or NULL))


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
        NoSuchBucket, NoSuchKey, NoSuchVersion: bucket or object don't exist.
        InvalidRequest: the version is a delete marker.
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
    named = {"Key": key, "VersionId": query} if query else {"Key": key}
    try:
        stored = the_object(tx, bucket, named)
    except MethodNotAllowed as error:
        raise InvalidRequest(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        ) from error
    return CopySource(bucket, key, stored)
