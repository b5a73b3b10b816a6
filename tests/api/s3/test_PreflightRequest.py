"""PreflightRequest: a browser asks by OPTIONS, and other answers carry the headers of the rule that fits."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from s3trail.testing.server import Record, Server

_RULES = {
    "CORSRules": [
        {
            "AllowedMethods": ["GET", "PUT"],
            "AllowedOrigins": ["https://*.example.com"],
            "AllowedHeaders": ["x-amz-*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 60,
        },
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]},
    ]
}


@contextmanager
def _call(
    server: Server, method: str, path: str, headers: dict[str, str]
) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        yield connection.getresponse()
    finally:
        connection.close()


def _record(server: Server, answer: http.client.HTTPResponse) -> Record:
    return server.record_of(answer.getheader("x-amz-request-id") or "")


@pytest.fixture
def shared(s3: Any, bucket: str) -> str:
    """A bucket with CORS rules and the object `k`."""
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=_RULES)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    return bucket


def test_is_answered_by_the_rule_that_fits(server: Server, shared: str) -> None:
    headers = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "X-Amz-Date, x-amz-acl",
    }
    with _call(server, "OPTIONS", f"/{shared}/k", headers) as answer:
        assert answer.status == 200
        assert answer.read() == b""
        assert answer.getheader("Access-Control-Allow-Origin") == "https://app.example.com"
        assert answer.getheader("Access-Control-Allow-Methods") == "GET, PUT"
        assert answer.getheader("Access-Control-Allow-Headers") == "x-amz-date, x-amz-acl"
        assert answer.getheader("Access-Control-Max-Age") == "60"
        assert answer.getheader("Access-Control-Allow-Credentials") == "true"
    record = _record(server, answer)
    assert record["eventName"] == "PreflightRequest"
    assert record["eventCategory"] == "Data"
    assert record["readOnly"] is True
    assert record["userIdentity"]["principalId"] == "ANONYMOUS_PRINCIPAL"
    assert record["requestParameters"]["key"] == "k"
    assert "errorCode" not in record


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        (
            {"Origin": "https://example.org", "Access-Control-Request-Method": "PUT"},
            403,
            "AccessForbidden",
        ),
        (
            {
                "Origin": "https://app.example.com",
                "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "x-other",
            },
            403,
            "AccessForbidden",
        ),
        ({"Access-Control-Request-Method": "PUT"}, 400, "BadRequest"),
        ({"Origin": "https://app.example.com"}, 400, "BadRequest"),
        ({"Origin": "https://a.org", "Access-Control-Request-Method": "PATCH"}, 400, "BadRequest"),
    ],
)
def test_refuses_what_no_rule_allows(
    server: Server, shared: str, headers: dict[str, str], status: int, code: str
) -> None:
    with _call(server, "OPTIONS", f"/{shared}/k", headers) as answer:
        assert answer.status == status
        assert f"<Code>{code}</Code>" in answer.read().decode()
        assert answer.getheader("Access-Control-Allow-Origin") is None
    assert _record(server, answer)["errorCode"] == code


def test_refuses_where_there_are_no_rules(server: Server, bucket: str) -> None:
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    for name in (bucket, "nobody-made-this"):
        with _call(server, "OPTIONS", f"/{name}/k", headers) as answer:
            assert answer.status == 403
        record = _record(server, answer)
        assert record["errorMessage"] == "CORSResponse: CORS is not enabled for this bucket."


def test_other_answers_carry_the_headers(server: Server, shared: str) -> None:
    with _call(server, "GET", f"/{shared}/k", {"Origin": "https://example.org"}) as answer:
        # Refused, since it isn't signed; a browser must be able to see that.
        assert answer.status == 403
        assert answer.getheader("Access-Control-Allow-Origin") == "*"
    with _call(server, "GET", f"/{shared}/k", {}) as answer:
        assert answer.getheader("Access-Control-Allow-Origin") is None
    with _call(server, "DELETE", f"/{shared}/k", {"Origin": "https://example.org"}) as answer:
        assert answer.getheader("Access-Control-Allow-Origin") is None
