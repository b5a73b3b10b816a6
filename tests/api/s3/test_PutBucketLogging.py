"""PutBucketLogging: the target is checked; an empty status takes logging off."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_logging_is_put_on_and_taken_off(server: Server, s3: Any, bucket: str) -> None:
    enabled = {"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": "logs/"}}
    answer = s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=enabled)
    record = recorded(server, answer, "PutBucketLogging")
    assert record["requestParameters"]["logging"] == ""
    status = record["requestParameters"]["BucketLoggingStatus"]["LoggingEnabled"]
    assert status["TargetBucket"] == bucket
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == enabled["LoggingEnabled"]
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_refuses_a_target_that_is_not_there(server: Server, s3: Any, bucket: str) -> None:
    enabled = {"LoggingEnabled": {"TargetBucket": "nobody-made-this", "TargetPrefix": ""}}
    error = refused(
        s3.put_bucket_logging,
        "InvalidTargetBucketForLogging",
        400,
        Bucket=bucket,
        BucketLoggingStatus=enabled,
    )
    recorded(server, error, "PutBucketLogging")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
