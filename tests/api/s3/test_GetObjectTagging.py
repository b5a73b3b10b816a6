"""GetObjectTagging: the tags of an object, however they came there."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_an_object_without_tags_has_an_empty_set(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = s3.get_object_tagging(Bucket=bucket, Key="k")
    assert answer["TagSet"] == []
    record = recorded(server, answer, "GetObjectTagging")
    assert record["requestParameters"]["tagging"] == ""
    assert record["readOnly"] is True


def test_gives_the_tags_of_the_header(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=two%20words")
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "two words"}]
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == tags
    s3.copy_object(
        Bucket=bucket, Key="other", CopySource=f"{bucket}/k", TaggingDirective="REPLACE", Tagging="c=3"
    )
    assert s3.get_object_tagging(Bucket=bucket, Key="other")["TagSet"] == [{"Key": "c", "Value": "3"}]


def test_refuses_an_unknown_key(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.get_object_tagging, "NoSuchKey", 404, Bucket=bucket, Key="none")
    recorded(server, error, "GetObjectTagging")
