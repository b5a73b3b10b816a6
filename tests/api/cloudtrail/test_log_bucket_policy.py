"""A trail's bucket policy: what it refuses, at once and at each delivery."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def _deny(bucket: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_create_trail_refuses_a_bucket_that_denies(
    server: Server, s3: Any, cloudtrail: Any, bucket: str
) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=_deny(bucket))
    error = refused(
        cloudtrail.create_trail,
        "InsufficientS3BucketPolicyException",
        400,
        Name=f"trail-{uuid.uuid4().hex[:8]}",
        S3BucketName=bucket,
    )
    assert (
        error.response["Error"]["Message"] == f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
    )
    recorded(server, error, "CreateTrail")


@pytest.mark.slow
def test_a_denied_delivery_shows_in_the_status_and_recovers(
    server: Server, s3: Any, cloudtrail: Any, trail: dict[str, Any], bucket: str
) -> None:
    name = trail["Name"]
    s3.put_bucket_policy(Bucket=bucket, Policy=_deny(bucket))
    cloudtrail.start_logging(Name=name)
    server.wait_until(
        lambda: cloudtrail.get_trail_status(Name=name).get("LatestDeliveryError") == "AccessDenied"
    )
    denied = server.records(bucket=bucket, eventName="PutObject", errorCode="AccessDenied")
    assert denied[0]["userIdentity"]["invokedBy"] == "cloudtrail.amazonaws.com"
    s3.delete_bucket_policy(Bucket=bucket)
    server.wait_until(lambda: "LatestDeliveryTime" in cloudtrail.get_trail_status(Name=name))
    assert "LatestDeliveryError" not in cloudtrail.get_trail_status(Name=name)
