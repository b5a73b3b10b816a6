"""ListBucketAnalyticsConfigurations: all configurations in order of their ids."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {"Id": "one", "StorageClassAnalysis": {}}


def test_lists_none_of_a_new_bucket(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.list_bucket_analytics_configurations(Bucket=bucket)
    assert answer.get("AnalyticsConfigurationList", []) == []
    assert answer["IsTruncated"] is False
    record = recorded(server, answer, "ListBucketAnalyticsConfigurations")
    assert record["requestParameters"]["analytics"] == ""
    assert record["readOnly"] is True


def test_lists_in_order(server: Server, s3: Any, bucket: str) -> None:
    for name in ("b", "c", "a"):
        s3.put_bucket_analytics_configuration(
            Bucket=bucket, Id=name, AnalyticsConfiguration=_DOCUMENT | {"Id": name}
        )
    answer = s3.list_bucket_analytics_configurations(Bucket=bucket)
    assert answer["AnalyticsConfigurationList"] == [_DOCUMENT | {"Id": name} for name in ("a", "b", "c")]
    recorded(server, answer, "ListBucketAnalyticsConfigurations")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.list_bucket_analytics_configurations, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "ListBucketAnalyticsConfigurations")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
