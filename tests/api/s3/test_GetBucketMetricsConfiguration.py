"""GetBucketMetricsConfiguration: a configuration by its id."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {"Id": "one", "Filter": {"Prefix": "logs/"}}


def test_gives_what_was_put(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_metrics_configuration(Bucket=bucket, Id="one", MetricsConfiguration=_DOCUMENT)
    answer = s3.get_bucket_metrics_configuration(Bucket=bucket, Id="one")
    assert answer["MetricsConfiguration"] == _DOCUMENT
    record = recorded(server, answer, "GetBucketMetricsConfiguration")
    assert record["requestParameters"]["id"] == "one"
    assert record["readOnly"] is True


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.get_bucket_metrics_configuration, "NoSuchConfiguration", 404, Bucket=bucket, Id="none")
    record = recorded(server, error, "GetBucketMetricsConfiguration")
    assert record["errorMessage"] == "The specified configuration does not exist."


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.get_bucket_metrics_configuration, "NoSuchBucket", 404, Bucket="nobody-made-this", Id="one"
    )
    record = recorded(server, error, "GetBucketMetricsConfiguration")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
