"""PutObjectTagging: tags replace those that were there."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_replaces_all_tags(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="old=1&other=2")
    tags = [{"Key": "new", "Value": "a b/c"}]
    answer = s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    record = recorded(server, answer, "PutObjectTagging")
    assert record["requestParameters"]["tagging"] == ""
    assert record["requestParameters"]["key"] == "k"
    assert record["eventCategory"] == "Data"
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 1


def test_names_the_version_that_it_tagged(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    answer = s3.put_object_tagging(
        Bucket=bucket, Key="k", VersionId=version, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    )
    assert answer["VersionId"] == version
    record = recorded(server, answer, "PutObjectTagging")
    assert record["responseElements"]["x-amz-version-id"] == version


def test_refuses_too_many_and_wrong_tags(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for tags, code in (
        ([{"Key": str(number), "Value": ""} for number in range(11)], "BadRequest"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidTag"),
        ([{"Key": "k" * 129, "Value": ""}], "InvalidTag"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidTag"),
    ):
        error = refused(s3.put_object_tagging, code, 400, Bucket=bucket, Key="k", Tagging={"TagSet": tags})
        recorded(server, error, "PutObjectTagging")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
