"""SigV2 signatures, held against botocore's signers and AWS's published examples."""

from __future__ import annotations

import dataclasses
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.auth.signed_requests import (
    KEYS,
    NOW,
    SECRET,
    check,
    claim_of,
    http_date,
    make_request,
    sign,
)

from s3trail.kernel.errors import AwsError
from s3trail.wire.auth.sigv2 import SUBRESOURCES
from s3trail.wire.auth.verify import UNSIGNED_PAYLOAD, verify
from s3trail.wire.http import Request

NASTY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


def fault(request: Request, now: float = NOW, bucket: str = "") -> AwsError:
    with pytest.raises(AwsError) as caught:
        check(request, now=now, bucket=bucket)
    return caught.value


# Amazon S3 User Guide, "Signing and authenticating REST requests", examples Object GET, Object PUT, List,
# Fetch, Upload, List all my buckets and Unicode keys. (Delete contradicts the text on x-amz-date.)
@pytest.mark.parametrize(
    ("method", "target", "bucket", "headers", "signature"),
    [
        (
            "GET",
            "/photos/puppy.jpg",
            "awsexamplebucket1",
            [("Date", "Tue, 27 Mar 2007 19:36:42 +0000")],
            "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=",
        ),
        (
            "PUT",
            "/photos/puppy.jpg",
            "awsexamplebucket1",
            [("Content-Type", "image/jpeg"), ("Date", "Tue, 27 Mar 2007 21:15:45 +0000")],
            "iqRzw+ileNPu1fhspnRs8nOjjIA=",
        ),
        (
            "GET",
            "/?prefix=photos&max-keys=50&marker=puppy",
            "awsexamplebucket1",
            [("Date", "Tue, 27 Mar 2007 19:42:41 +0000")],
            "m0WP8eCtspQl5Ahe6L1SozdX9YA=",
        ),
        (
            "GET",
            "/?acl",
            "awsexamplebucket1",
            [("Date", "Tue, 27 Mar 2007 19:44:46 +0000")],
            "82ZHiFIjc+WbcwFKGUVEQspPn+0=",
        ),
        (
            "PUT",
            "/db-backup.dat.gz",
            "static.example.com",
            [
                ("Date", "Tue, 27 Mar 2007 21:06:08 +0000"),
                ("x-amz-acl", "public-read"),
                ("content-type", "application/x-download"),
                ("Content-MD5", "4gJE4saaMU4BqNR0kLY+lw=="),
                ("X-Amz-Meta-ReviewedBy", "joe@example.com"),
                ("X-Amz-Meta-ReviewedBy", "jane@example.com"),
                ("X-Amz-Meta-FileChecksum", "0x02661779"),
                ("X-Amz-Meta-ChecksumAlgorithm", "crc32"),
            ],
            "jtBQa0Aq+DkULFI8qrpwIjGEx0E=",
        ),
        ("GET", "/", "", [("Date", "Wed, 28 Mar 2007 01:29:59 +0000")], "qGdzdERIC03wnaRNKh6OqZehG9s="),
        (
            "GET",
            "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re",
            "",
            [("Date", "Wed, 28 Mar 2007 01:49:49 +0000")],
            "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
        ),
    ],
)
def test_verifies_the_examples_of_aws(
    method: str, target: str, bucket: str, headers: list[tuple[str, str]], signature: str
) -> None:
    authorization = ("Authorization", f"AWS AKIAIOSFODNN7EXAMPLE:{signature}")
    request = make_request(method, target, [*headers, authorization])
    now = claim_of(request).timestamp
    assert now is not None
    check(request, now=now, bucket=bucket)
    assert fault(request, now=now, bucket=bucket + "x").code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("signer", ["HmacV1Auth", "HmacV1QueryAuth"])
@settings(max_examples=60, deadline=None)
@given(key=NASTY, version=NASTY)
def test_verifies_any_key_and_subresource(signer: str, key: str, version: str) -> None:
    path = "/bucket/" + quote(key, safe="/~-._")
    check(sign(signer, "GET", f"{path}?versionId={quote(version, safe='-_.~')}&list-type=2"))


