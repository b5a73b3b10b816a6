"""GetBucketReplication: rules as they were put."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_gives_a_rule_an_id(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"Prefix": "a", "Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::elsewhere"}}
    s3.put_bucket_replication(
        Bucket=bucket,
        ReplicationConfiguration={"Role": "arn:aws:iam::111122223333:role/r", "Rules": [rule]},
    )
    answer = s3.get_bucket_replication(Bucket=bucket)
    found = answer["ReplicationConfiguration"]["Rules"][0]
    assert found.pop("ID")
    assert found == rule
    record = recorded(server, answer, "GetBucketReplication")
    assert record["requestParameters"]["replication"] == ""
    assert record["readOnly"] is True


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.get_bucket_replication, "ReplicationConfigurationNotFoundError", 404, Bucket=bucket)
    record = recorded(server, error, "GetBucketReplication")
    assert record["errorMessage"] == "The replication configuration was not found"
