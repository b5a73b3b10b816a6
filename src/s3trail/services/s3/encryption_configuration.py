"""A bucket's default encryption (Amazon S3 User Guide, "Setting default server-side encryption behavior").

It is stored and shown. What is written isn't encrypted by it.
"""

from __future__ import annotations

from s3trail.kernel.errors import InvalidArgument, MalformedRequest
from s3trail.services.s3.errors import ServerSideEncryptionConfigurationNotFound
from s3trail.services.s3.settings import Document, Setting
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects.buckets import Bucket

__all__ = ["ENCRYPTION"]

_ALGORITHMS = ("AES256", "aws:kms", "aws:kms:dsse")


def _check(store: Store, tx: Tx, bucket: Bucket, document: Document) -> Document:
    rules = document.get("Rules") or []
    if len(rules) != 1:
        raise MalformedRequest()
    default = rules[0].get("ApplyServerSideEncryptionByDefault")
    if default is None:
        raise MalformedRequest()
    algorithm = default.get("SSEAlgorithm")
    if algorithm not in _ALGORITHMS:
        raise MalformedRequest()
    if algorithm == "AES256" and default.get("KMSMasterKeyID"):
        raise InvalidArgument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            ArgumentName="ApplyServerSideEncryptionByDefault",
        )
    return document


ENCRYPTION = Setting(
    "encryption",
    "PutBucketEncryption",
    "GetBucketEncryption",
    "ServerSideEncryptionConfiguration",
    _check,
    delete="DeleteBucketEncryption",
    answered="ServerSideEncryptionConfiguration",
    missing=ServerSideEncryptionConfigurationNotFound,
)
