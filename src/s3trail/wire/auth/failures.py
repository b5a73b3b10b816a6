"""Why a request could not be authenticated: S3's errors, and what the other protocols call the same failures.

The parts of `wire.auth` raise S3's errors, with S3's codes, messages and members. The gateway passes them
through `for_protocol` before it renders them for a service that speaks JSON or the query protocol.

Sources: Amazon S3 API Reference, "Error responses"; AWS IAM User Guide, "Troubleshoot AWS Signature Version
4"; the "Common Errors" page of each service's API reference. The members of `SignatureDoesNotMatch` repeat
what the client signed, its security token included: they belong into the answer, never into a log or a
record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from s3trail.kernel.clock import iso_seconds
from s3trail.kernel.errors import AccessDenied, AwsError, InvalidArgument, InvalidRequest

__all__ = [
    "MAX_SKEW",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "ContentSha256Mismatch",
    "CredentialScopeWrong",
    "ExpiredToken",
    "HeadersNotSigned",
    "IncompleteBody",
    "IncompleteUrl",
    "InvalidAccessKeyId",
    "InvalidAuthorization",
    "InvalidChunkSize",
    "InvalidToken",
    "MalformedTrailer",
    "MissingAuthenticationToken",
    "MissingContentLength",
    "MissingDate",
    "MissingSecurityHeader",
    "RequestExpired",
    "RequestNotYetValid",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "content_mismatch",
    "for_protocol",
    "incomplete_body",
    "malformed",
    "missing_header",
    "one_mechanism_only",
    "request_expired",
    "request_not_yet_valid",
    "scope_wrong",
    "signature_mismatch",
    "time_too_skewed",
    "unsupported_payload_hash",
]

MAX_SKEW = 900
"""Seconds that a client's clock may be off (S3: 15 minutes)."""


class AuthorizationHeaderMalformed(AwsError):
    """The Authorization header can't be read."""

    code = "AuthorizationHeaderMalformed"
    status = 400
    message = "The authorization header is malformed."


class AuthorizationQueryParametersError(AwsError):
    """The `X-Amz-` parameters of a presigned URL can't be read."""

    code = "AuthorizationQueryParametersError"
    status = 400
    message = (
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    )


class CredentialScopeWrong(AwsError):
    """The credential scope is well-formed, but for another date, region or service; made by `scope_wrong`."""

    code = "AuthorizationHeaderMalformed"
    status = 400


class InvalidAuthorization(InvalidArgument):
    """The Authorization header is of no kind that is known, or there is another claim beside it."""


class IncompleteUrl(AccessDenied):
    """A URL signed with SigV2 lacks parameters, or its end is no number."""

    message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"


class InvalidAccessKeyId(AwsError):
    """Nobody has this access key, or it is inactive. Member `AWSAccessKeyId`."""

    code = "InvalidAccessKeyId"
    status = 403
    message = "The AWS Access Key Id you provided does not exist in our records."


class SignatureDoesNotMatch(AwsError):
    """The signature is not that of this request and secret; made by `signature_mismatch`."""

    code = "SignatureDoesNotMatch"
    status = 403
    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )


class RequestTimeTooSkewed(AwsError):
    """The client's clock and ours differ by more than `MAX_SKEW`; made by `time_too_skewed`."""

    code = "RequestTimeTooSkewed"
    status = 403
    message = "The difference between the request time and the current time is too large."
    timestamp = 0.0
    """The request's time, epoch seconds."""
    now = 0.0
    """The server's time, epoch seconds."""


class MissingDate(AccessDenied):
    """A signed request without a readable date."""

    message = "AWS authentication requires a valid Date or x-amz-date header"


class RequestExpired(AccessDenied):
    """A presigned URL after its end; made by `request_expired`."""

    message = "Request has expired"


class RequestNotYetValid(AccessDenied):
    """A presigned URL from the future; made by `request_not_yet_valid`."""

    message = "Request is not yet valid"


class HeadersNotSigned(AccessDenied):
    """`Host`, `Content-MD5` or an `x-amz-` header isn't signed. Member `HeadersNotSigned` names them."""

    message = "There were headers present in the request which were not signed"


class MissingSecurityHeader(AwsError):
    """A header that signing needs is absent. Member `MissingHeaderName`."""

    code = "MissingSecurityHeader"
    status = 400
    message = "Your request was missing a required header"


class MissingAuthenticationToken(AwsError):
    """An unsigned request to a service that has no anonymous callers (every one but S3)."""

    code = "MissingAuthenticationToken"
    status = 403
    message = "Request is missing Authentication Token"


class ExpiredToken(AwsError):
    """The temporary credentials have run out."""

    code = "ExpiredToken"
    status = 400
    message = "The provided token has expired."


class InvalidToken(AwsError):
    """The security token isn't the access key's."""

    code = "InvalidToken"
    status = 400
    message = "The provided token is malformed or otherwise invalid."


