"""GetPublicAccessBlock: the public access block of a bucket."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_a_new_bucket_has_the_default(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.get_public_access_block(Bucket=bucket)
    assert answer["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    record = recorded(server, answer, "GetBucketPublicAccessBlock")
    assert record["requestParameters"]["publicAccessBlock"] == ""
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    s3.delete_public_access_block(Bucket=bucket)
    error = refused(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", 404, Bucket=bucket)
    record = recorded(server, error, "GetBucketPublicAccessBlock")
    assert record["errorMessage"] == "The public access block configuration was not found"


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_public_access_block, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "GetBucketPublicAccessBlock")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