@pytest.mark.parametrize("signer", ["HmacV1Auth", "HmacV1QueryAuth"])
def test_verifies_headers_and_token(signer: str) -> None:
    headers = [("Content-Type", "text/plain"), ("x-amz-meta-b", "2"), ("X-Amz-Meta-A", " 1 ")]
    request = sign(signer, "PUT", "/bucket/key?partNumber=3&uploadId=ab%2Bc", headers, token="a/token+")
    assert claim_of(request).session_token == "a/token+"
    assert check(request).payload == UNSIGNED_PAYLOAD


def test_verifies_the_bucket_in_the_host_name() -> None:
    request = sign("HmacV1Auth", "GET", "/key?acl", auth_path="/bucket/key", host="bucket.s3.example.com")
    check(request, bucket="bucket")
    assert fault(request).code == "SignatureDoesNotMatch"


def test_verifies_a_bucket_that_was_signed_with_a_slash() -> None:
    check(sign("HmacV1Auth", "GET", "/bucket?uploads", auth_path="/bucket/"))


def test_a_name_without_value_is_signed_so() -> None:
    check(sign("HmacV1Auth", "GET", "/bucket/?acl&versionId=1"))


@pytest.mark.parametrize("signer", ["HmacV1Auth", "HmacV1QueryAuth"])
def test_every_changed_part_is_a_mismatch(signer: str) -> None:
    headers = [("x-amz-meta-color", "red"), ("content-type", "text/plain"), ("content-md5", "abc=")]
    request = sign(signer, "PUT", "/bucket/key?versionId=1", headers)
    check(request)
    lines = request.raw_headers
    target = f"{request.path}?{request.query_string}"
    changes = [
        dataclasses.replace(request, method="GET"),
        dataclasses.replace(request, path="/bucket/Key"),
        dataclasses.replace(request, query_string=request.query_string.replace("versionId=1", "versionId=2")),
        make_request("PUT", target, [*lines, ("x-amz-acl", "public-read")]),
        make_request("PUT", target, [(name, value.replace("red", "blue")) for name, value in lines]),
        *(
            dataclasses.replace(request, query_string=f"{request.query_string}&{name}")
            for name in sorted(SUBRESOURCES - {"versionId"})
        ),
    ]
    if signer == "HmacV1QueryAuth":
        changes.pop(4)  # botocore moves the headers into the URL
    assert {fault(change).code for change in changes} == {"SignatureDoesNotMatch"}


def test_a_mismatch_shows_what_was_signed_and_has_no_canonical_request() -> None:
    request = sign("HmacV1Auth", secret="another")
    error = fault(request)
    assert list(error.members) == [
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
    ]
    assert error.members["StringToSign"] == f"GET\n\n\n{http_date(NOW)}\n/bucket/key"
    assert SECRET not in str(error.members)


def test_refuses_a_clock_that_is_off() -> None:
    request = sign("HmacV1Auth")
    check(request, now=NOW + 900)
    assert fault(request, now=NOW + 901).code == "RequestTimeTooSkewed"
    assert fault(request, now=NOW - 901).members["RequestTime"] == http_date(NOW)


def test_refuses_a_request_without_a_date() -> None:
    request = make_request("GET", "/bucket", [("authorization", "AWS AKID:c2lnbmF0dXJl")])
    assert fault(request).message == "AWS authentication requires a valid Date or x-amz-date header"


def test_a_url_holds_until_its_end() -> None:
    request = sign("HmacV1QueryAuth")
    check(request, now=NOW - 10**6)
    check(request, now=NOW + 3600)
    error = fault(request, now=NOW + 3601)
    assert (error.code, error.message) == ("AccessDenied", "Request has expired")
    assert error.members == {"Expires": "2013-05-24T01:00:00Z", "ServerTime": "2013-05-24T01:00:01Z"}


def test_other_services_take_no_sigv2() -> None:
    request = sign("HmacV1Auth", "POST", "/")
    with pytest.raises(AwsError, match="Signature Version 4 only"):
        verify(request, claim_of(request), SECRET, now=NOW, keys=KEYS, service="cloudtrail")
