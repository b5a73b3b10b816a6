"""CopyObject copies bytes and metadata; each object owns its files."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from s3trail.kernel.errors import AccessDenied, AwsError, InvalidRequest
from s3trail.state.objects.files import FileWriter

from .conftest import NOW, OTHER_ACCOUNT, S3

SECOND = int(NOW)


def _copy(s3: S3, source: str, key: str = "copy", /, **params: Any) -> dict[str, Any]:
    return s3.call("CopyObject", Bucket="bucket", Key=key, CopySource=source, **params)


def _refused(s3: S3, source: str, key: str = "copy", /, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as error:
        _copy(s3, source, key, **params)
    return error.value


@pytest.mark.parametrize(
    "source",
    [
        "bucket/a%20key%2B%C3%A9/x",
        "/bucket/a%20key%2B%C3%A9/x",
        "bucket%2Fa%20key+é/x",
        "bucket/a key+é/x?versionId=null",
    ],
)
def test_copies_bytes_and_metadata(s3: S3, source: str) -> None:
    put = s3.put(
        "a key+é/x", b"body", ContentType="text/plain", Metadata={"a": "b"}, StorageClass="GLACIER_IR"
    )
    s3.clock.advance(5)
    result = _copy(s3, source)
    assert result == {
        "CopyObjectResult": {
            "ETag": put["ETag"],
            "LastModified": NOW + 5,
            "ChecksumCRC64NVME": put["ChecksumCRC64NVME"],
            "ChecksumType": "FULL_OBJECT",
        },
        "_object_size": 4,
    }
    s3.call("DeleteObject", Bucket="bucket", Key="a key+é/x")
    body, read = s3.get("copy")
    assert body == b"body"
    assert (read["ContentType"], read["Metadata"]) == ("text/plain", {"a": "b"})
    assert "StorageClass" not in read
    assert s3.file_count() == 1


def test_the_bytes_of_a_plain_copy_are_not_read(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put("key", b"body")

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(FileWriter, "write", refuse)
    _copy(s3, "bucket/key")
    assert s3.get("copy")[0] == b"body"


def test_replaces_metadata_on_request(s3: S3) -> None:
    s3.put("key", b"body", ContentType="text/plain", Metadata={"a": "b"})
    _copy(s3, "bucket/key", MetadataDirective="REPLACE", Metadata={"c": "d"}, StorageClass="STANDARD_IA")
    read = s3.get("copy")[1]
    assert (read["ContentType"], read["Metadata"], read["StorageClass"]) == (
        "binary/octet-stream",
        {"c": "d"},
        "STANDARD_IA",
    )


def test_computes_another_checksum_on_request(s3: S3) -> None:
    s3.put("key", b"body")
    result = _copy(s3, "bucket/key", ChecksumAlgorithm="SHA256")["CopyObjectResult"]
    assert "ChecksumCRC64NVME" not in result
    assert len(result["ChecksumSHA256"]) == 44
    assert result["ETag"] == f'"{hashlib.md5(b"body").hexdigest()}"'
    assert _refused(s3, "bucket/key", ChecksumAlgorithm="CRC16").code == "InvalidRequest"


def test_an_empty_object_is_copied(s3: S3) -> None:
    s3.put("key")
    _copy(s3, "bucket/key")
    assert s3.get("copy")[0] == b""
    assert s3.file_count() == 0


def test_refuses_a_copy_onto_itself_that_changes_nothing(s3: S3) -> None:
    s3.put("key", b"body", ContentType="text/plain")
    error = _refused(s3, "bucket/key", "key")
    assert error.code == "InvalidRequest"
    assert "copy an object to itself" in error.message
    assert s3.file_count() == 1


@pytest.mark.parametrize(
    "change",
    [{"MetadataDirective": "REPLACE"}, {"StorageClass": "STANDARD_IA"}, {"ChecksumAlgorithm": "SHA1"}],
)
def test_takes_a_copy_onto_itself_that_changes_something(s3: S3, change: dict[str, str]) -> None:
    s3.put("key", b"body")
    _copy(s3, "bucket/key", "key", **change)
    assert s3.get("key")[0] == b"body"
    assert s3.file_count() == 1


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("bucket", "InvalidArgument"),
        ("bucket/", "InvalidArgument"),
        ("/", "InvalidArgument"),
        ("arn:aws:s3:us-east-1:111122223333:accesspoint/p/object/key", "InvalidArgument"),
        ("bucket/key?versionId=abc", "InvalidArgument"),
        ("nowhere/key", "NoSuchBucket"),
        ("bucket/nothing", "NoSuchKey"),
        ("bucket/%80", "InvalidURI"),
    ],
)
@pytest.mark.parametrize("operation", ["CopyObject", "UploadPartCopy"])
def test_refuses_sources_that_are_none(s3: S3, operation: str, source: str, code: str) -> None:
    s3.put("key", b"body")
    upload_id = s3.call("CreateMultipartUpload", Bucket="bucket", Key="copy")["UploadId"]
    part = {"UploadId": upload_id, "PartNumber": 1} if operation == "UploadPartCopy" else {}
    with pytest.raises(AwsError) as error:
        s3.call(operation, Bucket="bucket", Key="copy", CopySource=source, **part)
    assert error.value.code == code


def test_the_source_must_be_the_accounts_own(s3: S3) -> None:
    other = s3.as_account(OTHER_ACCOUNT)
    s3.call_as(other, "CreateBucket", Bucket="theirs")
    s3.call_as(other, "PutObject", Bucket="theirs", Key="key", Body=b"secret")
    with pytest.raises(AccessDenied):
        _copy(s3, "theirs/key")
    s3.put("key", b"body")
    with pytest.raises(AccessDenied):
        _copy(s3, "bucket/key", ExpectedSourceBucketOwner=OTHER_ACCOUNT)


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"CopySourceIfMatch": hashlib.md5(b"body").hexdigest()}, True),
        ({"CopySourceIfMatch": "x"}, False),
        ({"CopySourceIfNoneMatch": "x"}, True),
        ({"CopySourceIfNoneMatch": "*"}, False),
        ({"CopySourceIfModifiedSince": SECOND - 1}, True),
        ({"CopySourceIfModifiedSince": SECOND}, False),
        ({"CopySourceIfUnmodifiedSince": SECOND}, True),
        ({"CopySourceIfUnmodifiedSince": SECOND - 1}, False),
        ({"CopySourceIfMatch": "*", "CopySourceIfUnmodifiedSince": SECOND - 1}, True),
        ({"CopySourceIfNoneMatch": "*", "CopySourceIfModifiedSince": SECOND - 1}, False),
    ],
)
def test_conditions_on_the_source(s3: S3, conditions: dict[str, Any], holds: bool) -> None:
    s3.put("key", b"body")
    if holds:
        _copy(s3, "bucket/key", **conditions)
    else:
        error = _refused(s3, "bucket/key", **conditions)
        assert (error.code, error.status) == ("PreconditionFailed", 412)


def test_conditions_on_the_object_that_is_replaced(s3: S3) -> None:
    s3.put("key", b"body")
    s3.put("copy", b"there")
    assert _refused(s3, "bucket/key", IfNoneMatch="*").code == "PreconditionFailed"
    assert s3.get("copy")[0] == b"there"
    assert s3.file_count() == 2


def test_refuses_unknown_directives_and_a_body(s3: S3) -> None:
    s3.put("key", b"body")
    assert _refused(s3, "bucket/key", MetadataDirective="MERGE").code == "InvalidArgument"
    with pytest.raises(InvalidRequest):
        _copy(s3, "bucket/key", Body=b"bytes")
