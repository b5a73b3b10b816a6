"""PutBucketVersioning: what is put is stored, what is wrong refused."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {"Status": "Enabled"}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketVersioning")
    assert record["requestParameters"]["versioning"] == ""
    assert "VersioningConfiguration" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    answer = s3.get_bucket_versioning(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=_DOCUMENT)
    wrong: dict[str, Any] = {"Status": "Off"}
    error = refused(
        s3.put_bucket_versioning, "MalformedXML", 400, Bucket=bucket, VersioningConfiguration=wrong
    )
    recorded(server, error, "PutBucketVersioning")
    answer = s3.get_bucket_versioning(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_versioning,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        VersioningConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketVersioning")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
