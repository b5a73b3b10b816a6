"""Signature Version 2 of S3: what old clients sign, and whether a claim's signature is theirs.

    signature      = base64(HMAC-SHA1(secret, string to sign))
    string to sign = method LF Content-MD5 LF Content-Type LF date LF (x-amz- name ":" value LF)* resource

The date line is the Date header, empty beside an `x-amz-date` (which is among the x-amz- headers), and in a
URL its `Expires`. The resource is `/bucket/key`, percent-encoded as sent, with the bucket also when it came
in the host name, followed by the query's subresources in order, their values decoded.

Source: Amazon S3 User Guide, "Signing and authenticating REST requests"; botocore's `HmacV1Auth` in the
tests.
"""

from __future__ import annotations

import base64
import hmac
from urllib.parse import unquote

from s3trail.wire.auth.claim import Claim
from s3trail.wire.auth.failures import signature_mismatch
from s3trail.wire.http import Request

__all__ = ["SUBRESOURCES", "check_signature"]

# fmt: off
SUBRESOURCES = frozenset(
    {
        "accelerate", "acl", "analytics", "attributes", "cors", "defaultObjectAcl", "delete",
        "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle", "location",
        "logging", "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable",
        "metadataTable", "metrics", "notification", "object-lock", "ownershipControls",
        "partNumber", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication",
        "requestPayment", "response-cache-control", "response-content-disposition",
        "response-content-encoding", "response-content-language", "response-content-type",
        "response-expires", "restore", "retention", "select", "select-type", "session",
        "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning",
        "versions", "website",
    }
)
# fmt: on
"""Query names that the signature covers. Every name that chooses an operation is here, those too that are
younger than SigV2: what isn't covered could be added to a signed URL, and would make it another call."""


def check_signature(request: Request, claim: Claim, secret: str, bucket: str) -> None:
    """Compare the claim's signature with the one that its secret gives.

    Args:
        request: the head that was signed.
        claim: its SigV2 claim.
        secret: the claimed key's secret.
        bucket: the bucket's name if it came in the host name, else empty.

    Raises:
        SignatureDoesNotMatch: with what was signed here.
    """
    head = _string_to_sign_head(request, claim)
    path = f"/{bucket}{request.path}" if bucket else request.path or "/"
    subresources = _subresources(request.query_string)
    string_to_sign = head + path + subresources
    if _holds(secret, string_to_sign, claim.signature):
        return
    # botocore signs `/bucket/` where it sends `/bucket`; both mean the bucket.
    if (
        path.count("/") == 1
        and len(path) > 1
        and _holds(secret, f"{head}{path}/{subresources}", claim.signature)
    ):
        return
    raise signature_mismatch(claim.access_key_id, string_to_sign, claim.signature)


def _holds(secret: str, string_to_sign: str, signature: str) -> bool:
    digest = hmac.digest(_encode(secret), _encode(string_to_sign), "sha1")
    return hmac.compare_digest(base64.b64encode(digest), _encode(signature))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _string_to_sign_head(request: Request, claim: Claim) -> str:
    """The string to sign up to its resource."""
    signed = {name: value.strip(" \t") for name, value in request.headers.items() if _is_signed(name)}
    if len(request.headers) != len(request.raw_headers):
        signed |= _repeated(request, signed)
    if claim.method == "QueryString":
        # A URL carries what else was signed (a security token, a content type) in its query.
        for name, value in request.query:
            lower = name.lower()
            if _is_signed(lower):
                signed.setdefault(lower, value)
        date = claim.stamp
    else:
        date = "" if "x-amz-date" in signed else request.headers.get("date", "").strip(" \t")
    lines = [f"{name}:{signed[name]}\n" for name in sorted(signed) if name.startswith("x-amz-")]
    md5, content_type = signed.get("content-md5", ""), signed.get("content-type", "")
    return f"{request.method}\n{md5}\n{content_type}\n{date}\n{''.join(lines)}"


def _is_signed(name: str) -> bool:
    return name.startswith("x-amz-") or name in ("content-md5", "content-type")


def _repeated(request: Request, signed: dict[str, str]) -> dict[str, str]:
    """The signed headers' values joined by `,` after each has been trimmed."""
    values: dict[str, list[str]] = {}
    for name, value in request.raw_headers:
        if name in signed:
            values.setdefault(name, []).append(value.strip(" \t"))
    return {name: ",".join(found) for name, found in values.items()}


def _subresources(query_string: str) -> str:
    found = []
    for part in query_string.split("&"):
        name, equals, value = part.partition("=")
        name = unquote(name, errors="surrogateescape")
        if name in SUBRESOURCES:
            found.append((name, f"{name}={unquote(value, errors='surrogateescape')}" if equals else name))
    found.sort(key=lambda pair: pair[0])
    return "?" + "&".join([text for _, text in found]) if found else ""
