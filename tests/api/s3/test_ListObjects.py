"""ListObjects (version 1): prefixes, delimiters, markers."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def _fill(s3: Any, bucket: str, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")


def test_lists_in_key_order(server: Server, s3: Any, bucket: str) -> None:
    _fill(s3, bucket, "b", "a/2", "a/1", "é", "Z")
    answer = s3.list_objects(Bucket=bucket)
    assert [found["Key"] for found in answer["Contents"]] == ["Z", "a/1", "a/2", "b", "é"]
    assert answer["IsTruncated"] is False
    record = recorded(server, answer, "ListObjects")
    assert record["eventCategory"] == "Data"
    assert record["readOnly"] is True
    assert "list-type" not in record["requestParameters"]
    assert {"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::{bucket}/"} in record["resources"]


def test_groups_by_delimiter_and_pages_by_marker(server: Server, s3: Any, bucket: str) -> None:
    _fill(s3, bucket, "a/1", "a/2", "b", "c/1")
    first = s3.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=2)
    assert [found["Prefix"] for found in first["CommonPrefixes"]] == ["a/"]
    assert [found["Key"] for found in first["Contents"]] == ["b"]
    assert first["IsTruncated"] is True
    rest = s3.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=2, Marker=first["NextMarker"])
    assert [found["Prefix"] for found in rest["CommonPrefixes"]] == ["c/"]
    parameters = recorded(server, rest, "ListObjects")["requestParameters"]
    assert parameters["delimiter"] == "/"
    assert parameters["max-keys"] == "2"
    assert parameters["marker"] == first["NextMarker"]


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    recorded(server, refused(s3.list_objects, "NoSuchBucket", 404, Bucket="nobody-made-this"), "ListObjects")
