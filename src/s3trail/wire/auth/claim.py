"""What a request says of who signed it, before any secret is known.

Input is a request's head, output a `Claim`, or None for an anonymous request. Four forms are read:

| version | method | where |
|---|---|---|
| SigV4 | AuthHeader | `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` |
| SigV4 | QueryString | `X-Amz-` and Algorithm, Credential, Date, Expires, SignedHeaders, Signature |
| SigV2 | AuthHeader | `Authorization: AWS AKID:signature` |
| SigV2 | QueryString | `AWSAccessKeyId`, `Expires`, `Signature` |

A SigV4 credential is `AKID/20130524/us-east-1/s3/aws4_request`: access key id and credential scope.

Sources: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)"; Amazon S3 User Guide,
"Signing and authenticating REST requests" (SigV2). Whether the date is near, the scope is this service's and
the signature holds is `verify`'s part; whether the region is the bucket's is the gateway's (`wrong_region`).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache

from s3trail.kernel.errors import AwsError, NotImplementedByServer
from s3trail.wire.auth.failures import (
    AuthorizationQueryParametersError,
    IncompleteUrl,
    InvalidAuthorization,
    malformed,
    one_mechanism_only,
    scope_wrong,
)
from s3trail.wire.http import Request

__all__ = ["ALGORITHM", "Claim", "parse_date", "read_claim", "wrong_region"]

ALGORITHM = "AWS4-HMAC-SHA256"
_ASYMMETRIC = "AWS4-ECDSA-P256-SHA256"
_WEEK = 604800
_EXPECTED_CREDENTIAL = (
    'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signed request says of itself; nothing of it is proven yet."""

    access_key_id: str
    """The key whose secret is said to have signed."""
    version: str
    """`SigV4` or `SigV2`."""
    method: str
    """`AuthHeader` or `QueryString`."""
    region: str
    """Region of the credential scope; empty for SigV2."""
    service: str
    """Service of the credential scope (the signing name: `s3`, `logs`, …); empty for SigV2."""
    date: str
    """Day of the credential scope, `YYYYMMDD`; empty for SigV2."""
    signed_headers: tuple[str, ...]
    """Names of the signed headers, lower case, in the order that was signed; empty for SigV2."""
    signature: str = field(repr=False)
    """As sent: hex for SigV4, base64 for SigV2."""
    session_token: str = field(repr=False)
    """`X-Amz-Security-Token`, from header or query; empty without temporary credentials. A secret."""
    timestamp: float | None
    """The signed time, epoch seconds; None when there is no readable one, or for a SigV2 URL, which has an
    end alone."""
    stamp: str
    """The date as sent."""
    expires: int | None
    """SigV4 URL: seconds from `timestamp`; SigV2 URL: epoch seconds; None with an Authorization header."""


def read_claim(request: Request) -> Claim | None:
    """The claim of a signed request; None for an anonymous one.

    Raises:
        AwsError: AuthorizationHeaderMalformed, AuthorizationQueryParametersError, InvalidArgument (another
            scheme, or two ways at once), AccessDenied (a SigV2 URL that lacks parameters), NotImplemented
            (SigV4A).
    """
    authorization = request.headers.get("authorization", "")
    query_string = request.query_string
    if query_string and ("Signature" in query_string or "X-Amz-Algorithm" in query_string):
        found = _read_query(request, authorization)
        if found is not None:
            return found
    if not authorization:
        return None
    if authorization.startswith("AWS4-HMAC-SHA256 "):
        return _read_header_v4(request, authorization)
    return _read_other_header(request, authorization)


def wrong_region(claim: Claim, expected: str) -> AwsError:
    """The error for a claim whose region isn't the one of the bucket; only the gateway knows that one.

    Args:
        claim: a SigV4 claim.
        expected: the bucket's region.
    """
    reason = f"the region '{claim.region}' is wrong; expecting '{expected}'"
    return scope_wrong(claim.method, reason, Region=expected)


@lru_cache(maxsize=1024)
def parse_date(text: str) -> float | None:
    """Epoch seconds of a request's date; None when it can't be read.

    Args:
        text: `20130524T000000Z` (SigV4), or the form of the Date header, `Fri, 24 May 2013 00:00:00 GMT`.
    """
    if _BASIC.fullmatch(text):
        return _basic_time(text)
    parts = parsedate_tz(text)
    if parts is None:
        return None
    try:
        return float(mktime_tz(parts))
    except (ValueError, OverflowError):
        return None


