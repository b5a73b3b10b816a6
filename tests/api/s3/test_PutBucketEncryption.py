"""PutBucketEncryption: the default encryption of a bucket is stored."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketEncryption")
    assert record["requestParameters"]["encryption"] == ""
    assert "ServerSideEncryptionConfiguration" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"
    answer = s3.get_bucket_encryption(Bucket=bucket)
    assert answer["ServerSideEncryptionConfiguration"] == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=_DOCUMENT)
    wrong: dict[str, Any] = {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "k"}}]
    }
    error = refused(
        s3.put_bucket_encryption,
        "InvalidArgument",
        400,
        Bucket=bucket,
        ServerSideEncryptionConfiguration=wrong,
    )
    recorded(server, error, "PutBucketEncryption")
    answer = s3.get_bucket_encryption(Bucket=bucket)
    assert answer["ServerSideEncryptionConfiguration"] == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_encryption,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        ServerSideEncryptionConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketEncryption")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
