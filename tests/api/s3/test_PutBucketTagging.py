"""PutBucketTagging: tags of a bucket are stored."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {"TagSet": [{"Key": "team", "Value": "archive"}]}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_tagging(Bucket=bucket, Tagging=_DOCUMENT)
    record = recorded(server, answer, "PutBucketTagging")
    assert record["requestParameters"]["tagging"] == ""
    assert "Tagging" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"
    answer = s3.get_bucket_tagging(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_tagging(Bucket=bucket, Tagging=_DOCUMENT)
    wrong: dict[str, Any] = {"TagSet": [{"Key": "aws:x", "Value": "y"}]}
    error = refused(s3.put_bucket_tagging, "InvalidTag", 400, Bucket=bucket, Tagging=wrong)
    recorded(server, error, "PutBucketTagging")
    answer = s3.get_bucket_tagging(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.put_bucket_tagging, "NoSuchBucket", 404, Bucket="nobody-made-this", Tagging=_DOCUMENT)
    record = recorded(server, error, "PutBucketTagging")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
