"""DeleteObjectTagging: all tags of an object go."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_removes_all_tags(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=2")
    answer = s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    record = recorded(server, answer, "DeleteObjectTagging")
    assert record["requestParameters"]["tagging"] == ""
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert "TagCount" not in s3.get_object(Bucket=bucket, Key="k")


def test_refuses_an_unknown_key(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.delete_object_tagging, "NoSuchKey", 404, Bucket=bucket, Key="none")
    recorded(server, error, "DeleteObjectTagging")
