"""DeleteBucketEncryption: the default encryption of a bucket removed."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
}


def test_removes_what_was_put(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=_DOCUMENT)
    answer = s3.delete_bucket_encryption(Bucket=bucket)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    record = recorded(server, answer, "DeleteBucketEncryption")
    assert record["requestParameters"]["encryption"] == ""
    assert record["readOnly"] is False
    refused(s3.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError", 404, Bucket=bucket)


def test_removing_nothing_is_no_error(server: Server, s3: Any, bucket: str) -> None:
    for _ in range(2):
        answer = s3.delete_bucket_encryption(Bucket=bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        recorded(server, answer, "DeleteBucketEncryption")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.delete_bucket_encryption, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "DeleteBucketEncryption")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
