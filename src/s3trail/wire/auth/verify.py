"""Prove a claim: that the request is in time, meant for this service and signed with the key's secret.

Input is a request's head, its `Claim` and the secret that belongs to the claimed key; output a `Verified`,
from which `payload.body_decoder` knows how the body is protected. The order of the checks is S3's: what
protects the payload, the date, the scope, the covered headers, the signature.

The payload hash is part of what SigV4 signs. S3's clients send it (`x-amz-content-sha256`), so S3's requests
are verified before their body is read and the body is held against the hash as it passes. Clients of the
other services mostly don't send it: their small documents are read first and hashed, and the hash is given as
`body_hash`. Where they do send it (uploads to Glacier), `body_hash` may be left out and the body is held
against it as S3's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from s3trail.kernel.errors import AwsError, NotImplementedByServer
from s3trail.wire.auth import sigv2, sigv4
from s3trail.wire.auth.claim import Claim
from s3trail.wire.auth.failures import (
    MAX_SKEW,
    MissingDate,
    MissingSecurityHeader,
    content_mismatch,
    malformed,
    missing_header,
    request_expired,
    request_not_yet_valid,
    scope_wrong,
    time_too_skewed,
    unsupported_payload_hash,
)
from s3trail.wire.auth.sigv4 import EMPTY_SHA256, UNSIGNED_PAYLOAD, KeyCache
from s3trail.wire.http import Request

__all__ = [
    "STREAMING_SIGNED",
    "STREAMING_SIGNED_TRAILER",
    "STREAMING_UNSIGNED_TRAILER",
    "UNSIGNED_PAYLOAD",
    "KeyCache",
    "Verified",
    "checked_payload",
    "is_sha256",
    "verify",
]

STREAMING_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
STREAMING_SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
STREAMING_UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_WORDS = frozenset({UNSIGNED_PAYLOAD, STREAMING_SIGNED, STREAMING_SIGNED_TRAILER, STREAMING_UNSIGNED_TRAILER})
_ASYMMETRIC_WORDS = frozenset(
    {"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"}
)

is_sha256 = re.compile(r"[0-9A-Fa-f]{64}").fullmatch
"""Whether a text is a SHA-256 in hex."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A claim that holds."""

    claim: Claim
    """What was claimed."""
    payload: str
    """How the body is protected: a SHA-256 in hex, `UNSIGNED-PAYLOAD` or one of the `STREAMING-` words."""
    signing_key: bytes = field(default=b"", repr=False)
    """SigV4's derived key, with which the chunks of a signed stream are signed too; empty for SigV2."""
    canonical_request: str = field(default="", repr=False)
    """SigV4's canonical request, which S3 names again when a chunk's signature is wrong. Holds the security
    token."""
    plus_is_space: bool = False
    """True: the client signed a bare `+` of the query as a space, so the query must be read so."""


def verify(
    request: Request,
    claim: Claim,
    secret: str,
    *,
    now: float,
    keys: KeyCache,
    service: str,
    bucket: str = "",
    body_hash: str | None = None,
) -> Verified:
    """Prove a claim with the secret of its access key.

    Args:
        request: the head.
        claim: what `read_claim` made of it.
        secret: secret access key.
        now: server's time, epoch seconds.
        keys: cache of derived keys.
        service: signing name of the addressed service (`s3`, `cloudtrail`, `monitoring`, …).
        bucket: S3's bucket if it came in the host name, else empty (SigV2 signs it).
        body_hash: hex SHA-256 of the body that was read; for services besides S3. None: the body is empty, or
            will be held against `x-amz-content-sha256` by `body_decoder`.

    Raises:
        AwsError: as listed in `failures`, in S3's words (`failures.for_protocol` for the other services).
    """
    if claim.version == "SigV2":
        return _verify_v2(request, claim, secret, now, service, bucket)
    s3 = service == "s3"
    payload = _s3_payload(request, claim) if s3 else _document_payload(request, body_hash)
    _check_time(claim, now)
    if claim.service != service:
        reason = f'incorrect service "{claim.service}". This endpoint belongs to "{service}".'
        raise scope_wrong(claim.method, reason)
    if "host" not in request.headers:
        raise MissingSecurityHeader(MissingHeaderName="host")
    sigv4.check_signed_headers(request, claim)
    signing_key = keys.signing_key(claim, secret)
    signed = sigv4.check_signature(request, claim, signing_key, payload_hash=payload, s3=s3)
    return Verified(claim, payload, signing_key, signed.canonical_request, signed.plus_is_space)


def _verify_v2(
    request: Request, claim: Claim, secret: str, now: float, service: str, bucket: str
) -> Verified:
    if service != "s3":
        raise malformed("AuthHeader", "this service takes Signature Version 4 only.")
    payload = request.headers.get("x-amz-content-sha256", UNSIGNED_PAYLOAD)
    checked_payload(payload)
    _check_time(claim, now)
    sigv2.check_signature(request, claim, secret, bucket)
    return Verified(claim, payload)


def _check_time(claim: Claim, now: float) -> None:
    start = claim.timestamp
    if claim.method == "QueryString":
        expires = claim.expires or 0
        if start is None:
            if now > expires:
                raise request_expired(expires, now, None)
        elif start - now > MAX_SKEW:
            raise request_not_yet_valid(start, start + expires, now)
        elif now - start > expires:
            raise request_expired(start + expires, now, str(expires))
    elif start is None:
        raise MissingDate
    elif abs(now - start) > MAX_SKEW:
        raise time_too_skewed(claim.stamp, start, now)


def _s3_payload(request: Request, claim: Claim) -> str:
    """The last line of S3's canonical request."""
    payload = request.headers.get("x-amz-content-sha256")
    if payload is None:
        if claim.method == "AuthHeader":
            raise missing_header("x-amz-content-sha256")
        # Some SDKs put it beside the other parameters of a presigned URL.
        return checked_payload(request.query_value("X-Amz-Content-Sha256") or UNSIGNED_PAYLOAD)
    return checked_payload(payload)


def checked_payload(payload: str) -> str:
    """An `x-amz-content-sha256`, if it is one that S3 takes.

    Raises:
        AwsError: InvalidArgument, or NotImplemented for chunks signed with SigV4A.
    """
    if payload not in _WORDS and not is_sha256(payload):
        raise _asymmetric() if payload in _ASYMMETRIC_WORDS else unsupported_payload_hash(payload)
    return payload


def _asymmetric() -> AwsError:
    return NotImplementedByServer(
        "A header or query you provided implies functionality that is not implemented: chunks signed with "
        "AWS4-ECDSA-P256-SHA256"
    )


def _document_payload(request: Request, body_hash: str | None) -> str:
    """The last line of the other services' canonical request; a body without a hash isn't taken from them."""
    declared = request.headers.get("x-amz-content-sha256", "")
    if not is_sha256(declared):
        return body_hash or EMPTY_SHA256
    if body_hash is not None and body_hash != declared.lower():
        raise content_mismatch(declared, body_hash)
    return declared
