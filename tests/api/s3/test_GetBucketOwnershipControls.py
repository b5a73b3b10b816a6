"""GetBucketOwnershipControls: ownership controls of a bucket."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_a_new_bucket_has_the_default(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.get_bucket_ownership_controls(Bucket=bucket)
    assert answer["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    record = recorded(server, answer, "GetBucketOwnershipControls")
    assert record["requestParameters"]["ownershipControls"] == ""
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    error = refused(s3.get_bucket_ownership_controls, "OwnershipControlsNotFoundError", 404, Bucket=bucket)
    record = recorded(server, error, "GetBucketOwnershipControls")
    assert record["errorMessage"] == "The bucket ownership controls were not found"


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_bucket_ownership_controls, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "GetBucketOwnershipControls")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
