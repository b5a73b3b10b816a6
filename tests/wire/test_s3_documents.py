"""S3's answers have the root elements, headers and statuses that S3 sends."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3trail.wire.http import Response
from s3trail.wire.service import service

XMLNS = b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def rendered(operation: str, result: dict[str, Any]) -> Response:
    return service("s3").operation(operation).render(result, "R1")


def body(operation: str, result: dict[str, Any]) -> bytes:
    found = rendered(operation, result).body
    assert isinstance(found, bytes)
    return found


@pytest.mark.parametrize(
    ("operation", "root"),
    [
        ("ListBuckets", b"ListAllMyBucketsResult"),
        ("ListObjects", b"ListBucketResult"),
        ("ListObjectsV2", b"ListBucketResult"),
        ("ListObjectVersions", b"ListVersionsResult"),
        ("GetBucketVersioning", b"VersioningConfiguration"),
        ("GetBucketAcl", b"AccessControlPolicy"),
        ("CreateMultipartUpload", b"InitiateMultipartUploadResult"),
        ("DeleteObjects", b"DeleteResult"),
        ("GetBucketTagging", b"Tagging"),
    ],
)
def test_empty_document_has_its_root(operation: str, root: bytes) -> None:
    response = rendered(operation, {})
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    assert response.body == declaration + b"<" + root + XMLNS + b"></" + root + b">"
    assert response.headers == [("Content-Type", "application/xml")]


def test_payload_document_has_the_payloads_name() -> None:
    assert b"<LegalHold" + XMLNS + b"><Status>ON</Status></LegalHold>" in body(
        "GetObjectLegalHold", {"LegalHold": {"Status": "ON"}}
    )
    assert body("GetObjectLockConfiguration", {}) == b""


def test_location_is_the_text_of_the_root() -> None:
    assert body("GetBucketLocation", {"LocationConstraint": "eu-west-1"}).endswith(
        b"<LocationConstraint" + XMLNS + b">eu-west-1</LocationConstraint>"
    )
    assert body("GetBucketLocation", {}).endswith(b"<LocationConstraint" + XMLNS + b"></LocationConstraint>")


def test_grantee_has_its_type_as_an_attribute() -> None:
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": "i"}, "Permission": "READ"}
    assert (
        b'<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'
        b"<ID>i</ID></Grantee><Permission>READ</Permission></Grant>"
    ) in body("GetBucketAcl", {"Grants": [grant]})


def test_listing_flattens_its_lists_and_writes_milliseconds() -> None:
    contents = [{"Key": "a\rb", "LastModified": 1.123, "Size": 0}, {"Key": "c", "Owner": None}]
    assert body("ListObjectsV2", {"Contents": contents, "IsTruncated": False, "KeyCount": 2}).endswith(
        b"<IsTruncated>false</IsTruncated><Contents><Key>a&#13;b</Key>"
        b"<LastModified>1970-01-01T00:00:01.123Z</LastModified><Size>0</Size></Contents>"
        b"<Contents><Key>c</Key></Contents><KeyCount>2</KeyCount></ListBucketResult>"
    )


@given(st.text())
def test_any_key_makes_a_readable_document(key: str) -> None:
    document = ElementTree.fromstring(body("ListObjectsV2", {"Prefix": key}))
    text = document[0].text or ""
    assert len(text) == len(key)
    assert all(read in (sent, "\ufffd") for read, sent in zip(text, key, strict=True))


@pytest.mark.parametrize("key", ["\x00", "\udcff", "\ufffe", "\x1b[0m"])
def test_characters_without_an_xml_form_are_replaced(key: str) -> None:
    document = ElementTree.fromstring(body("ListObjectsV2", {"Prefix": key}))
    assert (document[0].text or "").startswith("\ufffd")


def test_object_answer_is_headers_and_payload() -> None:
    result = {
        "ContentLength": 5,
        "LastModified": 1769903999.9,
        "ETag": '"e"',
        "Metadata": {"a": "b", "c": "d\r\nSet-Cookie: e"},
        "DeleteMarker": None,
        "Expires": "0",
        "Body": b"hello",
        "NotInTheModel": 1,
    }
    response = rendered("GetObject", result)
    assert (response.status, response.body) == (200, b"hello")
    assert response.headers == [
        ("Content-Length", "5"),
        ("Last-Modified", "Sat, 31 Jan 2026 23:59:59 GMT"),
        ("ETag", '"e"'),
        ("x-amz-meta-a", "b"),
        ("x-amz-meta-c", "d  Set-Cookie: e"),
        ("Expires", "0"),
    ]


def test_status_follows_range_model_and_result() -> None:
    assert rendered("GetObject", {"ContentRange": "bytes 0-1/5"}).status == 206
    assert rendered("DeleteObject", {"VersionId": "v"}).status == 204
    assert rendered("RestoreObject", {"HTTPStatusCode": 202}).status == 202


def test_streams_are_passed_through() -> None:
    operation = service("s3").operation("GetObject")
    assert operation.streaming_output
    assert not operation.streaming_input
    assert operation.output_payload == "Body"
    put = service("s3").operation("PutObject")
    assert (put.streaming_input, put.payload, put.method) == (True, "Body", "PUT")


def test_unknown_names_are_key_errors() -> None:
    with pytest.raises(KeyError):
        service("ec2")
    with pytest.raises(KeyError):
        service("s3").operation("PostObject")