_BASIC = re.compile(r"[0-9]{8}T[0-9]{6}Z")


def _basic_time(text: str) -> float | None:
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute, second = int(text[9:11]), int(text[11:13]), int(text[13:15])
    if not _is_day(year, month, day) or hour > 23 or minute > 59 or second > 59:
        return None
    return float(calendar.timegm((year, month, day, hour, minute, second)))


def _is_day(year: int, month: int, day: int) -> bool:
    return year > 0 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _read_header_v4(request: Request, authorization: str) -> Claim:
    # All but the signature repeats from request to request, so that part is parsed once.
    fields, _, signature = authorization[17:].rpartition("Signature=")
    if not fields or "=" in signature or "," in signature:
        fields, signature = _reorder(authorization[17:])
    access_key_id, date, region, service, signed_headers = _parse_fields(fields)
    if not signature:
        raise _three_components()
    headers = request.headers
    stamp = headers.get("x-amz-date")
    if stamp is None:
        stamp = headers.get("date", "")
    timestamp = parse_date(stamp)
    if timestamp is not None and not stamp.startswith(date):
        _check_day(timestamp, date)
    return Claim(
        access_key_id,
        "SigV4",
        "AuthHeader",
        region,
        service,
        date,
        signed_headers,
        signature.rstrip(" "),
        headers.get("x-amz-security-token", ""),
        timestamp,
        stamp,
        None,
    )


def _reorder(components: str) -> tuple[str, str]:
    """Components that end otherwise than by `Signature=…`, as (the others, signature)."""
    rest, signature = [], ""
    for component in components.split(","):
        name, _, value = component.strip(" \t").partition("=")
        if name == "Signature":
            signature = value
        else:
            rest.append(component)
    return ",".join(rest), signature


@lru_cache(maxsize=1024)
def _parse_fields(fields: str) -> tuple[str, str, str, str, tuple[str, ...]]:
    """Access key id, date, region, service and signed headers of an Authorization header.

    Args:
        fields: the header without scheme and signature.

    Raises:
        AuthorizationHeaderMalformed: naming what is wrong. (An error isn't kept in the cache.)
    """
    found = {}
    for component in fields.split(","):
        name, equals, value = component.strip(" \t").partition("=")
        if equals:
            found[name] = value
        elif name:
            raise malformed("AuthHeader", f'the authorization component "{name}" is malformed.')
    if "Credential" not in found or not found.get("SignedHeaders"):
        raise _three_components()
    return *_parse_credential("AuthHeader", found["Credential"]), _names(found["SignedHeaders"])


def _three_components() -> AwsError:
    return malformed(
        "AuthHeader",
        "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
    )


def _names(signed_headers: str) -> tuple[str, ...]:
    return tuple(signed_headers.lower().split(";"))


def _parse_credential(method: str, credential: str) -> tuple[str, str, str, str]:
    """Access key id, date, region and service of a credential."""
    parts = credential.split("/")
    if len(parts) != 5 or not parts[0]:
        raise malformed(method, _EXPECTED_CREDENTIAL)
    access_key_id, date, region, service, terminal = parts
    if not (len(date) == 8 and date.isascii() and date.isdigit() and _is_scope_day(date)):
        raise malformed(
            method,
            f'incorrect date format "{date}". This date in the credential must be in the format "yyyyMMdd".',
        )
    if not region:
        raise malformed(method, "a non-empty region must be provided in the credential.")
    if terminal != "aws4_request":
        raise malformed(method, f'incorrect terminal "{terminal}". This endpoint uses "aws4_request".')
    return access_key_id, date, region, service


def _is_scope_day(date: str) -> bool:
    return _is_day(int(date[:4]), int(date[4:6]), int(date[6:8]))


def _check_day(timestamp: float, date: str) -> None:
    """A Date header's day, which is in words, must be the scope's."""
    day = (int(date[:4]), int(date[4:6]), int(date[6:8]))
    if not 0 <= timestamp - calendar.timegm((*day, 0, 0, 0)) < 86400:
        raise scope_wrong("AuthHeader", "Invalid credential date. Date is not the same as X-Amz-Date.")


