"""Requests as botocore signs them, turned into what a server receives."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from s3trail.wire.auth.claim import Claim, read_claim
from s3trail.wire.auth.verify import KeyCache, Verified, verify
from s3trail.wire.http import Request, parse_query

NOW = 1369353600.0
"""2013-05-24T00:00:00Z, the day of AWS's own examples."""
ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HOST = "s3.example.com:9000"
KEYS = KeyCache()


def make_request(
    method: str, target: str, headers: Sequence[tuple[str, str]] = (), host: str | None = HOST
) -> Request:
    """A request as the edge makes it from a target (path and query) and header lines."""
    path, _, query_string = target.partition("?")
    lines = [(name.lower(), value) for name, value in headers]
    if host is not None and all(name != "host" for name, _ in lines):
        lines.insert(0, ("host", host))
    joined: dict[str, str] = {}
    for name, value in lines:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return Request(method, path, query_string, joined, lines, parse_query(query_string))


@contextlib.contextmanager
def clock(now: float) -> Iterator[None]:
    """botocore's clock, stopped."""
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    with (
        mock.patch.object(botocore.auth, "get_current_datetime", return_value=moment),
        mock.patch.object(botocore.auth, "formatdate", return_value=http_date(now)),
        mock.patch("time.time", return_value=now),
    ):
        yield


def http_date(now: float) -> str:
    return datetime.datetime.fromtimestamp(now, datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def sign(
    signer: str,
    method: str = "GET",
    target: str = "/bucket/key",
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    service: str = "s3",
    region: str = "us-east-1",
    secret: str = SECRET,
    token: str | None = None,
    now: float = NOW,
    auth_path: str | None = None,
    host: str = HOST,
    **context: Any,
) -> Request:
    """A request signed by one of botocore's signers, such as `S3SigV4Auth`."""
    request = AWSRequest(method, f"http://{host}{target}", data=body, auth_path=auth_path)
    for name, value in headers:
        request.headers.add_header(name, value)
    request.context.update(context)
    credentials = Credentials(ACCESS_KEY_ID, secret, token)
    make = getattr(botocore.auth, signer)
    if signer == "HmacV1QueryAuth":
        auth = make(credentials)
    else:
        auth = make(credentials, service, region)
    with clock(now):
        auth.add_auth(request)
    url = urlsplit(request.url)
    signed = [(name, str(value)) for name, value in request.headers.items()]
    return make_request(method, url.path + (f"?{url.query}" if url.query else ""), signed, host)


def claim_of(request: Request) -> Claim:
    claim = read_claim(request)
    assert claim is not None
    return claim


def check(
    request: Request,
    *,
    secret: str = SECRET,
    now: float = NOW,
    service: str = "s3",
    bucket: str = "",
    body: bytes | None = None,
) -> Verified:
    """Read the claim and verify it."""
    return verify(
        request,
        claim_of(request),
        secret,
        now=now,
        keys=KEYS,
        service=service,
        bucket=bucket,
        body_hash=None if body is None else hashlib.sha256(body).hexdigest(),
    )
