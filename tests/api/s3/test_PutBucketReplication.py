"""PutBucketReplication: rules are stored, once the bucket has versioning."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "Role": "arn:aws:iam::111122223333:role/replication",
    "Rules": [
        {
            "ID": "all",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "Status": "Enabled",
            "Destination": {"Bucket": "arn:aws:s3:::elsewhere"},
            "DeleteMarkerReplication": {"Status": "Disabled"},
        }
    ],
}


def test_stores_rules_of_a_versioned_bucket(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    answer = s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketReplication")
    assert record["requestParameters"]["replication"] == ""
    assert record["requestParameters"]["ReplicationConfiguration"]["Role"] == _DOCUMENT["Role"]
    assert s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"] == _DOCUMENT
    suspended = {"Status": "Suspended"}
    refused(
        s3.put_bucket_versioning,
        "InvalidBucketState",
        409,
        Bucket=bucket,
        VersioningConfiguration=suspended,
    )


def test_refuses_a_bucket_without_versioning(server: Server, s3: Any, bucket: str) -> None:
    error = refused(
        s3.put_bucket_replication,
        "InvalidRequest",
        400,
        Bucket=bucket,
        ReplicationConfiguration=_DOCUMENT,
    )
    recorded(server, error, "PutBucketReplication")
    refused(s3.get_bucket_replication, "ReplicationConfigurationNotFoundError", 404, Bucket=bucket)