def _read_other_header(request: Request, authorization: str) -> Claim:
    scheme, space, rest = authorization.partition(" ")
    if not space or (scheme == "AWS" and rest.startswith(" ")):
        raise InvalidAuthorization(
            "Authorization header is invalid -- one and only one ' ' (space) required",
            ArgumentName="Authorization",
            ArgumentValue=scheme,
        )
    if scheme == _ASYMMETRIC:
        raise _asymmetric()
    if scheme != "AWS":
        raise InvalidAuthorization(
            "Unsupported Authorization Type", ArgumentName="Authorization", ArgumentValue=scheme
        )
    access_key_id, _, signature = rest.partition(":")
    if not access_key_id or not signature or ":" in signature:
        raise InvalidAuthorization(
            "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
            ArgumentName="Authorization",
            ArgumentValue=scheme,
        )
    stamp = request.headers.get("x-amz-date")
    if stamp is None:
        stamp = request.headers.get("date", "")
    token = request.headers.get("x-amz-security-token", "")
    return _v2(access_key_id, "AuthHeader", signature, token, parse_date(stamp), stamp, None)


def _v2(
    access_key_id: str,
    method: str,
    signature: str,
    session_token: str,
    timestamp: float | None,
    stamp: str,
    expires: int | None,
) -> Claim:
    return Claim(
        access_key_id, "SigV2", method, "", "", "", (), signature, session_token, timestamp, stamp, expires
    )


def _asymmetric() -> AwsError:
    return NotImplementedByServer(
        f"A header or query you provided implies functionality that is not implemented: {_ASYMMETRIC}"
    )


def _scheme(authorization: str) -> str | None:
    return authorization.partition(" ")[0] if authorization else None


def _read_query(request: Request, authorization: str) -> Claim | None:
    """The claim of a URL; None when the URL isn't signed, whatever it holds besides."""
    query = dict(reversed(request.query))  # of a repeated name the first value counts
    presigned = "X-Amz-Algorithm" in query
    old = "Signature" in query
    if not presigned and not old:
        return None
    if authorization or (presigned and old):
        raise one_mechanism_only(_scheme(authorization))
    if presigned:
        return _read_query_v4(request, query)
    if "Expires" not in query or "AWSAccessKeyId" not in query:
        raise IncompleteUrl
    stamp = query["Expires"]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 11):
        raise IncompleteUrl(f"Invalid date (should be seconds since epoch): {stamp}")
    token = query.get("x-amz-security-token") or request.headers.get("x-amz-security-token", "")
    return _v2(query["AWSAccessKeyId"], "QueryString", query["Signature"], token, None, stamp, int(stamp))


def _read_query_v4(request: Request, query: dict[str, str]) -> Claim:
    algorithm = query["X-Amz-Algorithm"]
    if algorithm == _ASYMMETRIC:
        raise _asymmetric()
    if algorithm != ALGORITHM:
        raise AuthorizationQueryParametersError(
            'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
        )
    try:
        credential = query["X-Amz-Credential"]
        stamp = query["X-Amz-Date"]
        seconds = query["X-Amz-Expires"]
        signed_headers = query["X-Amz-SignedHeaders"]
        signature = query["X-Amz-Signature"]
    except KeyError:
        raise AuthorizationQueryParametersError from None
    timestamp = _basic_time(stamp) if _BASIC.fullmatch(stamp) else None
    if timestamp is None:
        raise AuthorizationQueryParametersError(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        )
    expires = _parse_expires(seconds)
    access_key_id, date, region, service = _parse_credential("QueryString", credential)
    if not stamp.startswith(date):
        reason = f'Invalid credential date "{date}". This date is not the same as X-Amz-Date: "{stamp[:8]}".'
        raise scope_wrong("QueryString", reason)
    token = query.get("X-Amz-Security-Token") or request.headers.get("x-amz-security-token", "")
    return Claim(
        access_key_id,
        "SigV4",
        "QueryString",
        region,
        service,
        date,
        _names(signed_headers),
        signature,
        token,
        timestamp,
        stamp,
        expires,
    )


def _parse_expires(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise AuthorizationQueryParametersError("X-Amz-Expires should be a number")
    seconds = int(text)
    if seconds < 0:
        raise AuthorizationQueryParametersError("X-Amz-Expires must be non-negative")
    if seconds > _WEEK:
        raise AuthorizationQueryParametersError(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be "
            "less than 604800 seconds"
        )
    return seconds
