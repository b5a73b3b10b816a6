"""PutBucketWebsite: the website configuration of a bucket is stored."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "IndexDocument": {"Suffix": "index.html"},
    "ErrorDocument": {"Key": "error.html"},
}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketWebsite")
    assert record["requestParameters"]["website"] == ""
    assert "WebsiteConfiguration" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    assert record["eventCategory"] == "Management"
    answer = s3.get_bucket_website(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=_DOCUMENT)
    wrong: dict[str, Any] = {"IndexDocument": {"Suffix": "a/b"}}
    error = refused(s3.put_bucket_website, "InvalidArgument", 400, Bucket=bucket, WebsiteConfiguration=wrong)
    recorded(server, error, "PutBucketWebsite")
    answer = s3.get_bucket_website(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_website, "NoSuchBucket", 404, Bucket="nobody-made-this", WebsiteConfiguration=_DOCUMENT
    )
    record = recorded(server, error, "PutBucketWebsite")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
