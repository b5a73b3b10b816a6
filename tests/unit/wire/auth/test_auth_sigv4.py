"""SigV4 signatures, held against botocore's signers and AWS's published examples."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.auth.signed_requests import (
    ACCESS_KEY_ID,
    HOST,
    NOW,
    SECRET,
    check,
    claim_of,
    http_date,
    make_request,
    sign,
)

from s3trail.kernel.errors import AwsError
from s3trail.wire.auth import sigv4
from s3trail.wire.auth.sigv4 import KeyCache, canonical_path, canonical_query
from s3trail.wire.auth.verify import UNSIGNED_PAYLOAD, verify
from s3trail.wire.http import Request

KEYS = [
    "plain",
    "a b",
    "a  b",
    "a+b",
    "a%b",
    "a%20b",
    "a//b",
    "/leading",
    "trailing/",
    "../up",
    "a/../b",
    "./here",
    "ünïcödé/日本語/🪣",
    "tilde~under_score-dash.dot",
    "quote'(!)*",
    "&=?#;:@,$[]",
    "\\back\\slash",
    "tab\tand\nnewline",
    "\x7f\x01",
]
NASTY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


def as_sent(key: str) -> str:
    """The path botocore sends for a key."""
    return "/bucket/" + quote(key, safe="/~-._")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("signer", ["S3SigV4Auth", "S3SigV4QueryAuth"])
def test_verifies_what_botocore_signs_for_a_key(signer: str, key: str) -> None:
    verified = check(sign(signer, "GET", as_sent(key)))
    assert verified.claim.access_key_id == ACCESS_KEY_ID


@settings(max_examples=150, deadline=None)
@given(key=NASTY, names=st.lists(st.tuples(NASTY, st.text(max_size=10)), max_size=4))
def test_verifies_any_key_and_query(key: str, names: list[tuple[str, str]]) -> None:
    query = {name: value.encode("utf-8", "replace").decode() for name, value in names}
    pairs = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query.items()
    )
    check(sign("S3SigV4Auth", "PUT", f"{as_sent(key)}?{pairs}"))


@settings(max_examples=60, deadline=None)
@given(key=NASTY, prefix=NASTY)
def test_verifies_presigned_urls_of_any_key_and_query(key: str, prefix: str) -> None:
    check(sign("S3SigV4QueryAuth", "GET", f"{as_sent(key)}?prefix={quote(prefix, safe='-_.~')}&acl="))


@pytest.mark.parametrize(
    "query",
    [
        "acl=",
        "prefix=&delimiter=%2F&list-type=2",
        "prefix=a%20b%2Bc%25d",
        "uploads=&b=2&b=1&a=3",
        "k=1&k-x=2&k.y=3&k0=4&K=5",
        "x-id=GetObject",
        "versionId=null&partNumber=1",
    ],
)
def test_verifies_what_botocore_signs_for_a_query(query: str) -> None:
    check(sign("S3SigV4Auth", "GET", f"/bucket?{query}"))
    check(sign("S3SigV4QueryAuth", "GET", f"/bucket?{query}"))


def test_a_name_without_a_value_is_signed_with_an_empty_one() -> None:
    request = sign("S3SigV4Auth", "GET", "/bucket?acl=")
    check(dataclasses.replace(request, query_string="acl", query=[("acl", "")]))


def test_the_order_of_a_query_does_not_matter() -> None:
    request = sign("S3SigV4Auth", "GET", "/bucket?a=1&b=2")
    check(dataclasses.replace(request, query_string="b=2&a=1"))


@pytest.mark.parametrize("path", ["/bucket/%7etilde", "/bucket/a%2db", "/bucket/a%c3%bc", "/bucket/a+b(c)"])
def test_a_path_in_another_encoding_verifies_signed_as_sent_or_encoded_once(path: str) -> None:
    canonical = canonical_path(path, s3=True)
    assert canonical != path
    for signed in (path, canonical):
        request = sign("S3SigV4Auth", "GET", signed)
        assert check(dataclasses.replace(request, path=path)).canonical_request.split("\n")[1] == signed


@pytest.mark.parametrize(("signed", "is_space"), [("a%20b", True), ("a%2Bb", False)])
def test_a_bare_plus_is_what_the_client_signed(signed: str, is_space: bool) -> None:
    request = sign("S3SigV4Auth", "GET", f"/bucket?prefix={signed}")
    sent = dataclasses.replace(request, query_string="prefix=a+b", query=[("prefix", "a+b")])
    assert check(sent).plus_is_space is is_space


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1&a=&A=3", "A=3&a=&a=1&a=2"),
        ("acl&b=", "acl=&b="),
        ("g=%20&e=%2bf", "e=%2Bf&g=%20"),
        ("a=b=c", "a=b%3Dc"),
        ("&&a=1&", "a=1"),
        ("%E4=1", "%E4=1"),
    ],
)
def test_canonicalises_a_query(raw: str, canonical: str) -> None:
    assert canonical_query(raw, presigned=False) == canonical


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/-/vaults/a%20b", "/-/vaults/a%2520b"),
        ("/a/./b/../c/", "/a/c/"),
        ("/../..", "/"),
        ("/2015-03-31/functions/arn:aws", "/2015-03-31/functions/arn%3Aaws"),
    ],
)
def test_canonicalises_the_path_of_other_services_twice_encoded(raw: str, canonical: str) -> None:
    assert canonical_path(raw, s3=False) == canonical


def test_repeated_headers_are_signed_joined_and_trimmed() -> None:
    headers = [("x-amz-meta-a", " one   two "), ("X-AMZ-Meta-A", "three"), ("x-amz-meta-b", "p,  q")]
    request = sign("S3SigV4Auth", "PUT", headers=headers)
    canonical_request = check(request).canonical_request
    assert "x-amz-meta-a:one two,three\n" in canonical_request
    assert "x-amz-meta-b:p, q\n" in canonical_request


def test_mixed_case_header_names_verify() -> None:
    check(sign("S3SigV4Auth", "PUT", headers=[("Content-TYPE", "text/plain"), ("X-Amz-Meta-Owner", "Anna")]))


def test_header_bytes_that_are_no_text_are_a_mismatch_not_a_crash() -> None:
    request = sign("S3SigV4Auth", headers=[("x-amz-meta-a", "plain")])
    request.headers["x-amz-meta-a"] = "\udcff\udc80"
    with pytest.raises(AwsError) as caught:
        check(request)
    assert caught.value.code == "SignatureDoesNotMatch"
    assert "�" in caught.value.members["CanonicalRequest"]


@pytest.mark.parametrize(
    ("service", "target", "body"),
    [
        ("cloudtrail", "/", b'{"MaxResults": 1}'),
        ("monitoring", "/", b"Action=ListMetrics&Version=2010-08-01"),
        ("lambda", "/2015-03-31/functions/arn%3Aaws%3Alambda/policy?Qualifier=a%20b", b""),
        ("glacier", "/-/vaults/examplevault", b""),
        ("glacier", "/123/./vaults//x/../y/", b""),
    ],
)
def test_verifies_other_services_with_the_hash_of_their_body(service: str, target: str, body: bytes) -> None:
    request = sign("SigV4Auth", "POST", target, body=body, service=service)
    assert check(request, service=service, body=body).payload == hashlib.sha256(body).hexdigest()
    assert fault(request, service=service, body=body + b" ").code == "SignatureDoesNotMatch"


def test_verifies_a_presigned_url_of_another_service() -> None:
    target = "/?Action=GetCallerIdentity&Version=2011-06-15"
    check(sign("SigV4QueryAuth", "GET", target, service="sts"), service="sts")


def test_another_service_may_declare_the_hash_of_its_body() -> None:
    digest = hashlib.sha256(b"archive").hexdigest()
    headers = [("x-amz-content-sha256", digest)]
    request = sign("SigV4Auth", "POST", "/-/vaults/v/archives", headers, b"archive", service="glacier")
    assert check(request, service="glacier").payload == digest
    assert fault(request, service="glacier", body=b"other").code == "XAmzContentSHA256Mismatch"


def test_another_service_takes_no_unsigned_payload() -> None:
    headers = [("x-amz-content-sha256", UNSIGNED_PAYLOAD)]
    request = sign("SigV4Auth", "POST", "/", headers, b"{}", service="logs")
    assert fault(request, service="logs", body=b"{}").code == "SignatureDoesNotMatch"


# Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in a
# Single Chunk", examples GET Object, PUT Object, GET Bucket Lifecycle and List Objects.
AWS_EXAMPLES: list[tuple[str, str, dict[str, str], str]] = [
    (
        "GET",
        "/test.txt",
        {"range": "bytes=0-9"},
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        "PUT",
        "/test$file.text",
        {
            "date": "Fri, 24 May 2013 00:00:00 GMT",
            "x-amz-storage-class": "REDUCED_REDUNDANCY",
            "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        },
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    ("GET", "/?lifecycle", {}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    (
        "GET",
        "/?max-keys=2&prefix=J",
        {},
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
]


@pytest.mark.parametrize(("method", "target", "extra", "signature"), AWS_EXAMPLES)
def test_verifies_the_examples_of_aws(
    method: str, target: str, extra: dict[str, str], signature: str
) -> None:
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "x-amz-content-sha256": sigv4.EMPTY_SHA256,
        "x-amz-date": "20130524T000000Z",
        **extra,
    }
    names = ";".join(sorted(headers))
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20130524/us-east-1/s3/aws4_request,"
        f"SignedHeaders={names},Signature={signature}"
    )
    check(make_request(method, target, [*headers.items(), ("authorization", authorization)]))


def test_verifies_the_presigned_example_of_aws() -> None:
    target = (
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    check(make_request("GET", target, host="examplebucket.s3.amazonaws.com"))


def fault(request: Request, **options: Any) -> AwsError:
    """The error that a request is refused with."""
    with pytest.raises(AwsError) as caught:
        check(request, **options)
    return caught.value


def tampered(request: Request, **changes: Any) -> Request:
    return dataclasses.replace(request, **changes)


def with_header(request: Request, name: str, value: str | None) -> Request:
    lines = [(line, old) for line, old in request.raw_headers if line != name]
    if value is not None:
        lines.append((name, value))
    target = request.path + (f"?{request.query_string}" if request.query_string else "")
    return make_request(request.method, target, lines, host=None)


@pytest.mark.parametrize("signer", ["S3SigV4Auth", "S3SigV4QueryAuth"])
def test_every_changed_part_of_a_request_is_a_mismatch(signer: str) -> None:
    headers = [("x-amz-meta-color", "red"), ("content-type", "text/plain")]
    request = sign(signer, "PUT", "/bucket/key?versionId=1&tagging=", headers)
    check(request)
    changes = [
        tampered(request, method="GET"),
        tampered(request, path="/bucket/Key"),
        tampered(request, path="/bucket/key/"),
        tampered(request, path="/bucket//key"),
        tampered(request, query_string=request.query_string + "&acl"),
        tampered(request, query_string=request.query_string.replace("versionId=1", "versionId=2")),
        tampered(
            request, query_string=request.query_string.replace("tagging=&", "").replace("&tagging=", "")
        ),
        with_header(request, "host", "other.example.com"),
        with_header(request, "x-amz-meta-color", "blue"),
        with_header(request, "x-amz-meta-color", None),
        with_header(request, "content-type", "text/html"),
    ]
    assert {fault(change).code for change in changes} == {"SignatureDoesNotMatch"}


def test_every_flipped_bit_of_a_signature_is_a_mismatch() -> None:
    request = sign("S3SigV4Auth")
    authorization = request.headers["authorization"]
    start = len(authorization) - 64
    for place in range(start, len(authorization)):
        for bit in (1, 2, 4, 8, 16, 32):
            flipped = chr(ord(authorization[place]) ^ bit)
            changed = with_header(
                request, "authorization", authorization[:place] + flipped + authorization[place + 1 :]
            )
            assert fault(changed).status in (400, 403), (place, bit)


@pytest.mark.parametrize("cut", [1, 32, 63])
def test_a_shortened_signature_is_a_mismatch(cut: int) -> None:
    request = sign("S3SigV4Auth")
    shortened = with_header(request, "authorization", request.headers["authorization"][:-cut])
    assert fault(shortened).code == "SignatureDoesNotMatch"


def test_another_secret_is_a_mismatch_that_shows_what_was_signed_but_no_secret() -> None:
    error = fault(sign("S3SigV4Auth"), secret="another secret")
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)
    assert list(error.members) == [
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
        "CanonicalRequest",
        "CanonicalRequestBytes",
    ]
    assert error.members["AWSAccessKeyId"] == ACCESS_KEY_ID
    assert error.members["StringToSign"].startswith(
        "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
    )
    assert error.members["CanonicalRequest"].startswith(f"GET\n/bucket/key\n\nhost:{HOST}\n")
    assert bytes.fromhex(error.members["StringToSignBytes"]).decode() == error.members["StringToSign"]
    assert bytes.fromhex(error.members["CanonicalRequestBytes"]).decode() == error.members["CanonicalRequest"]
    assert "another secret" not in str(error.members)


def test_the_date_header_stands_in_for_x_amz_date() -> None:
    request = sign("S3SigV4Auth", headers=[("Date", http_date(NOW))])
    assert "x-amz-date" not in request.headers
    check(request, now=NOW + 900)
    assert fault(request, now=NOW + 901).code == "RequestTimeTooSkewed"


@pytest.mark.parametrize("seconds", [-900, 0, 900])
def test_a_clock_may_be_off_by_fifteen_minutes(seconds: int) -> None:
    check(sign("S3SigV4Auth", now=NOW + 43200), now=NOW + 43200 + seconds)


@pytest.mark.parametrize("seconds", [-901, 901])
def test_refuses_a_clock_that_is_off_by_more(seconds: int) -> None:
    error = fault(sign("S3SigV4Auth", now=NOW + 43200), now=NOW + 43200 + seconds)
    assert (error.code, error.status) == ("RequestTimeTooSkewed", 403)
    assert error.members["RequestTime"] == "20130524T120000Z"
    assert error.members["MaxAllowedSkewMilliseconds"] == "900000"
    assert error.members["ServerTime"] in ("2013-05-24T11:44:59Z", "2013-05-24T12:15:01Z")


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (NOW - 900, None),
        (NOW, None),
        (NOW + 3600, None),
        (NOW - 901, "AccessDenied"),
        (NOW + 3601, "AccessDenied"),
    ],
)
def test_a_presigned_url_holds_for_its_time_alone(now: float, code: str | None) -> None:
    request = sign("S3SigV4QueryAuth")
    if code is None:
        check(request, now=now)
    else:
        assert fault(request, now=now).code == code


def test_an_expired_url_says_when_it_ended() -> None:
    error = fault(sign("S3SigV4QueryAuth"), now=NOW + 4000)
    assert (error.message, error.status) == ("Request has expired", 403)
    assert error.members == {
        "X-Amz-Expires": "3600",
        "Expires": "2013-05-24T01:00:00Z",
        "ServerTime": "2013-05-24T01:06:40Z",
    }


def test_a_url_from_the_future_is_not_yet_valid() -> None:
    error = fault(sign("S3SigV4QueryAuth"), now=NOW - 1000)
    assert error.message == "Request is not yet valid"
    assert error.members["X-Amz-Date"] == "1369353600000"


@pytest.mark.parametrize(
    "date", [None, "", "yesterday", "2013-05-24T00:00:00Z!", "20130532T000000Z", "99999999T999999Z"]
)
def test_refuses_a_request_without_a_readable_date(date: str | None) -> None:
    error = fault(with_header(sign("S3SigV4Auth"), "x-amz-date", date))
    assert (error.code, error.status) == ("AccessDenied", 403)
    assert error.message == "AWS authentication requires a valid Date or x-amz-date header"


def test_refuses_a_scope_of_another_service() -> None:
    error = fault(sign("S3SigV4Auth", service="ec2"))
    assert (error.code, error.status) == ("AuthorizationHeaderMalformed", 400)
    assert error.message == (
        'The authorization header is malformed; incorrect service "ec2". This endpoint belongs to "s3".'
    )


@pytest.mark.parametrize("name", ["x-amz-meta-size", "x-amz-acl", "content-md5", "x-amz-security-token"])
def test_refuses_headers_that_were_not_signed(name: str) -> None:
    for signer in ("S3SigV4Auth", "S3SigV4QueryAuth"):
        error = fault(with_header(sign(signer), name, "1"))
        assert (error.code, error.status) == ("AccessDenied", 403)
        assert error.message == "There were headers present in the request which were not signed"
        assert error.members == {"HeadersNotSigned": name}


@pytest.mark.parametrize("name", ["content-type", "range", "x-amzn-trace-id", "if-match", "user-agent"])
def test_other_headers_need_no_signature(name: str) -> None:
    check(with_header(sign("S3SigV4Auth"), name, "1"))


def test_refuses_a_signature_that_does_not_cover_the_host() -> None:
    request = sign("S3SigV4Auth")
    authorization = request.headers["authorization"].replace("host;", "")
    assert fault(with_header(request, "authorization", authorization)).members == {"HeadersNotSigned": "host"}


def test_refuses_a_request_without_a_host() -> None:
    error = fault(with_header(sign("S3SigV4Auth"), "host", None))
    assert (error.code, error.status) == ("MissingSecurityHeader", 400)


def test_refuses_an_s3_request_without_a_payload_hash() -> None:
    error = fault(with_header(sign("S3SigV4Auth"), "x-amz-content-sha256", None))
    assert (error.code, error.status) == ("InvalidRequest", 400)
    assert error.message == "Missing required header for this request: x-amz-content-sha256"


@pytest.mark.parametrize("value", ["", "unsigned-payload", "0" * 63, "g" * 64, "STREAMING-NOTHING"])
def test_refuses_a_payload_hash_that_is_none(value: str) -> None:
    error = fault(with_header(sign("S3SigV4Auth"), "x-amz-content-sha256", value))
    assert (error.code, error.status) == ("InvalidArgument", 400)
    assert error.members == {"ArgumentName": "x-amz-content-sha256", "ArgumentValue": value}


@pytest.mark.parametrize("suffix", ["", "-TRAILER"])
def test_asymmetric_chunks_are_not_implemented(suffix: str) -> None:
    request = with_header(
        sign("S3SigV4Auth"), "x-amz-content-sha256", f"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD{suffix}"
    )
    assert fault(request).code == "NotImplemented"


def test_temporary_credentials_claim_their_token() -> None:
    for signer in ("S3SigV4Auth", "S3SigV4QueryAuth"):
        request = sign(signer, token="session/token+=")
        assert claim_of(request).session_token == "session/token+="
        check(request)


def test_a_changed_session_token_is_a_mismatch() -> None:
    header = with_header(sign("S3SigV4Auth", token="one"), "x-amz-security-token", "two")
    assert fault(header).code == "SignatureDoesNotMatch"
    url = sign("S3SigV4QueryAuth", token="one")
    changed = tampered(url, query_string=url.query_string.replace("Token=one", "Token=two"))
    assert fault(changed).code == "SignatureDoesNotMatch"


def test_a_presigned_url_may_name_its_payload_hash_in_the_query() -> None:
    request = sign("S3SigV4QueryAuth", "PUT", "/bucket/key?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD")
    assert check(request).payload == UNSIGNED_PAYLOAD


def test_the_key_cache_is_bounded_and_knows_secrets_apart() -> None:
    cache = KeyCache(size=3)
    claim = claim_of(sign("S3SigV4Auth"))
    first = cache.signing_key(claim, SECRET)
    assert cache.signing_key(claim, SECRET) is first
    assert cache.signing_key(claim, "other") != first
    for day in range(10):
        cache.signing_key(dataclasses.replace(claim, date=f"201305{day + 10}"), SECRET)
    assert len(cache._keys) == 3
    assert cache.signing_key(claim, SECRET) == first


def test_a_replaced_secret_no_longer_verifies_through_the_cache() -> None:
    cache = KeyCache()
    request = sign("S3SigV4Auth")
    claim = claim_of(request)
    verify(request, claim, SECRET, now=NOW, keys=cache, service="s3")
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        verify(request, claim, "replaced", now=NOW, keys=cache, service="s3")


def test_what_is_verified_does_not_show_its_key() -> None:
    verified = check(sign("S3SigV4Auth", token="the-token"))
    assert repr(verified.signing_key) not in repr(verified)
