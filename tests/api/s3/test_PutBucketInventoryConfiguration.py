"""PutBucketInventoryConfiguration: a configuration is stored under its id."""

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


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_inventory_configuration(Bucket=bucket, Id="one", InventoryConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketInventoryConfiguration")
    assert record["requestParameters"]["inventory"] == ""
    assert record["requestParameters"]["id"] == "one"
    assert "InventoryConfiguration" in record["requestParameters"]
    assert record["readOnly"] is False
    assert (
        s3.get_bucket_inventory_configuration(Bucket=bucket, Id="one")["InventoryConfiguration"] == _DOCUMENT
    )


def test_refuses_an_id_that_differs_from_the_documents(server: Server, s3: Any, bucket: str) -> None:
    error = refused(
        s3.put_bucket_inventory_configuration,
        "InvalidArgument",
        400,
        Bucket=bucket,
        Id="two",
        InventoryConfiguration=_DOCUMENT,
    )
    recorded(server, error, "PutBucketInventoryConfiguration")
    refused(s3.get_bucket_inventory_configuration, "NoSuchConfiguration", 404, Bucket=bucket, Id="two")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_inventory_configuration,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        Id="one",
        InventoryConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketInventoryConfiguration")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
