"""DeleteBucketInventoryConfiguration: a configuration is removed by its id."""

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


def test_removes_one_of_several(server: Server, s3: Any, bucket: str) -> None:
    for name in ("one", "two"):
        s3.put_bucket_inventory_configuration(
            Bucket=bucket, Id=name, InventoryConfiguration=_DOCUMENT | {"Id": name}
        )
    answer = s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="one")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert recorded(server, answer, "DeleteBucketInventoryConfiguration")["requestParameters"]["id"] == "one"
    listed = s3.list_bucket_inventory_configurations(Bucket=bucket)["InventoryConfigurationList"]
    assert [found["Id"] for found in listed] == ["two"]


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    error = refused(
        s3.delete_bucket_inventory_configuration, "NoSuchConfiguration", 404, Bucket=bucket, Id="none"
    )
    recorded(server, error, "DeleteBucketInventoryConfiguration")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.delete_bucket_inventory_configuration, "NoSuchBucket", 404, Bucket="nobody-made-this", Id="one"
    )
    record = recorded(server, error, "DeleteBucketInventoryConfiguration")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
