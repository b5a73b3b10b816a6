"""GetBucketEncryption: the default encryption of a bucket."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
}


def test_gives_what_was_put(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=_DOCUMENT)
    answer = s3.get_bucket_encryption(Bucket=bucket)
    assert answer["ServerSideEncryptionConfiguration"] == _DOCUMENT
    record = recorded(server, answer, "GetBucketEncryption")
    assert record["requestParameters"]["encryption"] == ""
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    error = refused(
        s3.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError", 404, Bucket=bucket
    )
    record = recorded(server, error, "GetBucketEncryption")
    assert record["errorMessage"] == "The server side encryption configuration was not found"
    assert record["resources"][0]["ARN"] == f"arn:aws:s3:::{bucket}"


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_bucket_encryption, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "GetBucketEncryption")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
