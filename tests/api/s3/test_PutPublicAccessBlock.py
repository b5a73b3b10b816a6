"""PutPublicAccessBlock: the public access block of a bucket is stored."""

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


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketPublicAccessBlock")
    assert record["requestParameters"]["publicAccessBlock"] == ""
    assert "PublicAccessBlockConfiguration" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"
    answer = s3.get_public_access_block(Bucket=bucket)
    assert answer["PublicAccessBlockConfiguration"] == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_public_access_block,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        PublicAccessBlockConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketPublicAccessBlock")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
