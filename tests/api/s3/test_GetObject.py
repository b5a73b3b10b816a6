"""GetObject: whole, in ranges, under conditions."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from s3trail.testing.server import ANONYMOUS, Server
from tests.api.expect import recorded, refused

BODY = bytes(range(256)) * 8


@pytest.fixture
def key(s3: Any, bucket: str) -> str:
    s3.put_object(Bucket=bucket, Key="dir/object", Body=BODY, ContentType="text/plain")
    return "dir/object"


def test_gives_the_bytes(server: Server, s3: Any, bucket: str, key: str) -> None:
    answer = s3.get_object(Bucket=bucket, Key=key)
    assert answer["Body"].read() == BODY
    assert answer["ContentType"] == "text/plain"
    assert answer["AcceptRanges"] == "bytes"
    record = recorded(server, answer, "GetObject")
    assert record["requestParameters"] == {
        "bucketName": bucket,
        "Host": f"127.0.0.1:{server.port}",
        "key": key,
    }
    assert record["responseElements"] is None
    assert record["readOnly"] is True
    assert record["eventCategory"] == "Data"
    assert record["additionalEventData"]["objectSize"] == len(BODY)
    assert record["additionalEventData"]["bytesTransferredIn"] == 0


@pytest.mark.parametrize(
    ("asked", "expected", "content_range"),
    [
        ("bytes=0-9", BODY[:10], "bytes 0-9/2048"),
        ("bytes=2000-", BODY[2000:], "bytes 2000-2047/2048"),
        ("bytes=-5", BODY[-5:], "bytes 2043-2047/2048"),
        ("bytes=2040-99999", BODY[2040:], "bytes 2040-2047/2048"),
        ("bytes=-99999", BODY, "bytes 0-2047/2048"),
    ],
)
def test_gives_a_range(
    server: Server, s3: Any, bucket: str, key: str, asked: str, expected: bytes, content_range: str
) -> None:
    answer = s3.get_object(Bucket=bucket, Key=key, Range=asked)
    assert answer["Body"].read() == expected
    assert answer["ContentRange"] == content_range
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    record = recorded(server, answer, "GetObject")
    assert record["additionalEventData"]["bytesTransferredOut"] == len(expected)
    assert "Range" not in record["requestParameters"]


def test_refuses_a_range_outside_the_object(server: Server, s3: Any, bucket: str, key: str) -> None:
    error = refused(s3.get_object, "InvalidRange", 416, Bucket=bucket, Key=key, Range="bytes=2048-")
    assert error.response["Error"]["ActualObjectSize"] == "2048"
    recorded(server, error, "GetObject")


def test_gives_the_whole_object_for_a_range_it_cannot_read(
    server: Server, s3: Any, bucket: str, key: str
) -> None:
    answer = s3.get_object(Bucket=bucket, Key=key, Range="lines=1-2")
    assert answer["Body"].read() == BODY
    recorded(server, answer, "GetObject")


def test_answers_304_to_whoever_has_it(server: Server, s3: Any, bucket: str, key: str) -> None:
    etag = s3.head_object(Bucket=bucket, Key=key)["ETag"]
    error = refused(s3.get_object, "304", 304, Bucket=bucket, Key=key, IfNoneMatch=etag)
    record = server.record_of(error)
    assert record["additionalEventData"]["httpStatusCode"] == 304
    assert record["additionalEventData"]["bytesTransferredOut"] == 0


def test_if_match_and_dates_guard_the_answer(server: Server, s3: Any, bucket: str, key: str) -> None:
    past = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
    for condition in ({"IfMatch": '"other"'}, {"IfUnmodifiedSince": past}):
        error = refused(s3.get_object, "PreconditionFailed", 412, Bucket=bucket, Key=key, **condition)
        recorded(server, error, "GetObject")
    recorded(server, s3.get_object(Bucket=bucket, Key=key, IfModifiedSince=past), "GetObject")


def test_response_parameters_override_headers_and_are_recorded(
    server: Server, s3: Any, bucket: str, key: str
) -> None:
    answer = s3.get_object(
        Bucket=bucket,
        Key=key,
        ResponseContentType="application/x-other",
        ResponseContentDisposition="attachment",
    )
    assert answer["ContentType"] == "application/x-other"
    assert answer["ContentDisposition"] == "attachment"
    parameters = recorded(server, answer, "GetObject")["requestParameters"]
    assert parameters["response-content-type"] == "application/x-other"
    assert parameters["response-content-disposition"] == "attachment"


def test_refuses_an_unknown_key(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.get_object, "NoSuchKey", 404, Bucket=bucket, Key="absent")
    assert error.response["Error"]["Key"] == "absent"
    record = recorded(server, error, "GetObject")
    assert record["errorMessage"] == "The specified key does not exist."
    assert {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/absent"} in record["resources"]


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_object, "NoSuchBucket", 404, Bucket="nobody-made-this", Key="k")
    recorded(server, error, "GetObject")


def test_refuses_a_user_without_rights(server: Server, s3: Any, bucket: str, key: str) -> None:
    nobody = server.add_user(f"nobody-{bucket[-8:]}", "none")
    error = refused(
        server.client("s3", credentials=nobody).get_object, "AccessDenied", 403, Bucket=bucket, Key=key
    )
    record = recorded(server, error, "GetObject", caller=nobody)
    assert record["requestParameters"]["key"] == key


def test_refuses_an_anonymous_caller(server: Server, bucket: str, key: str) -> None:
    error = refused(
        server.client("s3", credentials=ANONYMOUS).get_object, "AccessDenied", 403, Bucket=bucket, Key=key
    )
    record = server.record_of(error)
    assert record["userIdentity"]["accountId"] == "ANONYMOUS_PRINCIPAL"
    assert record["sharedEventID"]


def test_streams_a_large_object(server: Server, s3: Any, bucket: str) -> None:
    body = bytes(range(256)) * (64 << 10)
    s3.put_object(Bucket=bucket, Key="large", Body=body)
    answer = s3.get_object(Bucket=bucket, Key="large")
    assert answer["Body"].read() == body
    assert recorded(server, answer, "GetObject")["additionalEventData"]["bytesTransferredOut"] == len(body)


def test_reads_a_version_by_its_id(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"two")
    answer = s3.get_object(Bucket=bucket, Key="k", VersionId=first)
    assert answer["Body"].read() == b"one"
    assert answer["VersionId"] == first
    assert recorded(server, answer, "GetObject")["requestParameters"]["versionId"] == first


def test_tells_of_a_delete_marker(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"one")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    error = refused(s3.get_object, "NoSuchKey", 404, Bucket=bucket, Key="k")
    headers = error.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-delete-marker"] == "true"
    assert headers["x-amz-version-id"] == marker
    recorded(server, error, "GetObject")
    error = refused(s3.get_object, "MethodNotAllowed", 405, Bucket=bucket, Key="k", VersionId=marker)
    assert error.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    record = recorded(server, error, "GetObject")
    assert record["errorMessage"] == "The specified method is not allowed against this resource."


def test_refuses_a_version_that_is_not_there(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    for version_id, code, status in ((version, "NoSuchVersion", 404), ("x", "InvalidArgument", 400)):
        error = refused(s3.get_object, code, status, Bucket=bucket, Key="k", VersionId=version_id)
        recorded(server, error, "GetObject")
