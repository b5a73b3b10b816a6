"""PutBucketOwnershipControls: ownership controls of a bucket are stored."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=_DOCUMENT)
    record = recorded(server, answer, "PutBucketOwnershipControls")
    assert record["requestParameters"]["ownershipControls"] == ""
    assert "OwnershipControls" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"
    answer = s3.get_bucket_ownership_controls(Bucket=bucket)
    assert answer["OwnershipControls"] == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=_DOCUMENT)
    wrong: dict[str, Any] = {"Rules": [{"ObjectOwnership": "Nobody"}]}
    error = refused(
        s3.put_bucket_ownership_controls, "MalformedXML", 400, Bucket=bucket, OwnershipControls=wrong
    )
    recorded(server, error, "PutBucketOwnershipControls")
    answer = s3.get_bucket_ownership_controls(Bucket=bucket)
    assert answer["OwnershipControls"] == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_ownership_controls,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        OwnershipControls=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketOwnershipControls")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
