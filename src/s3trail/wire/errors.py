"""`AwsError` values as the answers of each service's protocol.

Input: the one error type of the kernel. Output: a `Response` whose body SDKs read code, message and request
id from. The kernel's errors carry S3's codes; the other protocols have names of their own for the same
things.
"""

from __future__ import annotations

from collections.abc import Mapping

from s3trail.kernel.errors import AwsError
from s3trail.wire.http import Response
from s3trail.wire.models import SERVICES
from s3trail.wire.protocols import aws_json, cbor, rpc_cbor
from s3trail.wire.protocols.rest import header_text
from s3trail.wire.protocols.xml import DECLARATION, escape
from s3trail.wire.service import service as service_named

__all__ = ["error_code", "render_error"]

_JSON_CODES = {
    "AccessDenied": "AccessDeniedException",
    "ExpiredToken": "ExpiredTokenException",
    "InternalError": "InternalFailure",
    "InvalidAccessKeyId": "UnrecognizedClientException",
    "InvalidToken": "UnrecognizedClientException",
    "MalformedXML": "SerializationException",
    "NotImplemented": "UnknownOperationException",
    "RequestTimeTooSkewed": "InvalidSignatureException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "SlowDown": "ServiceUnavailable",
}
_QUERY_CODES = {
    "InternalError": "InternalFailure",
    "InvalidAccessKeyId": "InvalidClientTokenId",
    "InvalidToken": "InvalidClientTokenId",
    "NotImplemented": "InvalidAction",
    "SlowDown": "ServiceUnavailable",
}
_CODES: Mapping[str, Mapping[str, str]] = {
    "json": _JSON_CODES,
    "query": _QUERY_CODES,
    "rest-json": _JSON_CODES,
    "rest-xml": {},
    "smithy-rpc-v2-cbor": _JSON_CODES,
}


def _protocol(service: str, protocol: str) -> str:
    facts = SERVICES.get(service)
    return protocol or (facts.protocols[0] if facts is not None else "rest-xml")


def error_code(service: str, error: AwsError, protocol: str = "") -> str:
    """The code that a client of the service reads for an error.

    Args:
        service: botocore's name of the service.
        error: the error.
        protocol: the request's protocol, for services with several.
    """
    return _CODES[_protocol(service, protocol)].get(error.code, error.code)


def render_error(
    service: str,
    error: AwsError,
    *,
    request_id: str,
    host_id: str = "",
    head: bool = False,
    protocol: str = "",
) -> Response:
    """The answer of an error; `error.headers` are added to it.

    Args:
        service: botocore's name of the service; an unknown one is answered in S3's form.
        error: the error.
        request_id: goes into the body where the protocol has a place for it; the headers are the edge's.
        host_id: `x-amz-id-2`, for S3.
        head: the request was a HEAD, whose answer has no body.
        protocol: the request's protocol (`Located.protocol`), for services with several.
    """
    spoken = _protocol(service, protocol)
    code = error_code(service, error, spoken)
    if spoken == "query":
        response = _query_error(service, error, code, request_id)
    elif spoken == "rest-xml":
        response = _xml_error(error, request_id, host_id)
    elif spoken == "smithy-rpc-v2-cbor":
        response = _cbor_error(error, code)
    else:
        response = _json_error(service, error, code, spoken)
    if head or error.status == 304:
        response.body = b""
        response.headers = [header for header in response.headers if header[0] != "Content-Type"]
    response.headers.extend((name, header_text(value)) for name, value in error.headers)
    return response


def _elements(members: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items())


def _xml_error(error: AwsError, request_id: str, host_id: str) -> Response:
    members = {
        "Code": error.code,
        "Message": error.message,
        **error.members,
        "RequestId": request_id,
        "HostId": host_id,
    }
    body = f"{DECLARATION}<Error>{_elements(members)}</Error>"
    return Response(error.status, [("Content-Type", "application/xml")], body.encode())


def _query_error(service: str, error: AwsError, code: str, request_id: str) -> Response:
    members = {
        "Type": "Sender" if error.status < 500 else "Receiver",
        "Code": code,
        "Message": error.message,
        **error.members,
    }
    body = (
        f'{DECLARATION}<ErrorResponse xmlns="{service_named(service).xml_namespace}">'
        f"<Error>{_elements(members)}</Error><RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    )
    return Response(error.status, [("Content-Type", "text/xml")], body.encode())


def _json_error(service: str, error: AwsError, code: str, protocol: str) -> Response:
    status = error.status
    side = "Client" if status < 500 else "Server"
    body: dict[str, str]
    if service == "glacier":
        body = {"code": code, "message": error.message, "type": side}
    elif service == "cloudtrail":
        # CloudTrail answers every fault of the caller with 400 and spells the message's member with a
        # capital.
        status = 400 if status < 500 else status
        body = {"__type": code, "Message": error.message}
    else:
        body = {"__type": code, "message": error.message}
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
    if protocol == "json":
        headers[0] = ("Content-Type", f"application/x-amz-json-{service_named(service).json_version}")
    headers.extend(_query_compatible(service, code, status))
    return Response(status, headers, aws_json.encode({**body, **error.members}))


def _cbor_error(error: AwsError, code: str) -> Response:
    headers = [*rpc_cbor.HEADERS, *_query_compatible("cloudwatch", code, error.status)]
    body = {"__type": code, "message": error.message, **error.members}
    return Response(error.status, headers, cbor.encode(body))


def _query_compatible(service: str, code: str, status: int) -> list[tuple[str, str]]:
    """CloudWatch moved from the query protocol; SDKs read the code that it had there from a header."""
    if service != "cloudwatch":
        return []
    return [("x-amzn-query-error", f"{code};{'Sender' if status < 500 else 'Receiver'}")]
