"""GetBucketPolicyStatus: whether the policy lets in the public."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


@pytest.mark.parametrize(
    ("principal", "condition", "public"),
    [
        ("*", None, True),
        ({"AWS": "111122223333"}, None, False),
        ("*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
    ],
)
def test_tells_whether_a_policy_is_public(
    server: Server, s3: Any, bucket: str, principal: Any, condition: Any, public: bool
) -> None:
    s3.delete_public_access_block(Bucket=bucket)
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    if condition:
        statement["Condition"] = condition
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    answer = s3.get_bucket_policy_status(Bucket=bucket)
    assert answer["PolicyStatus"] == {"IsPublic": public}
    record = recorded(server, answer, "GetBucketPolicyStatus")
    assert record["requestParameters"]["policyStatus"] == ""


def test_says_that_there_is_no_policy(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.get_bucket_policy_status, "NoSuchBucketPolicy", 404, Bucket=bucket)
    recorded(server, error, "GetBucketPolicyStatus")
