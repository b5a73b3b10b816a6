"""GetBucketPolicy: the text as it was put."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_gives_the_text_as_it_was_put(server: Server, s3: Any, bucket: str) -> None:
    text = (
        '{ "Version":"2012-10-17", "Statement":{"Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket",'
        f'"Resource":"arn:aws:s3:::{bucket}"}}}}'
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    answer = s3.get_bucket_policy(Bucket=bucket)
    assert answer["Policy"] == text
    record = recorded(server, answer, "GetBucketPolicy")
    assert record["requestParameters"]["policy"] == ""
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.get_bucket_policy, "NoSuchBucketPolicy", 404, Bucket=bucket)
    record = recorded(server, error, "GetBucketPolicy")
    assert record["errorMessage"] == "The bucket policy does not exist"


def test_a_bucket_made_anew_has_no_policy(s3: Any, bucket: str) -> None:
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"111122223333"},'
        f'"Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}}}'
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    refused(s3.get_bucket_policy, "NoSuchBucketPolicy", 404, Bucket=bucket)
