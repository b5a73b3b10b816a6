"""GetBucketVersioning: the default, or what was put."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_a_new_bucket_has_the_default(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.get_bucket_versioning(Bucket=bucket)
    assert {member: answer[member] for member in answer if member != "ResponseMetadata"} == {}
    record = recorded(server, answer, "GetBucketVersioning")
    assert record["requestParameters"]["versioning"] == ""
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_gives_what_was_put(server: Server, s3: Any, bucket: str) -> None:
    document: dict[str, Any] = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=document)
    answer = s3.get_bucket_versioning(Bucket=bucket)
    assert {member: answer[member] for member in document} == document
    recorded(server, answer, "GetBucketVersioning")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_bucket_versioning, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "GetBucketVersioning")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
