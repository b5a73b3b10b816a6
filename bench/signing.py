"""S3 requests signed before the clock starts, as the bytes that go on the wire.

Every request carries a SigV4 `Authorization` header, as SDKs send it. The signature holds 15 minutes from its
making, longer than any one measurement; each measurement signs its own requests.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from urllib.parse import quote

__all__ = ["UNSIGNED_PAYLOAD", "Credentials", "Request", "signed_request"]

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request is signed with."""

    access_key_id: str
    secret_access_key: str
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class Request:
    """One prepared request."""

    head: bytes
    """Request line, headers and the empty line."""
    body: memoryview
    """The payload; empty for GET."""


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed_request(
    credentials: Credentials,
    host: str,
    method: str,
    path: str,
    body: bytes | memoryview = b"",
    *,
    query: tuple[tuple[str, str], ...] = (),
    payload_hash: str | None = None,
    service: str = "s3",
    headers: tuple[tuple[str, str], ...] = (),
    now: float | None = None,
) -> Request:
    """A request in bytes.

    Args:
        credentials: the key pair and region of the scope.
        host: the Host header, `127.0.0.1:9000`.
        method: HTTP method.
        path: decoded path, `/bucket/key`.
        body: the payload.
        query: decoded pairs.
        payload_hash: `x-amz-content-sha256`; the body's SHA-256 when None.
        service: signing name of the scope.
        headers: further headers, signed too; lower-case names.
        now: epoch seconds of the signature; the present when None.
    """
    moment = time.gmtime(time.time() if now is None else now)
    date, stamp = time.strftime("%Y%m%d", moment), time.strftime("%Y%m%dT%H%M%SZ", moment)
    digest = payload_hash or hashlib.sha256(body).hexdigest()
    signed = sorted([("host", host), ("x-amz-content-sha256", digest), ("x-amz-date", stamp), *headers])
    names = ";".join(name for name, _ in signed)
    encoded_path = quote(path, safe="/-_.~")
    encoded_query = "&".join(
        sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)
    )
    canonical = "\n".join(
        [
            method,
            encoded_path,
            encoded_query,
            *(f"{name}:{value}" for name, value in signed),
            "",
            names,
            digest,
        ]
    )
    scope = f"{date}/{credentials.region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = _hmac(
        _hmac(
            _hmac(_hmac(f"AWS4{credentials.secret_access_key}".encode(), date), credentials.region), service
        ),
        "aws4_request",
    )
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    target = f"{encoded_path}?{encoded_query}" if encoded_query else encoded_path
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in signed),
        f"authorization: {authorization}",
    ]
    if body or method in {"PUT", "POST"}:
        lines.append(f"content-length: {len(body)}")
    return Request(("\r\n".join(lines) + "\r\n\r\n").encode(), memoryview(body))
