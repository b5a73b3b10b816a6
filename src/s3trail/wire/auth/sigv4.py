"""Signature Version 4: the canonical request, the derived key, and whether a claim's signature is theirs.

    signature         = hex(HMAC(key, string to sign))
    key               = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
    string to sign    = "AWS4-HMAC-SHA256" LF timestamp LF scope LF hex(SHA256(canonical request))
    scope             = date "/" region "/" service "/aws4_request"
    canonical request = method LF URI LF query LF (name ":" value LF)* LF signed header names LF payload hash

Sources: AWS IAM User Guide, "Create a signed AWS API request"; Amazon S3 API Reference, "Signature
Calculations for the Authorization Header". botocore's `auth` module is the other half in the tests.

Where clients differ, a request verifies if it was signed in any of these forms:

- URI, S3: the decoded path encoded once (only `A-Z a-z 0-9 - . _ ~ /` stay), or the path exactly as sent.
  Nothing is normalised: `//` and `..` belong to the key. Other services: empty and dot segments are removed,
  and the path as sent is encoded again.
- Query: names and values decoded and encoded once. A bare `+` is a plus sign or, to clients that build forms,
  a space; `Signed.plus_is_space` tells which one was signed, and the request must be read accordingly.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from s3trail.wire.auth.claim import ALGORITHM, Claim
from s3trail.wire.auth.failures import HeadersNotSigned, signature_mismatch
from s3trail.wire.http import Request

__all__ = [
    "EMPTY_SHA256",
    "UNSIGNED_PAYLOAD",
    "KeyCache",
    "Signed",
    "canonical_path",
    "canonical_query",
    "check_signature",
    "check_signed_headers",
    "scope",
    "timestamp",
]

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

_UNRESERVED = "-._~"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/]*").fullmatch
_PLAIN = re.compile(r"[A-Za-z0-9\-._~]*").fullmatch
_RUNS = re.compile(r"[ \t]+")


class KeyCache:
    """Derived signing keys, so that a request costs one HMAC and not five.

    A key serves one access key, secret, day, region and service. The oldest entry goes when the cache is
    full. Lookups take no lock (dict reads are atomic); `_lock` guards changes, so that any thread may call.

    Args:
        size: how many keys are kept.
    """

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._keys: dict[tuple[str, str, str, str, str], bytes] = {}
        self._lock = threading.Lock()

    def signing_key(self, claim: Claim, secret: str) -> bytes:
        """The key that signs requests of the claim's scope; 32 bytes."""
        # The secret is part of the name: a key of a replaced secret must not be found again.
        name = (claim.access_key_id, secret, claim.date, claim.region, claim.service)
        key = self._keys.get(name)
        if key is None:
            key = _derive(secret, claim.date, claim.region, claim.service)
            with self._lock:
                while len(self._keys) >= self._size:
                    del self._keys[next(iter(self._keys))]
                self._keys[name] = key
        return key


def _derive(secret: str, date: str, region: str, service: str) -> bytes:
    key = _encode("AWS4" + secret)
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, _encode(part), "sha256")
    return key


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Signed:
    """The form in which a request turned out to be signed."""

    canonical_request: str
    """The canonical request."""
    plus_is_space: bool
    """Whether a bare `+` in the query was signed as a space."""


def check_signature(
    request: Request, claim: Claim, signing_key: bytes, *, payload_hash: str, s3: bool
) -> Signed:
    """Compare the claim's signature with the one that its secret gives.

    Args:
        request: the head that was signed.
        claim: its SigV4 claim.
        signing_key: from `KeyCache`.
        payload_hash: last line of the canonical request.
        s3: whether paths are canonicalised in S3's way.

    Raises:
        SignatureDoesNotMatch: with the form that this server prefers.
    """
    path = canonical_path(request.path, s3)
    query, spaced_query = _queries(request.query_string, claim.method == "QueryString")
    tail = _tail(request, claim.signed_headers, payload_hash)
    canonical_request = f"{request.method}\n{path}\n{query}\n{tail}"
    signature = _encode(claim.signature)
    if hmac.compare_digest(_signature(signing_key, claim, canonical_request), signature):
        return Signed(canonical_request, plus_is_space=False)
    paths = (path, request.path) if s3 and request.path != path else (path,)
    queries = (query, spaced_query) if spaced_query != query else (query,)
    for other_path in paths:
        for other_query in queries:
            other = f"{request.method}\n{other_path}\n{other_query}\n{tail}"
            if hmac.compare_digest(_signature(signing_key, claim, other), signature):
                return Signed(other, plus_is_space=other_query != query)
    string_to_sign = _string_to_sign(claim, canonical_request)
    raise signature_mismatch(claim.access_key_id, string_to_sign, claim.signature, canonical_request)