class ContentSha256Mismatch(AwsError):
    """The body isn't what `x-amz-content-sha256` says; made by `content_mismatch`."""

    code = "XAmzContentSHA256Mismatch"
    status = 400
    message = "The provided 'x-amz-content-sha256' header does not match what was computed."


class IncompleteBody(AwsError):
    """The body ended early, or its framing is broken."""

    code = "IncompleteBody"
    status = 400
    message = "The request body terminated unexpectedly"


class InvalidChunkSize(AwsError):
    """A chunk other than the last is too small. Members `Chunk` (number, from 1) and `BadChunkSize`."""

    code = "InvalidChunkSizeError"
    status = 400
    message = "Only the last chunk is allowed to have a size less than 8192 bytes"


class MalformedTrailer(AwsError):
    """The trailing headers aren't the ones that `x-amz-trailer` declares."""

    code = "MalformedTrailerError"
    status = 400
    message = (
        "The request contained trailing data that was not well-formed or did not conform to our "
        "published schema."
    )


class MissingContentLength(AwsError):
    """An aws-chunked body without `x-amz-decoded-content-length`."""

    code = "MissingContentLength"
    status = 411
    message = "You must provide the Content-Length HTTP header."


def _naming(error: AwsError, members: Mapping[str, str]) -> AwsError:
    error.members.update(members)  # some of S3's members, such as X-Amz-Expires, can't be keyword arguments
    return error


def malformed(method: str, reason: str) -> AwsError:
    """The error for an unreadable claim.

    Args:
        method: `AuthHeader` or `QueryString`.
        reason: what is wrong with the header, or with the `X-Amz-Credential` parameter.
    """
    if method == "QueryString":
        return AuthorizationQueryParametersError(f"Error parsing the X-Amz-Credential parameter; {reason}")
    return AuthorizationHeaderMalformed(f"The authorization header is malformed; {reason}")


def scope_wrong(method: str, reason: str, **members: str) -> AwsError:
    """The error for a claim whose date, region or service is wrong; arguments as for `malformed`."""
    readable = malformed(method, reason)
    return _naming(CredentialScopeWrong(readable.message, code=readable.code), members)


def missing_header(name: str) -> AwsError:
    """S3's error for a signed request without `x-amz-content-sha256`."""
    return InvalidRequest(f"Missing required header for this request: {name}")


def one_mechanism_only(authorization: str | None) -> AwsError:
    """The error for a request that is signed in two ways.

    Args:
        authorization: the scheme of the Authorization header (its signature isn't repeated); None without
            one.
    """
    members = {"ArgumentName": "Authorization"}
    if authorization is not None:
        members["ArgumentValue"] = authorization
    return _naming(
        InvalidAuthorization(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query "
            "string parameter or the Authorization header should be specified"
        ),
        members,
    )


def unsupported_payload_hash(value: str) -> AwsError:
    """The error for an `x-amz-content-sha256` that is neither a hash nor a word that S3 knows."""
    return InvalidArgument(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or "
        "a valid sha256 value.",
        ArgumentName="x-amz-content-sha256",
        ArgumentValue=value,
    )


def content_mismatch(declared: str, computed: str) -> AwsError:
    """The error for a body whose SHA-256 isn't the declared one; both in hex."""
    return ContentSha256Mismatch(ClientComputedContentSHA256=declared, S3ComputedContentSHA256=computed)


def signature_mismatch(
    access_key_id: str, string_to_sign: str, signature: str, canonical_request: str = ""
) -> AwsError:
    """`SignatureDoesNotMatch` with what was signed here, so that a client's author can compare.

    Args:
        access_key_id: the claimed key.
        string_to_sign: what this server signed.
        signature: what the client sent.
        canonical_request: SigV4's canonical request; empty for SigV2, which has none.
    """
    sign = _printable(string_to_sign)
    members = {
        "AWSAccessKeyId": access_key_id,
        "StringToSign": sign,
        "SignatureProvided": signature,
        "StringToSignBytes": sign.encode().hex(" "),
    }
    if canonical_request:
        request = _printable(canonical_request)
        members["CanonicalRequest"] = request
        members["CanonicalRequestBytes"] = request.encode().hex(" ")
    return _naming(SignatureDoesNotMatch(), members)


def _printable(text: str) -> str:
    # Bytes of a hostile header that aren't UTF-8 ride as surrogates, which no answer can carry.
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def time_too_skewed(request_time: str, timestamp: float, now: float) -> AwsError:
    """`RequestTimeTooSkewed`.

    Args:
        request_time: the date as sent.
        timestamp: the same in epoch seconds.
        now: the server's time, epoch seconds.
    """
    error = RequestTimeTooSkewed(
        RequestTime=request_time,
        ServerTime=iso_seconds(now),
        MaxAllowedSkewMilliseconds=str(MAX_SKEW * 1000),
    )
    error.timestamp = timestamp
    error.now = now
    return error


