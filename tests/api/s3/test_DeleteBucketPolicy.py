"""DeleteBucketPolicy: the policy is gone; no error when there is none."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_removes_the_policy(server: Server, s3: Any, bucket: str) -> None:
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},'
        f'"Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}}}'
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    for _ in range(2):
        answer = s3.delete_bucket_policy(Bucket=bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert recorded(server, answer, "DeleteBucketPolicy")["requestParameters"]["policy"] == ""
    refused(s3.get_bucket_policy, "NoSuchBucketPolicy", 404, Bucket=bucket)


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.delete_bucket_policy, "NoSuchBucket", 404, Bucket="nobody-made-this")
    recorded(server, error, "DeleteBucketPolicy")
