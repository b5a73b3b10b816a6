"""ListBucketMetricsConfigurations: all configurations in order of their ids."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {"Id": "one", "Filter": {"Prefix": "logs/"}}


def test_lists_none_of_a_new_bucket(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.list_bucket_metrics_configurations(Bucket=bucket)
    assert answer.get("MetricsConfigurationList", []) == []
    assert answer["IsTruncated"] is False
    record = recorded(server, answer, "ListBucketMetricsConfigurations")
    assert record["requestParameters"]["metrics"] == ""
    assert record["readOnly"] is True


def test_lists_in_order(server: Server, s3: Any, bucket: str) -> None:
    for name in ("b", "c", "a"):
        s3.put_bucket_metrics_configuration(
            Bucket=bucket, Id=name, MetricsConfiguration=_DOCUMENT | {"Id": name}
        )
    answer = s3.list_bucket_metrics_configurations(Bucket=bucket)
    assert answer["MetricsConfigurationList"] == [_DOCUMENT | {"Id": name} for name in ("a", "b", "c")]
    recorded(server, answer, "ListBucketMetricsConfigurations")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.list_bucket_metrics_configurations, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "ListBucketMetricsConfigurations")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