def request_expired(end: float, now: float, expires: str | None) -> AwsError:
    """`RequestExpired`.

    Args:
        end: when the URL ended, epoch seconds.
        now: the server's time, epoch seconds.
        expires: `X-Amz-Expires` as sent; None for SigV2, which names the end alone.
    """
    members = {"X-Amz-Expires": expires} if expires is not None else {}
    return _naming(RequestExpired(), {**members, "Expires": _iso(end), "ServerTime": iso_seconds(now)})


def request_not_yet_valid(start: float, end: float, now: float) -> AwsError:
    """`RequestNotYetValid`; times in epoch seconds, of which S3 names the start in milliseconds."""
    members = {"X-Amz-Date": str(int(start * 1000)), "Expires": _iso(end), "ServerTime": iso_seconds(now)}
    return _naming(RequestNotYetValid(), members)


def _iso(epoch: float) -> str:
    # A hostile SigV2 `Expires` may lie outside the years that datetime has.
    try:
        return iso_seconds(epoch)
    except (ValueError, OverflowError, OSError):
        return str(int(epoch))


def incomplete_body(expected: int, provided: int) -> AwsError:
    """`IncompleteBody` for a payload of another length than declared, both in bytes."""
    return IncompleteBody(
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
        NumberBytesExpected=str(expected),
        NumberBytesProvided=str(provided),
    )


_MISMATCH_ELSEWHERE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
_NO_DATE_ELSEWHERE = (
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."  # IAM's words
)

# Failure -> (code of the JSON protocols, code of the query protocol, message or None for the failure's own).
_ELSEWHERE: dict[type[AwsError], tuple[str, str, str | None]] = {
    InvalidAccessKeyId: (
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    ),
    InvalidToken: (
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    ),
    ExpiredToken: (
        "ExpiredTokenException",
        "ExpiredToken",
        "The security token included in the request is expired",
    ),
    SignatureDoesNotMatch: ("InvalidSignatureException", "SignatureDoesNotMatch", _MISMATCH_ELSEWHERE),
    ContentSha256Mismatch: ("InvalidSignatureException", "SignatureDoesNotMatch", _MISMATCH_ELSEWHERE),
    CredentialScopeWrong: ("InvalidSignatureException", "SignatureDoesNotMatch", None),
    RequestTimeTooSkewed: ("InvalidSignatureException", "SignatureDoesNotMatch", None),
    RequestExpired: ("InvalidSignatureException", "SignatureDoesNotMatch", None),
    RequestNotYetValid: ("InvalidSignatureException", "SignatureDoesNotMatch", None),
    HeadersNotSigned: ("InvalidSignatureException", "SignatureDoesNotMatch", None),
    AuthorizationHeaderMalformed: ("IncompleteSignatureException", "IncompleteSignature", None),
    AuthorizationQueryParametersError: ("IncompleteSignatureException", "IncompleteSignature", None),
    InvalidAuthorization: ("IncompleteSignatureException", "IncompleteSignature", None),
    IncompleteUrl: ("IncompleteSignatureException", "IncompleteSignature", None),
    MissingSecurityHeader: ("IncompleteSignatureException", "IncompleteSignature", None),
    MissingDate: ("IncompleteSignatureException", "IncompleteSignature", _NO_DATE_ELSEWHERE),
    MissingAuthenticationToken: (
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
        None,
    ),
}


def for_protocol(error: AwsError, protocol: str) -> AwsError:
    """The error as a service of this protocol words it; errors besides authentication's stay as they are.

    The awsJson services answer these failures with 400, the restJson ones with 403, the query ones with 403
    save for `IncompleteSignature` (400).

    Args:
        error: any error.
        protocol: `rest-xml`, `rest-json`, `json` or `query` (botocore's names).
    """
    names = _ELSEWHERE.get(type(error))
    if names is None or protocol == "rest-xml":
        return error
    json_code, query_code, message = names
    if message is None:
        message = _skew_message(error) if isinstance(error, RequestTimeTooSkewed) else error.message
    if protocol == "query":
        return AwsError(message, code=query_code, status=400 if query_code == "IncompleteSignature" else 403)
    return AwsError(message, code=json_code, status=403 if protocol == "rest-json" else 400)


def _skew_message(error: RequestTimeTooSkewed) -> str:
    """`Signature expired: A is now earlier than B (C - 15 min.)`: the other services' words."""
    requested, server = _basic(error.timestamp), _basic(error.now)
    if error.timestamp > error.now:
        bound = _basic(error.now + MAX_SKEW)
        return f"Signature not yet current: {requested} is still later than {bound} ({server} + 15 min.)"
    bound = _basic(error.now - MAX_SKEW)
    return f"Signature expired: {requested} is now earlier than {bound} ({server} - 15 min.)"


def _basic(epoch: float) -> str:
    """`20210502T144040Z`."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y%m%dT%H%M%SZ")
