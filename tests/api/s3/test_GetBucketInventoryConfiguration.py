"""GetBucketInventoryConfiguration: a configuration by its id."""

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


def test_gives_what_was_put(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_inventory_configuration(Bucket=bucket, Id="one", InventoryConfiguration=_DOCUMENT)
    answer = s3.get_bucket_inventory_configuration(Bucket=bucket, Id="one")
    assert answer["InventoryConfiguration"] == _DOCUMENT
    record = recorded(server, answer, "GetBucketInventoryConfiguration")
    assert record["requestParameters"]["id"] == "one"
    assert record["readOnly"] is True


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    error = refused(
        s3.get_bucket_inventory_configuration, "NoSuchConfiguration", 404, Bucket=bucket, Id="none"
    )
    record = recorded(server, error, "GetBucketInventoryConfiguration")
    assert record["errorMessage"] == "The specified configuration does not exist."


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.get_bucket_inventory_configuration, "NoSuchBucket", 404, Bucket="nobody-made-this", Id="one"
    )
    record = recorded(server, error, "GetBucketInventoryConfiguration")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
