"""CORS on the wire: answers to preflight requests, and the headers that other answers carry.

Input is the bucket's CORS configuration and the request's headers; output are headers of the answer. A
request's origin and method (and, of a preflight, the headers that it announces) are compared with the rules
in order; the first that fits counts (S3 User Guide, "Using cross-origin resource sharing (CORS)").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from s3trail.kernel.errors import AwsError
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings
from s3trail.state.objects.bucket_settings import CORS
from s3trail.state.objects.buckets import Bucket

__all__ = ["CORSForbidden", "Headers", "answer_headers", "preflight_headers"]

Headers = tuple[tuple[str, str], ...]

_METHODS = frozenset(("GET", "PUT", "POST", "DELETE", "HEAD"))
_VARY = ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")


class CORSForbidden(AwsError):
    """A preflight request that no rule fits."""

    code = "AccessForbidden"
    status = 403
    message = (
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
        "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
        "whitelisted by the resource's CORS spec."
    )


class BadPreflight(AwsError):
    """A preflight request that doesn't say what it asks for."""

    code = "BadRequest"
    status = 400
    message = "Insufficient information. Origin request header needed."


def answer_headers(tx: Tx, bucket: Bucket, origin: str, method: str) -> Headers:
    """The CORS headers of an answer; none when no rule fits.

    Args:
        tx: any transaction.
        bucket: the bucket of the request.
        origin: the request's `Origin` header.
        method: its HTTP method.
    """
    document = bucket_settings.get(tx, bucket, CORS)
    rule = _rule(document["CORSRules"], origin, method, ()) if document is not None else None
    return tuple(_headers(rule, origin)) if rule is not None else ()


def preflight_headers(tx: Tx, bucket: Bucket | None, headers: Mapping[str, str]) -> Headers:
    """The headers of the answer to a preflight request (OPTIONS), which has no body.

    Args:
        tx: any transaction.
        bucket: the bucket of the request; None when there is none of that name.
        headers: the request's headers, names in lower case.

    Raises:
        BadPreflight: `Origin` or `Access-Control-Request-Method` is missing or wrong.
        CORSForbidden: no rule fits, or there are none.
    """
    origin, method = headers.get("origin", ""), headers.get("access-control-request-method", "")
    if not origin:
        raise BadPreflight()
    if method not in _METHODS:
        raise BadPreflight(f"Invalid Access-Control-Request-Method: {method or 'null'}")
    document = bucket_settings.get(tx, bucket, CORS) if bucket is not None else None
    if document is None:
        raise CORSForbidden("CORSResponse: CORS is not enabled for this bucket.")
    sent = headers.get("access-control-request-headers", "")
    announced = [name.strip().lower() for name in sent.split(",") if name.strip()]
    rule = _rule(document["CORSRules"], origin, method, announced)
    if rule is None:
        raise CORSForbidden()
    found = _headers(rule, origin)
    if announced:
        found.insert(2, ("Access-Control-Allow-Headers", ", ".join(announced)))
    return tuple(found)


def _rule(
    rules: Sequence[Mapping[str, Any]], origin: str, method: str, announced: Sequence[str]
) -> Mapping[str, Any] | None:
    for rule in rules:
        if (
            method in rule["AllowedMethods"]
            and any(_pattern(allowed).fullmatch(origin) for allowed in rule["AllowedOrigins"])
            and all(
                any(_pattern(allowed).fullmatch(header) for allowed in rule.get("AllowedHeaders") or ())
                for header in announced
            )
        ):
            return rule
    return None


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.IGNORECASE)


def _headers(rule: Mapping[str, Any], origin: str) -> list[tuple[str, str]]:
    everyone = "*" in rule["AllowedOrigins"]
    found = [
        ("Access-Control-Allow-Origin", "*" if everyone else origin),
        ("Access-Control-Allow-Methods", ", ".join(rule["AllowedMethods"])),
    ]
    if rule.get("ExposeHeaders"):
        found.append(("Access-Control-Expose-Headers", ", ".join(rule["ExposeHeaders"])))
    if rule.get("MaxAgeSeconds") is not None:
        found.append(("Access-Control-Max-Age", str(rule["MaxAgeSeconds"])))
    if not everyone:
        found.append(("Access-Control-Allow-Credentials", "true"))
    found.append(_VARY)
    return found
