"""What requests claim of who signed them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.auth.signed_requests import NOW, claim_of, make_request, sign

from s3trail.kernel.errors import AwsError
from s3trail.wire.auth.claim import Claim, parse_date, read_claim, wrong_region
from s3trail.wire.http import Request

SCOPE = "20130524/us-east-1/s3/aws4_request"
HEADER = f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE}, SignedHeaders=host;x-amz-date, Signature=abc123"
URL = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": f"AKID/{SCOPE}".replace("/", "%2F"),
    "X-Amz-Date": "20130524T000000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "abc123",
}


def header(value: str, target: str = "/b/k") -> Request:
    return make_request("GET", target, [("Authorization", value), ("x-amz-date", "20130524T000000Z")])


def url(**changes: str | None) -> Request:
    parameters = {**URL, **{"X-Amz-" + name: value for name, value in changes.items()}}
    pairs = [f"{name}={value}" for name, value in parameters.items() if value is not None]
    return make_request("GET", "/b/k?" + "&".join(pairs))


def refusal(request: Request) -> AwsError:
    with pytest.raises(AwsError) as caught:
        read_claim(request)
    return caught.value


@pytest.mark.parametrize(
    "target",
    ["/", "/b/k", "/b?prefix=Signature", "/b?list-type=2&prefix=X-Amz-Algorithm", "/b?AWSAccessKeyId=x"],
)
def test_a_request_without_signature_is_anonymous(target: str) -> None:
    assert read_claim(make_request("GET", target)) is None


def test_an_empty_authorization_header_is_anonymous() -> None:
    assert read_claim(make_request("GET", "/", [("Authorization", "")])) is None


def test_reads_a_sigv4_header() -> None:
    assert claim_of(header(HEADER)) == Claim(
        access_key_id="AKID",
        version="SigV4",
        method="AuthHeader",
        region="us-east-1",
        service="s3",
        date="20130524",
        signed_headers=("host", "x-amz-date"),
        signature="abc123",
        session_token="",
        timestamp=NOW,
        stamp="20130524T000000Z",
        expires=None,
    )


@pytest.mark.parametrize(
    "value",
    [
        f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE},SignedHeaders=host;x-amz-date,Signature=abc123",
        f"AWS4-HMAC-SHA256  Signature=abc123,  Credential=AKID/{SCOPE},SignedHeaders=Host;X-Amz-Date",
        f"AWS4-HMAC-SHA256 SignedHeaders=host;x-amz-date, Signature=abc123, Credential=AKID/{SCOPE}",
        HEADER + " ",
    ],
)
def test_components_come_in_any_order_and_spacing(value: str) -> None:
    assert claim_of(header(value)) == claim_of(header(HEADER))


def test_reads_a_sigv4_url() -> None:
    request = url(**{"Security-Token": "to%2Fken"})
    assert claim_of(request) == Claim(
        "AKID",
        "SigV4",
        "QueryString",
        "us-east-1",
        "s3",
        "20130524",
        ("host",),
        "abc123",
        "to/ken",
        NOW,
        "20130524T000000Z",
        60,
    )


def test_reads_a_sigv2_header() -> None:
    date = "Fri, 24 May 2013 00:00:00 GMT"
    request = make_request("GET", "/", [("Authorization", "AWS AKID:c2ln+/="), ("Date", date)])
    expected = Claim("AKID", "SigV2", "AuthHeader", "", "", "", (), "c2ln+/=", "", NOW, date, None)
    assert claim_of(request) == expected


def test_reads_a_sigv2_url() -> None:
    request = make_request("GET", "/b/k?AWSAccessKeyId=AKID&Expires=1369353700&Signature=c2ln%2B%2F%3D")
    expected = Claim(
        "AKID", "SigV2", "QueryString", "", "", "", (), "c2ln+/=", "", None, "1369353700", 1369353700
    )
    assert claim_of(request) == expected


PREFIX = "The authorization header is malformed; "


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (HEADER.replace(f"Credential=AKID/{SCOPE}, ", ""), "three components"),
        (HEADER.replace("SignedHeaders=host;x-amz-date, ", ""), "three components"),
        (HEADER.replace(", Signature=abc123", ""), "three components"),
        (HEADER.replace("abc123", ""), "three components"),
        (HEADER.replace("SignedHeaders=", "SignedHeaders"), '"SignedHeadershost;x-amz-date" is malformed'),
        (HEADER.replace("/us-east-1", ""), "the Credential is mal-formed"),
        (HEADER.replace("AKID/", "/"), "the Credential is mal-formed"),
        (HEADER.replace("AKID/", "AK/ID/"), "the Credential is mal-formed"),
        (HEADER.replace("/us-east-1/", "//"), "a non-empty region must be provided"),
        (HEADER.replace("/20130524/", "/2013052/"), 'incorrect date format "2013052"'),
        (HEADER.replace("/20130524/", "/20130532/"), 'incorrect date format "20130532"'),
        (HEADER.replace("/20130524/", "/²0130524/"), "incorrect date format"),
        (HEADER.replace("/20130524/", "/20130523/"), "Date is not the same as X-Amz-Date"),
        (HEADER.replace("aws4_request", "aws4_reques"), 'incorrect terminal "aws4_reques"'),
    ],
)
def test_refuses_a_malformed_sigv4_header(value: str, message: str) -> None:
    error = refusal(header(value))
    assert (error.code, error.status) == ("AuthorizationHeaderMalformed", 400)
    assert error.message.startswith(PREFIX)
    assert message in error.message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Bearer secret-token", "Unsupported Authorization Type"),
        ("AWS4-HMAC-SHA512 Credential=x", "Unsupported Authorization Type"),
        ("secret-token", "Authorization header is invalid -- one and only one ' ' (space) required"),
        ("AWS  AKID:sig", "Authorization header is invalid -- one and only one ' ' (space) required"),
        ("AWS AKID", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
        ("AWS AKID:", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
        ("AWS :sig", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
        ("AWS AKID:a:b", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
    ],
)
def test_refuses_other_authorization_headers(value: str, message: str) -> None:
    error = refusal(make_request("GET", "/", [("Authorization", value)]))
    assert (error.code, error.status, error.message) == ("InvalidArgument", 400, message)
    assert error.members["ArgumentName"] == "Authorization"


def test_an_error_repeats_no_bearer_token() -> None:
    error = refusal(make_request("GET", "/", [("Authorization", "Bearer secret-token")]))
    assert "secret-token" not in str(error.members)


@pytest.mark.parametrize(
    "target",
    ["/?X-Amz-Algorithm=AWS4-HMAC-SHA256", "/?Signature=x", "/?X-Amz-Algorithm=a&Signature=b"],
)
def test_refuses_two_ways_of_signing_at_once(target: str) -> None:
    error = refusal(header(HEADER, target))
    assert (error.code, error.status) == ("InvalidArgument", 400)
    assert error.message.startswith("Only one auth mechanism allowed; only the X-Amz-Algorithm query")
    assert error.members == {"ArgumentName": "Authorization", "ArgumentValue": "AWS4-HMAC-SHA256"}


def test_refuses_both_kinds_of_url_at_once() -> None:
    error = refusal(make_request("GET", "/?X-Amz-Algorithm=a&Signature=b"))
    assert error.members == {"ArgumentName": "Authorization"}


@pytest.mark.parametrize("name", [name for name in URL if name != "X-Amz-Algorithm"])
def test_refuses_a_url_that_lacks_a_parameter(name: str) -> None:
    error = refusal(url(**{name.removeprefix("X-Amz-"): None}))
    assert (error.code, error.status) == ("AuthorizationQueryParametersError", 400)
    assert error.message.startswith("Query-string authentication version 4 requires the X-Amz-Algorithm,")


CREDENTIAL = "Error parsing the X-Amz-Credential parameter; "


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Algorithm", "AWS4-HMAC-SHA1", "X-Amz-Algorithm only supports"),
        ("Date", "2013-05-24T00:00:00Z", "X-Amz-Date must be in the ISO8601 Long Format"),
        ("Date", "20130524T250000Z", "X-Amz-Date must be in the ISO8601 Long Format"),
        ("Expires", "604801", "X-Amz-Expires must be less than a week (in seconds)"),
        ("Expires", "-1", "X-Amz-Expires must be non-negative"),
        ("Expires", "1h", "X-Amz-Expires should be a number"),
        ("Expires", "9" * 30, "X-Amz-Expires should be a number"),
        ("Expires", "", "X-Amz-Expires should be a number"),
        ("Credential", "AKID/20130524/us-east-1/s3", CREDENTIAL + "the Credential is mal-formed"),
        ("Credential", f"AKID/{SCOPE}x", CREDENTIAL + 'incorrect terminal "aws4_requestx"'),
        ("Credential", f"AKID/{SCOPE}".replace("24/", "23/"), 'Invalid credential date "20130523"'),
    ],
)
def test_refuses_a_url_with_a_broken_parameter(name: str, value: str, message: str) -> None:
    error = refusal(url(**{name: value}))
    assert (error.code, error.status) == ("AuthorizationQueryParametersError", 400)
    assert message in error.message


@pytest.mark.parametrize("seconds", ["1", "604800"])
def test_a_url_may_hold_from_a_second_to_a_week(seconds: str) -> None:
    assert claim_of(url(Expires=seconds)).expires == int(seconds)


@pytest.mark.parametrize("query", ["Signature=x", "Signature=x&Expires=1", "Signature=x&AWSAccessKeyId=A"])
def test_refuses_a_sigv2_url_that_lacks_a_parameter(query: str) -> None:
    error = refusal(make_request("GET", f"/?{query}"))
    assert (error.code, error.status) == ("AccessDenied", 403)
    assert error.message == (
        "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
    )


@pytest.mark.parametrize("expires", ["", "soon", "1e9", "-1", "99999999999"])
def test_refuses_a_sigv2_url_whose_end_is_no_number(expires: str) -> None:
    error = refusal(make_request("GET", f"/?Signature=x&AWSAccessKeyId=A&Expires={expires}"))
    assert error.message == f"Invalid date (should be seconds since epoch): {expires}"


def test_asymmetric_signatures_are_not_implemented() -> None:
    error = refusal(header(HEADER.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")))
    assert (error.code, error.status) == ("NotImplemented", 501)
    assert refusal(url(Algorithm="AWS4-ECDSA-P256-SHA256")).code == "NotImplemented"


def test_a_wrong_region_is_named_with_the_right_one() -> None:
    error = wrong_region(claim_of(header(HEADER)), "eu-west-1")
    assert (error.code, error.status) == ("AuthorizationHeaderMalformed", 400)
    assert error.message == PREFIX + "the region 'us-east-1' is wrong; expecting 'eu-west-1'"
    assert error.members == {"Region": "eu-west-1"}
    error = wrong_region(claim_of(url()), "eu-west-1")
    assert error.code == "AuthorizationQueryParametersError"
    assert error.message == CREDENTIAL + "the region 'us-east-1' is wrong; expecting 'eu-west-1'"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20130524T000000Z", NOW),
        ("Fri, 24 May 2013 00:00:00 GMT", NOW),
        ("Fri, 24 May 2013 02:00:00 +0200", NOW),
        ("Friday, 24-May-13 00:00:00 GMT", NOW),
        ("20130524T000000", None),
        ("20130229T000000Z", None),
        ("", None),
    ],
)
def test_reads_dates(text: str, seconds: float | None) -> None:
    assert parse_date(text) == seconds


@given(text=st.text(alphabet=st.characters(max_codepoint=0x17F), max_size=40), month=st.integers(-1, 99))
def test_any_text_is_a_date_or_none(text: str, month: int) -> None:
    for candidate in (
        text,
        f"Fri, {text} May 2013 {text}",
        f"2013{month:02d}24T000000Z",
        f"1 Jan {text} {month}",
    ):
        seconds = parse_date(candidate)
        assert seconds is None or isinstance(seconds, float)


def test_a_claim_does_not_show_its_secrets() -> None:
    shown = repr(claim_of(sign("S3SigV4QueryAuth", token="the-session-token")))
    assert "the-session-token" not in shown
    assert "signature" not in shown


@given(authorization=st.text(max_size=60), query=st.text(max_size=60))
def test_any_text_is_read_or_refused(authorization: str, query: str) -> None:
    for prefix in ("", "AWS4-HMAC-SHA256 ", "AWS "):
        request = make_request(
            "GET", f"/?Signature=&X-Amz-{query}", [("Authorization", prefix + authorization)]
        )
        assert_read_or_refused(request)
        assert_read_or_refused(make_request("GET", "/", [("Authorization", prefix + authorization)]))


def assert_read_or_refused(request: Request) -> None:
    with contextlib.suppress(AwsError):
        claim = read_claim(request)
        assert claim is None or claim.access_key_id


def test_botocore_claims_its_scope() -> None:
    claim = claim_of(sign("SigV4Auth", service="logs", region="eu-central-1"))
    assert (claim.service, claim.region, claim.date) == ("logs", "eu-central-1", "20130524")
