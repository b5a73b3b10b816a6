"""DeleteBucketReplication: rules are gone, and versioning may be suspended again."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_removes_the_rules(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"Prefix": "", "Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::elsewhere"}}
    s3.put_bucket_replication(
        Bucket=bucket,
        ReplicationConfiguration={"Role": "arn:aws:iam::111122223333:role/r", "Rules": [rule]},
    )
    answer = s3.delete_bucket_replication(Bucket=bucket)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert recorded(server, answer, "DeleteBucketReplication")["requestParameters"]["replication"] == ""
    refused(s3.get_bucket_replication, "ReplicationConfigurationNotFoundError", 404, Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
