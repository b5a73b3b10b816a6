"""ListObjects, ListObjectsV2 and ListObjectVersions."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from s3trail.kernel.errors import AwsError, InvalidArgument

from .conftest import NOW, S3

KEYS = ["a", "b/1", "b/2", "c d+é", "x/y/1", "x/z"]


@pytest.fixture
def filled(s3: S3) -> S3:
    for key in reversed(KEYS):
        s3.put(key, b"1")
    return s3


def _names(result: dict[str, Any]) -> tuple[list[str], list[str]]:
    contents = result.get("Contents", result.get("Versions", []))
    return [entry["Key"] for entry in contents], [entry["Prefix"] for entry in result["CommonPrefixes"]]


def test_shows_each_object_in_full(filled: S3) -> None:
    result = filled.call("ListObjectsV2", Bucket="bucket", Prefix="a", FetchOwner=True)
    assert result["Contents"] == [
        {
            "Key": "a",
            "LastModified": NOW,
            "ETag": '"c4ca4238a0b923820dcc509a6f75849b"',
            "Size": 1,
            "StorageClass": "STANDARD",
            "ChecksumAlgorithm": ["CRC64NVME"],
            "ChecksumType": "FULL_OBJECT",
            "Owner": filled.call("ListBuckets")["Owner"],
        }
    ]
    assert (result["Name"], result["KeyCount"], result["MaxKeys"]) == ("bucket", 1, 1000)


def test_the_owner_is_always_in_version_1_and_on_request_in_version_2(filled: S3) -> None:
    assert all("Owner" in entry for entry in filled.call("ListObjects", Bucket="bucket")["Contents"])
    assert not any("Owner" in entry for entry in filled.call("ListObjectsV2", Bucket="bucket")["Contents"])


@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2", "ListObjectVersions"])
@pytest.mark.parametrize(
    ("params", "keys", "prefixes"),
    [
        ({}, KEYS, []),
        ({"Delimiter": "/"}, ["a", "c d+é"], ["b/", "x/"]),
        ({"Delimiter": "/", "Prefix": "x/"}, ["x/z"], ["x/y/"]),
        ({"Prefix": "b"}, ["b/1", "b/2"], []),
        ({"Prefix": "nothing"}, [], []),
        ({"Delimiter": ""}, KEYS, []),
        ({"EncodingType": "url", "Prefix": "c d"}, ["c%20d%2B%C3%A9"], []),
    ],
)
def test_rolls_up_and_filters(
    filled: S3, operation: str, params: dict[str, Any], keys: list[str], prefixes: list[str]
) -> None:
    result = filled.call(operation, Bucket="bucket", **params)
    assert _names(result) == (keys, prefixes)
    assert result["IsTruncated"] is False
    assert result["Prefix"] == params.get("Prefix", "").replace(
        " ", "%20" if "EncodingType" in params else " "
    )
    assert result.get("Delimiter", "") == params.get("Delimiter", "")
    assert result.get("EncodingType") == params.get("EncodingType")


def _paged(s3: S3, operation: str, **params: Any) -> list[str]:
    found: list[str] = []
    position: dict[str, Any] = {}
    while True:
        result = s3.call(operation, Bucket="bucket", MaxKeys=1, **params, **position)
        keys, prefixes = _names(result)
        assert len(keys) + len(prefixes) == 1
        found += keys + prefixes
        if not result["IsTruncated"]:
            assert not any(name.startswith("Next") for name in result)
            return found
        if operation == "ListObjectsV2":
            position = {"ContinuationToken": result["NextContinuationToken"]}
        elif operation == "ListObjectVersions":
            position = {"KeyMarker": result["NextKeyMarker"]}
            if "NextVersionIdMarker" in result:
                position["VersionIdMarker"] = result["NextVersionIdMarker"]
        else:
            position = {"Marker": result.get("NextMarker", found[-1])}
            assert ("NextMarker" in result) is bool(params.get("Delimiter"))


@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2", "ListObjectVersions"])
def test_pages_of_one_give_everything_once(filled: S3, operation: str) -> None:
    assert _paged(filled, operation) == KEYS
    assert _paged(filled, operation, Delimiter="/") == ["a", "b/", "c d+é", "x/"]


def test_a_continuation_token_outweighs_start_after(filled: S3) -> None:
    first = filled.call("ListObjectsV2", Bucket="bucket", StartAfter="a", MaxKeys=1)
    assert _names(first)[0] == ["b/1"]
    assert first["StartAfter"] == "a"
    token = first["NextContinuationToken"]
    second = filled.call("ListObjectsV2", Bucket="bucket", StartAfter="a", MaxKeys=1, ContinuationToken=token)
    assert _names(second)[0] == ["b/2"]
    assert second["ContinuationToken"] == token


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", base64.b64encode(b"0000key").decode()])
def test_refuses_tokens_that_are_none_of_ours(filled: S3, token: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        filled.call("ListObjectsV2", Bucket="bucket", ContinuationToken=token)
    assert error.value.members == {"ArgumentName": "continuation-token"}


def test_a_page_of_no_keys_is_empty_and_ends(filled: S3) -> None:
    result = filled.call("ListObjectsV2", Bucket="bucket", MaxKeys=0)
    assert (result["IsTruncated"], result["KeyCount"], result["MaxKeys"]) == (False, 0, 0)
    assert "NextContinuationToken" not in result


def test_more_than_1000_keys_a_page_are_1000(filled: S3) -> None:
    assert filled.call("ListObjects", Bucket="bucket", MaxKeys=5000)["MaxKeys"] == 1000


@pytest.mark.parametrize("count", [-1, "ten", 2**31])
@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2", "ListObjectVersions"])
def test_refuses_page_sizes_that_are_none(filled: S3, operation: str, count: object) -> None:
    with pytest.raises(InvalidArgument) as error:
        filled.call(operation, Bucket="bucket", MaxKeys=count)
    assert error.value.members == {"ArgumentName": "max-keys", "ArgumentValue": str(count)}


def test_refuses_other_encodings_and_broken_text(filled: S3) -> None:
    for params, name in (({"EncodingType": "base64"}, "encoding-type"), ({"Prefix": "\udc80"}, "prefix")):
        with pytest.raises(InvalidArgument) as error:
            filled.call("ListObjectsV2", Bucket="bucket", **params)
        assert error.value.members["ArgumentName"] == name


def test_every_object_is_the_latest_null_version(filled: S3) -> None:
    filled.put("cold", b"1", StorageClass="GLACIER")
    versions = filled.call("ListObjectVersions", Bucket="bucket")["Versions"]
    assert {(entry["VersionId"], entry["IsLatest"], entry["StorageClass"]) for entry in versions} == {
        ("null", True, "STANDARD")
    }


def test_a_version_marker_needs_a_key_marker(filled: S3) -> None:
    with pytest.raises(InvalidArgument):
        filled.call("ListObjectVersions", Bucket="bucket", VersionIdMarker="null")


def test_keys_sort_by_their_bytes_whatever_their_length(s3: S3) -> None:
    keys = ["k" * 1000, "k" * 480, "k" * 480 + "\0", "k" * 479 + "é", "l", "k" * 481, "\uffff", "\U00010000"]
    for key in keys:
        s3.put(key)
    found = [entry["Key"] for entry in s3.call("ListObjectsV2", Bucket="bucket")["Contents"]]
    assert found == sorted(keys, key=str.encode)
    assert sorted(_paged(s3, "ListObjectsV2")) == sorted(keys)


def test_a_missing_bucket_is_named(s3: S3) -> None:
    with pytest.raises(AwsError) as error:
        s3.call("ListObjects", Bucket="nowhere")
    assert error.value.code == "NoSuchBucket"
