"""Transfer Acceleration, stored and shown; every endpoint is as fast as the other."""

from __future__ import annotations

from s3trail.kernel.errors import InvalidRequest, MalformedRequest
from s3trail.services.s3.settings import Document, Setting
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects.buckets import Bucket

__all__ = ["ACCELERATE"]


def _check(store: Store, tx: Tx, bucket: Bucket, document: Document) -> Document:
    if "." in bucket.name:
        raise InvalidRequest(
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        )
    if document.get("Status") not in ("Enabled", "Suspended"):
        raise MalformedRequest()
    return document


ACCELERATE = Setting(
    "accelerate",
    "PutBucketAccelerateConfiguration",
    "GetBucketAccelerateConfiguration",
    "AccelerateConfiguration",
    _check,
)
