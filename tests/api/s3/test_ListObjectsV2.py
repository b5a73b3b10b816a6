"""ListObjectsV2: recorded as ListObjects with list-type 2, as AWS does."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def _fill(s3: Any, bucket: str, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")


def test_lists_under_a_prefix(server: Server, s3: Any, bucket: str) -> None:
    _fill(s3, bucket, "logs/1", "logs/2", "other")
    answer = s3.list_objects_v2(Bucket=bucket, Prefix="logs/")
    assert [found["Key"] for found in answer["Contents"]] == ["logs/1", "logs/2"]
    assert answer["KeyCount"] == 2
    record = recorded(server, answer, "ListObjects")
    assert record["requestParameters"]["list-type"] == "2"
    assert record["requestParameters"]["prefix"] == "logs/"
    assert {"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::{bucket}/logs/"} in record["resources"]


def test_pages_until_every_key_was_seen(server: Server, s3: Any, bucket: str) -> None:
    keys = [f"k{number:02}" for number in range(7)]
    _fill(s3, bucket, *keys)
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 3})
    )
    assert [found["Key"] for page in pages for found in page["Contents"]] == keys
    assert len(pages) == 3
    token = recorded(server, pages[1], "ListObjects")["requestParameters"]["continuation-token"]
    assert token == pages[0]["NextContinuationToken"]


def test_starts_after_a_key(server: Server, s3: Any, bucket: str) -> None:
    _fill(s3, bucket, "a", "b", "c")
    answer = s3.list_objects_v2(Bucket=bucket, StartAfter="a", FetchOwner=True)
    assert [found["Key"] for found in answer["Contents"]] == ["b", "c"]
    assert answer["Contents"][0]["Owner"]["ID"]
    parameters = recorded(server, answer, "ListObjects")["requestParameters"]
    assert (parameters["start-after"], parameters["fetch-owner"]) == ("a", "true")


def test_skips_over_what_a_delimiter_groups(server: Server, s3: Any, bucket: str) -> None:
    _fill(s3, bucket, "a/1", "a/2", "a/b/3", "top")
    answer = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [found["Prefix"] for found in answer["CommonPrefixes"]] == ["a/"]
    assert [found["Key"] for found in answer["Contents"]] == ["top"]
    recorded(server, answer, "ListObjects")


def test_no_keys_are_asked_for_and_none_given(server: Server, s3: Any, bucket: str) -> None:
    _fill(s3, bucket, "a")
    answer = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert answer["KeyCount"] == 0
    assert answer["IsTruncated"] is False
    recorded(server, answer, "ListObjects")


def test_refuses_a_token_it_did_not_give(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.list_objects_v2, "InvalidArgument", 400, Bucket=bucket, ContinuationToken="made up")
    recorded(server, error, "ListObjects")


def test_refuses_a_negative_count(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.list_objects_v2, "InvalidArgument", 400, Bucket=bucket, MaxKeys=-1)
    recorded(server, error, "ListObjects")
