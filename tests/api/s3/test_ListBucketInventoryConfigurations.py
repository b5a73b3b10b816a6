"""ListBucketInventoryConfigurations: all configurations in order of their ids."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "Id": "one",
    "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::elsewhere", "Format": "CSV"}},
    "IsEnabled": True,
    "IncludedObjectVersions": "All",
    "Schedule": {"Frequency": "Daily"},
}


def test_lists_none_of_a_new_bucket(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert answer.get("InventoryConfigurationList", []) == []
    assert answer["IsTruncated"] is False
    record = recorded(server, answer, "ListBucketInventoryConfigurations")
    assert record["requestParameters"]["inventory"] == ""
    assert record["readOnly"] is True


def test_lists_in_order(server: Server, s3: Any, bucket: str) -> None:
    for name in ("b", "c", "a"):
        s3.put_bucket_inventory_configuration(
            Bucket=bucket, Id=name, InventoryConfiguration=_DOCUMENT | {"Id": name}
        )
    answer = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert answer["InventoryConfigurationList"] == [_DOCUMENT | {"Id": name} for name in ("a", "b", "c")]
    recorded(server, answer, "ListBucketInventoryConfigurations")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.list_bucket_inventory_configurations, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "ListBucketInventoryConfigurations")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
