"""GetBucketLocation: the region, null for us-east-1."""

from __future__ import annotations

import uuid
from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_is_null_in_us_east_1(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.get_bucket_location(Bucket=bucket)
    assert answer["LocationConstraint"] is None
    record = recorded(server, answer, "GetBucketLocation")
    assert record["requestParameters"]["location"] == ""
    assert record["readOnly"] is True


def test_names_any_other_region(server: Server) -> None:
    s3, name = server.client("s3", region="ap-southeast-2"), f"far-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-2"})
    answer = s3.get_bucket_location(Bucket=name)
    assert answer["LocationConstraint"] == "ap-southeast-2"
    assert recorded(server, answer, "GetBucketLocation")["awsRegion"] == "ap-southeast-2"


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_bucket_location, "NoSuchBucket", 404, Bucket="nobody-made-this")
    assert (
        recorded(server, error, "GetBucketLocation")["requestParameters"]["bucketName"] == "nobody-made-this"
    )
