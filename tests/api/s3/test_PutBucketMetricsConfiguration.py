"""PutBucketMetricsConfiguration: a configuration is stored under its id."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {"Id": "one", "Filter": {"Prefix": "logs/"}}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_metrics_configuration(Bucket=bucket, Id="one", MetricsConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketMetricsConfiguration")
    assert record["requestParameters"]["metrics"] == ""
    assert record["requestParameters"]["id"] == "one"
    assert "MetricsConfiguration" in record["requestParameters"]
    assert record["readOnly"] is False
    assert s3.get_bucket_metrics_configuration(Bucket=bucket, Id="one")["MetricsConfiguration"] == _DOCUMENT


def test_refuses_an_id_that_differs_from_the_documents(server: Server, s3: Any, bucket: str) -> None:
    error = refused(
        s3.put_bucket_metrics_configuration,
        "InvalidArgument",
        400,
        Bucket=bucket,
        Id="two",
        MetricsConfiguration=_DOCUMENT,
    )
    recorded(server, error, "PutBucketMetricsConfiguration")
    refused(s3.get_bucket_metrics_configuration, "NoSuchConfiguration", 404, Bucket=bucket, Id="two")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_metrics_configuration,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        Id="one",
        MetricsConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketMetricsConfiguration")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
