"""PutBucketLifecycleConfiguration: lifecycle rules of a bucket are stored."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}}]
}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketLifecycle")
    assert record["requestParameters"]["lifecycle"] == ""
    assert "LifecycleConfiguration" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=_DOCUMENT)
    wrong: dict[str, Any] = {"Rules": [{"Status": "Enabled", "Filter": {"Prefix": ""}}]}
    error = refused(
        s3.put_bucket_lifecycle_configuration,
        "InvalidRequest",
        400,
        Bucket=bucket,
        LifecycleConfiguration=wrong,
    )
    recorded(server, error, "PutBucketLifecycle")
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_lifecycle_configuration,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        LifecycleConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketLifecycle")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
