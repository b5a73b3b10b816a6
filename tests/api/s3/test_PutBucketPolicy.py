"""PutBucketPolicy: a policy is checked, kept as it was sent, and recorded with what it says."""

from __future__ import annotations

import json
from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def _policy(bucket: str, principal: Any) -> str:
    statement = {
        "Sid": "Read",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    text = _policy(bucket, {"AWS": "111122223333"})
    answer = s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    record = recorded(server, answer, "PutBucketPolicy")
    assert record["requestParameters"]["policy"] == ""
    assert record["requestParameters"]["bucketPolicy"] == json.loads(text)
    assert record["responseElements"] is None
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == text


def test_refuses_a_public_policy_while_public_access_is_blocked(server: Server, s3: Any, bucket: str) -> None:
    text = _policy(bucket, "*")
    error = refused(s3.put_bucket_policy, "AccessDenied", 403, Bucket=bucket, Policy=text)
    record = recorded(server, error, "PutBucketPolicy")
    assert "BlockPublicPolicy" in record["errorMessage"]
    refused(s3.get_bucket_policy, "NoSuchBucketPolicy", 404, Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True


def test_refuses_another_buckets_resource(server: Server, s3: Any, bucket: str) -> None:
    text = _policy("another-bucket", {"AWS": "111122223333"})
    error = refused(s3.put_bucket_policy, "MalformedPolicy", 400, Bucket=bucket, Policy=text)
    record = recorded(server, error, "PutBucketPolicy")
    assert record["errorMessage"] == "Policy has invalid resource"


def test_refuses_what_is_no_json(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.put_bucket_policy, "MalformedPolicy", 400, Bucket=bucket, Policy="{")
    recorded(server, error, "PutBucketPolicy")
