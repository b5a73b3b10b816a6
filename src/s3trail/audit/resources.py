"""`resources`: the buckets and objects that a call concerned, the role that was assumed.

Bucket before object, as records of version 1.11 have it (up to 2024 it was the other way round). Absent when
there is no such bucket, when the bucket came to be by the call (CreateBucket), and for calls about an
account. Source: reference sheet `cloudtrail-records.md`, section 3.7.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from s3trail.audit.exchange import Exchange
from s3trail.audit.facts.fact import Fact

__all__ = ["bucket_entry", "object_entry", "resources"]

_COPY_SOURCE = "x-amz-copy-source"


def bucket_entry(bucket: str, account_id: str) -> dict[str, str]:
    """A bucket with the account that owns it."""
    return {"accountId": account_id, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::" + bucket}


def object_entry(bucket: str, key: str) -> dict[str, str]:
    """An object. It has no account: the bucket's is beside it."""
    return {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"}


def _source_entry(copy_source: str) -> dict[str, str] | None:
    """The object that was copied: `/bucket/key?versionId=…`, with or without `/`, percent-encoded."""
    path = unquote(copy_source.partition("?versionId=")[0])
    bucket, slash, key = path.removeprefix("/").partition("/")
    return object_entry(bucket, key) if bucket and slash and key else None


def resources(exchange: Exchange, fact: Fact) -> list[dict[str, str]] | None:
    """`resources`; None when the record has none."""
    if fact.s3 is None:
        return _role(exchange) if fact.service.source == "sts.amazonaws.com" else None
    kind = fact.s3.resources
    account = exchange.bucket_account
    if kind == "none" or not account:
        return None
    params = exchange.params
    bucket = params.get("Bucket")
    if not bucket:
        return None
    found = [bucket_entry(bucket, account)]
    if kind == "object":
        key = params.get("Key")
        if key:
            found.append(object_entry(bucket, key))
        copied = exchange.headers.get(_COPY_SOURCE)
        if copied and fact.event_name in ("CopyObject", "UploadPartCopy"):
            source = _source_entry(copied)
            if source is not None:
                found.append(source)
    elif kind == "prefix":
        # HeadBucket and DeleteObjects touch the empty prefix.
        prefix = params.get("Prefix") or ""
        found.append({"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::{bucket}/{prefix}"})
    return found


def _role(exchange: Exchange) -> list[dict[str, Any]] | None:
    arn = exchange.params.get("RoleArn")
    if exchange.error is not None or not isinstance(arn, str) or arn.count(":") < 5:
        return None
    return [{"accountId": arn.split(":")[4], "type": "AWS::IAM::Role", "ARN": arn}]
