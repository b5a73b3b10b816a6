"""Where a bucket's server access log goes (S3 User Guide, "Logging requests with server access logging")."""

from __future__ import annotations

from s3trail.kernel.errors import MalformedRequest
from s3trail.services.s3.errors import InvalidTargetBucketForLogging
from s3trail.services.s3.settings import Document, Setting
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import buckets
from s3trail.state.objects.buckets import Bucket

__all__ = ["LOGGING"]


def _check(store: Store, tx: Tx, bucket: Bucket, document: Document) -> Document:
    enabled = document.get("LoggingEnabled")
    if enabled is None:
        return {}
    if not enabled.get("TargetBucket") or "TargetPrefix" not in enabled:
        raise MalformedRequest()
    name = enabled["TargetBucket"]
    target = buckets.get(tx, name)
    if target is None:
        raise InvalidTargetBucketForLogging(TargetBucket=name)
    if target.account_id != bucket.account_id:
        raise InvalidTargetBucketForLogging(
            "The owner for the bucket to be logged and the target bucket must be the same.", TargetBucket=name
        )
    if target.region != bucket.region:
        raise InvalidTargetBucketForLogging(
            "The bucket to be logged and the target bucket must be in the same region.", TargetBucket=name
        )
    return document


LOGGING = Setting("logging", "PutBucketLogging", "GetBucketLogging", "BucketLoggingStatus", _check)
