"""GetBucketWebsite: the website configuration of a bucket."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "IndexDocument": {"Suffix": "index.html"},
    "ErrorDocument": {"Key": "error.html"},
}


def test_gives_what_was_put(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=_DOCUMENT)
    answer = s3.get_bucket_website(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT
    record = recorded(server, answer, "GetBucketWebsite")
    assert record["requestParameters"]["website"] == ""
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_says_that_there_is_none(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.get_bucket_website, "NoSuchWebsiteConfiguration", 404, Bucket=bucket)
    record = recorded(server, error, "GetBucketWebsite")
    assert record["errorMessage"] == "The specified bucket does not have a website configuration"
    assert record["resources"][0]["ARN"] == f"arn:aws:s3:::{bucket}"


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_bucket_website, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "GetBucketWebsite")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
