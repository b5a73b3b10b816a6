"""PutBucketCors: CORS rules of a bucket are stored."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "CORSRules": [
        {
            "AllowedMethods": ["GET"],
            "AllowedOrigins": ["https://*.example.com"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 60,
        }
    ]
}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketCors")
    assert record["requestParameters"]["cors"] == ""
    assert "CORSConfiguration" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"
    answer = s3.get_bucket_cors(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=_DOCUMENT)
    wrong: dict[str, Any] = {"CORSRules": [{"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}]}
    error = refused(s3.put_bucket_cors, "InvalidRequest", 400, Bucket=bucket, CORSConfiguration=wrong)
    recorded(server, error, "PutBucketCors")
    answer = s3.get_bucket_cors(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_cors, "NoSuchBucket", 404, Bucket="nobody-made-this", CORSConfiguration=_DOCUMENT
    )
    record = recorded(server, error, "PutBucketCors")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
