"""PutObject: bytes, headers, checksums, conditions, odd keys."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from s3trail.testing.server import ANONYMOUS, Server
from tests.api.expect import recorded, refused

ODD_KEYS = [
    "with space",
    "plus+sign",
    "percent%20",
    "a//b",
    "a/../b",
    "./dot",
    "/leading",
    "trailing/",
    "naïve/日本語/🪣",
    "quote'\"<&>",
    "a?b=c&d#e",
    "new\nline",
    "k" * 1024,
]


def test_stores_the_bytes(server: Server, s3: Any, bucket: str) -> None:
    body = b"hello world"
    answer = s3.put_object(Bucket=bucket, Key="greeting", Body=body)
    assert answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert s3.get_object(Bucket=bucket, Key="greeting")["Body"].read() == body
    record = recorded(server, answer, "PutObject")
    assert record["requestParameters"] == {
        "bucketName": bucket,
        "Host": f"127.0.0.1:{server.port}",
        "key": "greeting",
    }
    assert record["eventCategory"] == "Data"
    assert record["readOnly"] is False
    assert record["additionalEventData"]["bytesTransferredIn"] == len(body)
    assert record["additionalEventData"]["objectSize"] == len(body)
    assert {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/greeting"} in record["resources"]


def test_stores_an_empty_body(server: Server, s3: Any, bucket: str) -> None:
    record = recorded(server, s3.put_object(Bucket=bucket, Key="empty"), "PutObject")
    assert record["additionalEventData"]["bytesTransferredIn"] == 0
    assert s3.head_object(Bucket=bucket, Key="empty")["ContentLength"] == 0


def test_overwrites(server: Server, s3: Any, bucket: str) -> None:
    for body in (b"first", b"second and longer"):
        recorded(server, s3.put_object(Bucket=bucket, Key="k", Body=body), "PutObject")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second and longer"
    assert len(s3.list_objects_v2(Bucket=bucket)["Contents"]) == 1


def test_keeps_headers_and_metadata_out_of_the_record(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_object(
        Bucket=bucket,
        Key="page",
        Body=b"<p>",
        ContentType="text/html",
        ContentLanguage="de",
        CacheControl="no-store",
        Metadata={"owner": "metadata-value"},
    )
    head = s3.head_object(Bucket=bucket, Key="page")
    assert head["ContentType"] == "text/html"
    assert head["ContentLanguage"] == "de"
    assert head["CacheControl"] == "no-store"
    assert head["Metadata"] == {"owner": "metadata-value"}
    assert "metadata-value" not in str(recorded(server, answer, "PutObject"))


@pytest.mark.parametrize("key", ODD_KEYS)
def test_takes_any_key_verbatim(server: Server, s3: Any, bucket: str, key: str) -> None:
    answer = s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert recorded(server, answer, "PutObject")["requestParameters"]["key"] == key


def test_refuses_a_key_over_1024_bytes(server: Server, s3: Any, bucket: str) -> None:
    error = refused(s3.put_object, "KeyTooLongError", 400, Bucket=bucket, Key="k" * 1025, Body=b"")
    recorded(server, error, "PutObject")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_verifies_and_keeps_a_checksum(server: Server, s3: Any, bucket: str, algorithm: str) -> None:
    answer = s3.put_object(Bucket=bucket, Key="k", Body=b"checked", ChecksumAlgorithm=algorithm)
    found = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert found[f"Checksum{algorithm}"] == answer[f"Checksum{algorithm}"]
    recorded(server, answer, "PutObject")


def test_refuses_bytes_that_contradict_their_checksum(server: Server, s3: Any, bucket: str) -> None:
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    error = refused(
        s3.put_object, "BadDigest", 400, Bucket=bucket, Key="k", Body=b"this", ChecksumSHA256=wrong
    )
    recorded(server, error, "PutObject")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_refuses_bytes_that_contradict_their_md5(server: Server, s3: Any, bucket: str) -> None:
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    error = refused(s3.put_object, "BadDigest", 400, Bucket=bucket, Key="k", Body=b"this", ContentMD5=wrong)
    recorded(server, error, "PutObject")


def test_if_none_match_protects_an_object(server: Server, s3: Any, bucket: str) -> None:
    recorded(server, s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*"), "PutObject")
    error = refused(
        s3.put_object, "PreconditionFailed", 412, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*"
    )
    recorded(server, error, "PutObject")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_if_match_replaces_only_the_known_object(server: Server, s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    recorded(server, s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag), "PutObject")
    error = refused(s3.put_object, "PreconditionFailed", 412, Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    recorded(server, error, "PutObject")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.put_object, "NoSuchBucket", 404, Bucket="nobody-made-this", Key="k", Body=b"x")
    record = recorded(server, error, "PutObject")
    assert record["requestParameters"]["key"] == "k"
    assert "resources" not in record


def test_refuses_an_anonymous_caller(server: Server, s3: Any, bucket: str) -> None:
    client = server.client("s3", credentials=ANONYMOUS)
    error = refused(client.put_object, "AccessDenied", 403, Bucket=bucket, Key="k", Body=b"x")
    record = server.record_of(error)
    assert record["userIdentity"]["principalId"] == "ANONYMOUS_PRINCIPAL"
    assert record["requestParameters"]["key"] == "k"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_names_the_version_that_it_made(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    answer = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    record = recorded(server, answer, "PutObject")
    assert record["responseElements"]["x-amz-version-id"] == answer["VersionId"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"y")


def test_refuses_an_acl_where_acls_are_disabled(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="bucket-owner-full-control")
    error = refused(
        s3.put_object,
        "AccessControlListNotSupported",
        400,
        Bucket=bucket,
        Key="k",
        Body=b"y",
        ACL="public-read",
    )
    record = recorded(server, error, "PutObject")
    assert record["requestParameters"]["x-amz-acl"] == "public-read"


def test_takes_tags_and_a_website_redirect(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_object(
        Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=2", WebsiteRedirectLocation="/other"
    )
    recorded(server, answer, "PutObject")
    found = s3.get_object(Bucket=bucket, Key="k")
    assert found["TagCount"] == 2
    assert found["WebsiteRedirectLocation"] == "/other"
