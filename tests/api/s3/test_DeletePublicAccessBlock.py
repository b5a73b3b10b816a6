"""DeletePublicAccessBlock: the public access block of a bucket removed."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": False,
}


def test_removes_what_was_put(server: Server, s3: Any, bucket: str) -> None:
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=_DOCUMENT)
    answer = s3.delete_public_access_block(Bucket=bucket)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    record = recorded(server, answer, "DeleteBucketPublicAccessBlock")
    assert record["requestParameters"]["publicAccessBlock"] == ""
    assert record["readOnly"] is False
    refused(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", 404, Bucket=bucket)


def test_removing_nothing_is_no_error(server: Server, s3: Any, bucket: str) -> None:
    for _ in range(2):
        answer = s3.delete_public_access_block(Bucket=bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        recorded(server, answer, "DeleteBucketPublicAccessBlock")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.delete_public_access_block, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "DeleteBucketPublicAccessBlock")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