def _signature(signing_key: bytes, claim: Claim, canonical_request: str) -> bytes:
    string_to_sign = _string_to_sign(claim, canonical_request)
    return hmac.digest(signing_key, _encode(string_to_sign), "sha256").hex().encode()


def _string_to_sign(claim: Claim, canonical_request: str) -> str:
    digest = hashlib.sha256(_encode(canonical_request)).hexdigest()
    return f"{ALGORITHM}\n{timestamp(claim)}\n{scope(claim)}\n{digest}"


def scope(claim: Claim) -> str:
    """`20130524/us-east-1/s3/aws4_request`."""
    return f"{claim.date}/{claim.region}/{claim.service}/aws4_request"


def timestamp(claim: Claim) -> str:
    """`20130524T000000Z`, which is signed so even where the Date header is in words."""
    stamp = claim.stamp
    if len(stamp) == 16 or claim.timestamp is None:
        return stamp
    second = int(claim.timestamp) % 86400
    return f"{claim.date}T{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}Z"


def canonical_path(path: str, s3: bool) -> str:
    """The URI of the canonical request.

    Args:
        path: raw path as sent; empty counts as `/`.
        s3: S3's way (encoded once, nothing normalised), or that of the other services.
    """
    if not s3:
        return _normalized_path(path)
    if _PLAIN_PATH(path):
        return path or "/"
    return quote(unquote_to_bytes(_encode(path)), safe="/" + _UNRESERVED)


@lru_cache(maxsize=1024)
def _normalized_path(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment and segment != ".":
            kept.append(segment)
    slash = "/" if path.endswith("/") and kept else ""
    return quote(_encode("/" + "/".join(kept) + slash), safe="/" + _UNRESERVED)


def canonical_query(query_string: str, *, presigned: bool, plus_is_space: bool = False) -> str:
    """The query of the canonical request: encoded, sorted by name and then by value.

    Args:
        query_string: raw query as sent, without `?`.
        presigned: leave `X-Amz-Signature` out, which can't be part of what it signs.
        plus_is_space: read a bare `+` as a space.
    """
    if plus_is_space:
        query_string = query_string.replace("+", "%20")
    pairs = []
    for part in query_string.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if not _PLAIN(name):
            name = _encode_again(name)
        if not _PLAIN(value):
            value = _encode_again(value)
        if presigned and name == "X-Amz-Signature":
            continue
        pairs.append((name, value))
    pairs.sort()
    return "&".join([f"{name}={value}" for name, value in pairs])


def _encode_again(text: str) -> str:
    return quote(unquote_to_bytes(_encode(text)), safe=_UNRESERVED)


def _queries(query_string: str, presigned: bool) -> tuple[str, str]:
    """The canonical query with `+` read as a plus sign, and as a space."""
    if not query_string:
        return "", ""
    query = canonical_query(query_string, presigned=presigned)
    if "+" not in query_string:
        return query, query
    return query, canonical_query(query_string, presigned=presigned, plus_is_space=True)


def _tail(request: Request, signed_headers: tuple[str, ...], payload_hash: str) -> str:
    """The canonical request after its query: headers, their names, payload hash."""
    headers = request.headers
    repeated = len(headers) != len(request.raw_headers)
    lines = []
    for name in signed_headers:
        value = headers.get(name, "")
        if repeated and "," in value:
            value = ",".join([_trim(line) for line_name, line in request.raw_headers if line_name == name])
        elif " " in value or "\t" in value:
            value = _trim(value)
        lines.append(f"{name}:{value}\n")
    return f"{''.join(lines)}\n{';'.join(signed_headers)}\n{payload_hash}"


def _trim(value: str) -> str:
    return _RUNS.sub(" ", value).strip(" ")


def check_signed_headers(request: Request, claim: Claim) -> None:
    """Refuse a request that carries headers which its signature must cover and doesn't.

    They are Host, Content-MD5 and every `x-amz-` header but `x-amz-content-sha256`, which is signed as the
    payload hash (Amazon S3 API Reference, "Signature Calculations for the Authorization Header", canonical
    headers).

    Raises:
        HeadersNotSigned: naming them.
    """
    signed = claim.signed_headers
    unsigned = [
        name
        for name in request.headers
        if name not in signed
        and (name == "host" or name == "content-md5" or name.startswith("x-amz-"))
        and name != "x-amz-content-sha256"
    ]
    if "host" not in signed and "host" not in unsigned:
        unsigned.append("host")
    if unsigned:
        raise HeadersNotSigned(HeadersNotSigned=", ".join(sorted(unsigned)))
