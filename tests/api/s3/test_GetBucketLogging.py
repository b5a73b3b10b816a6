"""GetBucketLogging: empty until logging is put on."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_is_empty_for_a_new_bucket(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.get_bucket_logging(Bucket=bucket)
    assert "LoggingEnabled" not in answer
    record = recorded(server, answer, "GetBucketLogging")
    assert record["requestParameters"]["logging"] == ""
    assert record["readOnly"] is True


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_bucket_logging, "NoSuchBucket", 404, Bucket="nobody-made-this")
    recorded(server, error, "GetBucketLogging")
