"""Objects are put, read and headed as S3 does it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import pytest

from s3trail.kernel.caller import ANONYMOUS
from s3trail.kernel.errors import AwsError, InvalidRequest, NotImplementedByServer, ObjectChanged
from s3trail.state.environment import Tx

from .conftest import NOW, S3

SECOND = int(NOW)


def _refused(s3: S3, name: str, /, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as error:
        s3.call(name, Bucket="bucket", **params)
    return error.value


def test_reads_back_what_was_put(s3: S3) -> None:
    body = b"0123456789" * 1000
    put = s3.put(
        "a/key é",
        body,
        ContentType="text/plain",
        CacheControl="no-cache",
        ContentDisposition="inline",
        ContentEncoding="gzip,aws-chunked",
        ContentLanguage="de",
        Expires="Thu, 01 Jan 2099 00:00:00 GMT",
        Metadata={"Name": "välue"},
        StorageClass="STANDARD_IA",
    )
    etag = f'"{hashlib.md5(body).hexdigest()}"'
    assert put["ETag"] == etag
    read, result = s3.get("a/key é")
    assert read == body
    expected = {
        "AcceptRanges": "bytes",
        "LastModified": NOW,
        "ContentLength": len(body),
        "ETag": etag,
        "ContentType": "text/plain",
        "CacheControl": "no-cache",
        "ContentDisposition": "inline",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "Expires": "Thu, 01 Jan 2099 00:00:00 GMT",
        "Metadata": {"name": "välue"},
        "StorageClass": "STANDARD_IA",
        "_object_size": len(body),
    }
    assert {name: value for name, value in result.items() if name != "Body"} == expected
    assert s3.call("HeadObject", Bucket="bucket", Key="a/key é") == expected


def test_an_empty_object_has_no_file(s3: S3) -> None:
    s3.put("folder/")
    assert s3.file_count() == 0
    body, result = s3.get("folder/")
    assert body == b""
    assert result["ETag"] == '"d41d8cd98f00b204e9800998ecf8427e"'
    assert result["ContentType"] == "binary/octet-stream"


def test_the_encoding_of_the_request_alone_is_not_kept(s3: S3) -> None:
    s3.put("key", ContentEncoding="aws-chunked")
    assert "ContentEncoding" not in s3.call("HeadObject", Bucket="bucket", Key="key")


def test_an_overwritten_or_deleted_object_leaves_no_file(s3: S3) -> None:
    s3.put("key", b"first")
    s3.put("key", b"second")
    assert s3.file_count() == 1
    assert s3.get("key")[0] == b"second"
    s3.call("DeleteObject", Bucket="bucket", Key="key")
    assert s3.file_count() == 0
    assert s3.files.unsettled() == []


def test_a_refused_put_leaves_no_file(s3: S3) -> None:
    assert (
        _refused(s3, "PutObject", Key="key", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==").code
        == "BadDigest"
    )
    assert s3.file_count() == 0


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
def test_a_missing_key_is_named(s3: S3, operation: str) -> None:
    error = _refused(s3, operation, Key="nothing")
    assert (error.code, error.status, error.members) == ("NoSuchKey", 404, {"Key": "nothing"})


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("k" * 1025, "KeyTooLongError"),
        ("é" * 513, "KeyTooLongError"),
        ("a\udc80", "InvalidURI"),
        ("", "UserKeyMustBeSpecified"),
    ],
)
@pytest.mark.parametrize("operation", ["PutObject", "GetObject", "DeleteObject", "CreateMultipartUpload"])
def test_refuses_keys_that_are_none(s3: S3, operation: str, key: str, code: str) -> None:
    error = _refused(s3, operation, Key=key)
    assert (error.code, error.status) == (code, 400)


def test_takes_keys_of_1024_bytes(s3: S3) -> None:
    for key in ("k" * 1024, "é" * 512):
        s3.put(key, key.encode())
        assert s3.get(key)[0] == key.encode()


@pytest.mark.parametrize(
    ("member", "header"),
    [
        ("ServerSideEncryption", "x-amz-server-side-encryption"),
        ("SSECustomerKey", "x-amz-server-side-encryption-customer-key"),
        ("ObjectLockMode", "x-amz-object-lock-mode"),
    ],
)
@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload"])
def test_refuses_what_it_would_not_do(s3: S3, operation: str, member: str, header: str) -> None:
    with pytest.raises(NotImplementedByServer) as error:
        s3.call(operation, Bucket="bucket", Key="key", **{member: "secret value"})
    assert error.value.members == {"Header": header}
    assert "secret" not in error.value.message


@pytest.mark.parametrize("acl", ["private", "bucket-owner-full-control"])
def test_takes_the_acls_that_change_nothing(s3: S3, acl: str) -> None:
    s3.put("key", ACL=acl)


def test_refuses_unknown_storage_classes(s3: S3) -> None:
    for name in ("COLD", "OUTPOSTS"):
        assert _refused(s3, "PutObject", Key="key", StorageClass=name).code == "InvalidStorageClass"


def test_user_metadata_has_at_most_2_kilobytes(s3: S3) -> None:
    s3.put("key", Metadata={"n": "v" * 2047})
    error = _refused(s3, "PutObject", Key="key", Metadata={"n": "v" * 2048})
    assert (error.code, error.members) == ("MetadataTooLarge", {"Size": "2049", "MaxSizeAllowed": "2048"})


def test_refuses_headers_that_are_not_text(s3: S3) -> None:
    assert _refused(s3, "PutObject", Key="key", Metadata={"n": "\udc80"}).code == "InvalidArgument"
    assert _refused(s3, "PutObject", Key="key", ContentType="\udc80").code == "InvalidArgument"


@pytest.mark.parametrize(
    ("asked", "body", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-5", b"2345", "bytes 2-5/10"),
        ("bytes=8-", b"89", "bytes 8-9/10"),
        ("bytes=8-99999999999999999999999", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", b"0123456789", "bytes 0-9/10"),
        ("bytes = 1-2", b"12", "bytes 1-2/10"),
        ("bytes=5-2", b"0123456789", None),
        ("bytes=-", b"0123456789", None),
        ("bytes=0-1,3-4", b"0123456789", None),
        ("items=0-1", b"0123456789", None),
        ("bytes=\N{ARABIC-INDIC DIGIT ONE}-2", b"0123456789", None),
    ],
)
def test_reads_ranges(s3: S3, asked: str, body: bytes, content_range: str | None) -> None:
    s3.put("key", b"0123456789")
    read, result = s3.get("key", Range=asked, ChecksumMode="ENABLED")
    assert read == body
    assert result.get("ContentRange") == content_range
    assert result["ContentLength"] == len(body)
    assert result["_object_size"] == 10
    assert ("ChecksumCRC64NVME" in result) is (content_range is None)
    head = s3.call("HeadObject", Bucket="bucket", Key="key", Range=asked)
    assert (head.get("ContentRange"), head["ContentLength"]) == (content_range, len(body))


@pytest.mark.parametrize(
    ("size", "asked"), [(10, "bytes=10-"), (10, "bytes=-0"), (0, "bytes=0-0"), (0, "bytes=-1")]
)
def test_a_range_without_bytes_is_refused(s3: S3, size: int, asked: str) -> None:
    s3.put("key", b"x" * size)
    error = _refused(s3, "GetObject", Key="key", Range=asked)
    assert (error.code, error.status) == ("InvalidRange", 416)
    assert error.members == {"RangeRequested": asked, "ActualObjectSize": str(size)}


def test_a_simple_object_has_one_part(s3: S3) -> None:
    s3.put("key", b"0123456789")
    read, result = s3.get("key", PartNumber=1)
    assert (read, result["ContentRange"]) == (b"0123456789", "bytes 0-9/10")
    error = _refused(s3, "GetObject", Key="key", PartNumber=2)
    assert (error.code, error.status) == ("InvalidPartNumber", 416)
    assert _refused(s3, "GetObject", Key="key", PartNumber=0).code == "InvalidArgument"
    assert _refused(s3, "GetObject", Key="key", PartNumber=1, Range="bytes=0-1").code == "InvalidRequest"


def test_an_empty_objects_one_part_is_all_of_it(s3: S3) -> None:
    s3.put("key")
    read, result = s3.get("key", PartNumber=1)
    assert read == b""
    assert "ContentRange" not in result


_ETAG = hashlib.md5(b"body").hexdigest()


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        ({"IfMatch": f'"{_ETAG}"'}, None),
        ({"IfMatch": _ETAG}, None),
        ({"IfMatch": "*"}, None),
        ({"IfMatch": f'"x", "{_ETAG}"'}, None),
        ({"IfMatch": '"x"'}, "PreconditionFailed"),
        ({"IfNoneMatch": f'"{_ETAG}"'}, "NotModified"),
        ({"IfNoneMatch": f'W/"{_ETAG}"'}, "NotModified"),
        ({"IfNoneMatch": "*"}, "NotModified"),
        ({"IfNoneMatch": '"x"'}, None),
        ({"IfModifiedSince": SECOND}, "NotModified"),
        ({"IfModifiedSince": SECOND - 1}, None),
        ({"IfUnmodifiedSince": SECOND}, None),
        ({"IfUnmodifiedSince": SECOND - 1}, "PreconditionFailed"),
        # The pairs of which S3's documentation tells the outcome.
        ({"IfMatch": _ETAG, "IfUnmodifiedSince": SECOND - 1}, None),
        ({"IfNoneMatch": _ETAG, "IfModifiedSince": SECOND - 1}, "NotModified"),
        ({"IfNoneMatch": '"x"', "IfModifiedSince": SECOND}, None),
        ({"IfMatch": '"x"', "IfNoneMatch": _ETAG}, "PreconditionFailed"),
    ],
)
@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
def test_conditions_of_a_read(
    s3: S3, operation: str, conditions: Mapping[str, Any], code: str | None
) -> None:
    s3.put("key", b"body")
    if code is None:
        result = s3.call(operation, Bucket="bucket", Key="key", **conditions)
        if "Body" in result:
            result["Body"].close()
        return
    error = _refused(s3, operation, Key="key", **conditions)
    assert error.code == code
    if code == "NotModified":
        assert error.status == 304
        assert error.headers == (("ETag", f'"{_ETAG}"'), ("Last-Modified", formatdate(SECOND, usegmt=True)))
    else:
        assert error.status == 412
        assert error.members["Condition"] in ("If-Match", "If-Unmodified-Since")


def test_conditions_of_a_put(s3: S3) -> None:
    etag = s3.put("key", b"first", IfNoneMatch="*")["ETag"]
    assert _refused(s3, "PutObject", Key="key", IfNoneMatch="*").code == "PreconditionFailed"
    assert _refused(s3, "PutObject", Key="key", IfMatch='"x"').code == "PreconditionFailed"
    assert _refused(s3, "PutObject", Key="none", IfMatch=etag).code == "NoSuchKey"
    assert _refused(s3, "PutObject", Key="key", IfNoneMatch=etag).code == "NotImplemented"
    s3.put("key", b"second", IfMatch=etag)
    assert s3.get("key")[0] == b"second"
    assert s3.file_count() == 1


def test_a_put_that_lost_the_race_is_refused_and_leaves_no_file(s3: S3) -> None:
    operation = s3.operations["PutObject"]
    params: dict[str, Any] = {"Bucket": "bucket", "Key": "key", "IfNoneMatch": "*"}
    assert operation.receive is not None
    with s3.environment.read() as tx:
        sink = operation.receive(tx, s3.base, params, 4)
    sink.write(b"late")
    sink.finish({})
    s3.put("key", b"winner")
    with pytest.raises(AwsError) as error, s3.environment.write() as tx:
        operation.run(tx, s3.base, {**params, "Body": sink})
    sink.discard()
    assert error.value.code == "PreconditionFailed"
    assert s3.get("key")[0] == b"winner"
    assert s3.file_count() == 1


def test_a_put_that_nobody_waits_for_any_more_is_not_carried_out(s3: S3) -> None:
    operation = s3.operations["PutObject"]
    params: dict[str, Any] = {"Bucket": "bucket", "Key": "key"}
    assert operation.receive is not None
    with s3.environment.read() as tx:
        sink = operation.receive(tx, s3.base, params, 4)
    sink.write(b"body")
    sink.finish({})
    sink.discard()
    with pytest.raises(AwsError) as error, s3.environment.write() as tx:
        operation.run(tx, s3.base, {**params, "Body": sink})
    assert error.value.code == "IncompleteBody"
    assert _refused(s3, "HeadObject", Key="key").code == "NoSuchKey"


def test_discarding_after_the_commit_keeps_the_object(s3: S3) -> None:
    operation = s3.operations["PutObject"]
    params: dict[str, Any] = {"Bucket": "bucket", "Key": "key"}
    assert operation.receive is not None
    with s3.environment.read() as tx:
        sink = operation.receive(tx, s3.base, params, 4)
    sink.write(b"body")
    sink.finish({})
    with s3.environment.write() as tx:
        operation.run(tx, s3.base, {**params, "Body": sink})
    sink.discard()
    assert s3.get("key")[0] == b"body"


def test_overrides_headers_for_signed_requests_only(s3: S3) -> None:
    s3.put("key", b"body", ContentType="text/plain")
    overrides: dict[str, Any] = {
        "ResponseContentType": "a/b",
        "ResponseExpires": 0.0,
        "ResponseCacheControl": "private",
    }
    _, result = s3.get("key", **overrides)
    assert result["ContentType"] == "a/b"
    assert result["Expires"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert result["CacheControl"] == "private"
    with pytest.raises(InvalidRequest):
        s3.call_as(s3.base._replace(caller=ANONYMOUS), "GetObject", Bucket="bucket", Key="key", **overrides)


def test_objects_have_the_null_version_alone(s3: S3) -> None:
    s3.put("key", b"body")
    assert s3.get("key", VersionId="null")[0] == b"body"
    assert _refused(s3, "GetObject", Key="key", VersionId="abc").code == "InvalidArgument"


def test_an_object_replaced_after_its_snapshot_asks_for_another_try(s3: S3) -> None:
    s3.put("key", b"first")
    with s3.environment.read() as snapshot:
        s3.put("key", b"second")
        with pytest.raises(ObjectChanged):
            s3.operations["GetObject"].run(snapshot, s3.base, {"Bucket": "bucket", "Key": "key"})
    assert s3.get("key")[0] == b"second"


def test_a_source_that_is_open_survives_the_overwrite(s3: S3) -> None:
    s3.put("key", b"first")
    result = s3.call("GetObject", Bucket="bucket", Key="key")
    s3.put("key", b"second")
    assert result["Body"].read(100) == b"first"
    result["Body"].close()


def test_a_failed_write_leaves_the_transaction_untouched(s3: S3) -> None:
    s3.put("key", b"body")
    seen: list[Tx] = []
    for name, params in (
        ("DeleteObject", {"Key": "key", "IfMatch": '"x"'}),
        (
            "CompleteMultipartUpload",
            {"Key": "key", "UploadId": "x", "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "x"}]}},
        ),
        ("DeleteBucket", {}),
        ("AbortMultipartUpload", {"Key": "key", "UploadId": "x"}),
    ):
        with s3.environment.write() as tx:
            seen.append(tx)
            with pytest.raises(AwsError):
                s3.operations[name].run(tx, s3.base, {"Bucket": "bucket", **params})
    assert [tx.wrote for tx in seen] == [False] * 4
