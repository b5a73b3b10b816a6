"""DeleteObject and DeleteObjects, with the outcome of every key."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.kernel.errors import AwsError, MalformedRequest

from .conftest import S3


def test_deleting_a_missing_key_is_no_error(s3: S3) -> None:
    assert s3.call("DeleteObject", Bucket="bucket", Key="nothing") == {}


def test_deletes_under_a_condition(s3: S3) -> None:
    etag = s3.put("key", b"body")["ETag"]
    for params, code in (
        ({"Key": "key", "IfMatch": '"x"'}, "PreconditionFailed"),
        ({"Key": "nothing", "IfMatch": "*"}, "NoSuchKey"),
        ({"Key": "key", "IfMatchSize": 4}, "NotImplemented"),
        ({"Key": "key", "VersionId": "abc"}, "InvalidArgument"),
    ):
        with pytest.raises(AwsError) as error:
            s3.call("DeleteObject", Bucket="bucket", **params)
        assert error.value.code == code
    assert s3.call("DeleteObject", Bucket="bucket", Key="key", IfMatch=etag) == {"_object_size": 4}
    assert s3.file_count() == 0


def test_deletes_many_with_an_outcome_each(s3: S3) -> None:
    for key in ("a", "b", "c"):
        s3.put(key, b"body")
    listed: list[dict[str, Any]] = [
        {"Key": "a"},
        {"Key": "nothing"},
        {"Key": "b", "VersionId": "null"},
        {"Key": "c", "VersionId": "abc"},
        {"Key": "c", "ETag": '"x"'},
        {"Key": "c", "Size": 4},
        {"Key": "k" * 1025},
    ]
    result = s3.call("DeleteObjects", Bucket="bucket", Delete={"Objects": listed})
    assert result["Deleted"] == [{"Key": "a"}, {"Key": "nothing"}, {"Key": "b", "VersionId": "null"}]
    assert [error["Code"] for error in result["Errors"]] == [
        "InvalidArgument",
        "PreconditionFailed",
        "NotImplemented",
        "KeyTooLongError",
    ]
    assert all(error["Message"] for error in result["Errors"])
    assert [detail["Key"] for detail in result["_details"]["deleted"]] == [entry["Key"] for entry in listed]
    assert s3.call("ListObjectsV2", Bucket="bucket")["KeyCount"] == 1
    assert s3.file_count() == 1


def test_a_quiet_delete_still_tells_the_record(s3: S3) -> None:
    s3.put("a", b"body")
    result = s3.call("DeleteObjects", Bucket="bucket", Delete={"Objects": [{"Key": "a"}], "Quiet": True})
    assert result == {"_details": {"deleted": [{"Key": "a"}]}}


@pytest.mark.parametrize("count", [0, 1001])
def test_refuses_no_key_and_too_many(s3: S3, count: int) -> None:
    with pytest.raises(MalformedRequest):
        s3.call("DeleteObjects", Bucket="bucket", Delete={"Objects": [{"Key": str(n)} for n in range(count)]})
