"""CreateTrail: names, buckets, defaults."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_creates_a_trail(server: Server, cloudtrail: Any, region: str, bucket: str) -> None:
    name = f"trail-{uuid.uuid4().hex[:8]}"
    answer = cloudtrail.create_trail(Name=name, S3BucketName=bucket, S3KeyPrefix="audit")
    record = recorded(server, answer, "CreateTrail")
    account = record["recipientAccountId"]
    assert answer["TrailARN"] == f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"
    assert (answer["Name"], answer["S3BucketName"], answer["S3KeyPrefix"]) == (name, bucket, "audit")
    assert answer["IncludeGlobalServiceEvents"] is True
    assert answer["IsMultiRegionTrail"] is False
    assert answer["LogFileValidationEnabled"] is False
    assert record["eventSource"] == "cloudtrail.amazonaws.com"
    assert record["awsRegion"] == region
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"
    assert record["requestParameters"]["name"] == name
    assert record["requestParameters"]["s3BucketName"] == bucket
    assert record["responseElements"]["trailARN"] == answer["TrailARN"]
    cloudtrail.delete_trail(Name=name)


def test_refuses_a_name_that_is_taken(
    server: Server, cloudtrail: Any, trail: dict[str, Any], bucket: str
) -> None:
    error = refused(
        cloudtrail.create_trail, "TrailAlreadyExistsException", 400, Name=trail["Name"], S3BucketName=bucket
    )
    recorded(server, error, "CreateTrail")


@pytest.mark.parametrize("name", ["ab", "-starts-with-dash", "two--dashes", "has space", "192.168.0.1"])
def test_refuses_a_bad_name(server: Server, cloudtrail: Any, bucket: str, name: str) -> None:
    error = refused(cloudtrail.create_trail, "InvalidTrailNameException", 400, Name=name, S3BucketName=bucket)
    assert recorded(server, error, "CreateTrail")["requestParameters"]["name"] == name


def test_refuses_a_bucket_that_is_not_there(server: Server, cloudtrail: Any) -> None:
    error = refused(
        cloudtrail.create_trail,
        "S3BucketDoesNotExistException",
        400,
        Name="good-name",
        S3BucketName="nobody-made-this",
    )
    recorded(server, error, "CreateTrail")


def test_refuses_a_user_without_the_right(server: Server, region: str, bucket: str) -> None:
    reader = server.add_user(f"reader-{uuid.uuid4().hex[:8]}", "read-only")
    client = server.client("cloudtrail", credentials=reader, region=region)
    error = refused(client.create_trail, "AccessDeniedException", 400, Name="good-name", S3BucketName=bucket)
    record = server.record_of(error)
    assert record["errorCode"] in {"AccessDenied", "AccessDeniedException"}
    assert record["userIdentity"]["userName"] == reader.user_name
