"""Tags: Get, Put and Delete of BucketTagging and ObjectTagging, and the tags of a new object.

Rules: Amazon S3 User Guide, "Categorizing your objects using tags" and "Using cost allocation S3 bucket
tags".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from s3trail.kernel.call import Call
from s3trail.kernel.errors import InvalidArgument
from s3trail.services.s3.addressing import encoded_key, shown_version, the_bucket, the_object
from s3trail.services.s3.errors import InvalidTag, NoSuchTagSet, TooManyTags
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings, versions

__all__ = [
    "BUCKET_TAGS",
    "bucket_tags",
    "delete_bucket_tagging",
    "delete_object_tagging",
    "get_bucket_tagging",
    "get_object_tagging",
    "header_tags",
    "put_bucket_tagging",
    "put_object_tagging",
]

BUCKET_TAGS = "tagging"
"""Kind of setting."""

_MOST_OF_BUCKET = 50
_MOST_OF_OBJECT = 10
_LONGEST_KEY = 128
_LONGEST_VALUE = 256
_ALLOWED = re.compile(r"[\w\s+\-=._:/@]*")


def put_bucket_tagging(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutBucketTagging: replaces all tags."""
    bucket = the_bucket(tx, params)
    tags = bucket_tags(params["Tagging"].get("TagSet") or ())
    bucket_settings.put(tx, bucket, BUCKET_TAGS, {"TagSet": _tag_set(tags)})
    return {"HTTPStatusCode": 204}


def get_bucket_tagging(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetBucketTagging."""
    bucket = the_bucket(tx, params)
    document = bucket_settings.get(tx, bucket, BUCKET_TAGS)
    if document is None or not document["TagSet"]:
        raise NoSuchTagSet(BucketName=bucket.name)
    return document


def delete_bucket_tagging(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DeleteBucketTagging; no error when there are none."""
    bucket_settings.delete(tx, the_bucket(tx, params), BUCKET_TAGS)
    return {}


def put_object_tagging(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutObjectTagging: replaces all tags of the current version, or of the one that is named."""
    return _tagged(tx, params, _object_tags(params["Tagging"].get("TagSet") or ()))


def delete_object_tagging(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DeleteObjectTagging."""
    return _tagged(tx, params, {})


def get_object_tagging(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetObjectTagging; an empty set when there are none."""
    bucket = the_bucket(tx, params)
    stored = the_object(tx, bucket, params)
    return {"TagSet": _tag_set(stored.tags), **shown_version(bucket, stored)}


def _tagged(tx: Tx, params: Mapping[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    bucket = the_bucket(tx, params)
    stored = the_object(tx, bucket, params)
    versions.update(tx, bucket.id, encoded_key(params["Key"]), replace(stored, tags=tags))
    return shown_version(bucket, stored)


def _tag_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def bucket_tags(tag_set: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a bucket.

    Raises:
        InvalidTag, TooManyTags: they are against the rules.
    """
    if len(tag_set) > _MOST_OF_BUCKET:
        raise TooManyTags(f"Bucket tag count cannot be greater than {_MOST_OF_BUCKET}")
    return _checked([(tag.get("Key", ""), tag.get("Value", "")) for tag in tag_set])


def _object_tags(tag_set: Sequence[Mapping[str, str]]) -> dict[str, str]:
    if len(tag_set) > _MOST_OF_OBJECT:
        raise TooManyTags()
    return _checked([(tag.get("Key", ""), tag.get("Value", "")) for tag in tag_set])


def header_tags(header: str) -> dict[str, str]:
    """The tags in `x-amz-tagging`, which has the form of a query: `Key1=Value1&Key2=Value2`.

    Raises:
        InvalidArgument: it isn't of that form, or names a key twice.
        InvalidTag, TooManyTags: the tags are against the rules.
    """
    pairs = []
    for part in header.split("&"):
        if part:
            key, _, value = part.partition("=")
            pairs.append((unquote_plus(key), unquote_plus(value)))
    if len({key for key, _ in pairs}) != len(pairs):
        raise InvalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
            "without tag name duplicates.",
            ArgumentName="x-amz-tagging",
            ArgumentValue=header,
        )
    if len(pairs) > _MOST_OF_OBJECT:
        raise TooManyTags()
    return _checked(pairs)


def _checked(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    tags: dict[str, str] = {}
    for key, value in pairs:
        if not 1 <= len(key) <= _LONGEST_KEY or not _ALLOWED.fullmatch(key):
            raise InvalidTag("The TagKey you have provided is invalid", TagKey=key)
        if len(value) > _LONGEST_VALUE or not _ALLOWED.fullmatch(value):
            raise InvalidTag("The TagValue you have provided is invalid", TagKey=key, TagValue=value)
        if key.lower().startswith("aws:"):
            raise InvalidTag("System tags cannot be added/updated by requester", TagKey=key)
        if key in tags:
            raise InvalidTag("Cannot provide multiple Tags with the same key", TagKey=key)
        tags[key] = value
    return tags
