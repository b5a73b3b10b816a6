"""The rest-xml protocol: S3 (and S3 Control).

Input: path labels, query, headers, and an XML, text or binary body. Output: headers and an XML document whose
root is what S3 sends, which the model doesn't say for most answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s3trail.kernel.errors import AwsError, InvalidArgument, InvalidRequest, MalformedRequest
from s3trail.wire.http import Request, Response
from s3trail.wire.models import Codec, OperationModel, Shape
from s3trail.wire.protocols.rest import HeadReader, HeadWriter
from s3trail.wire.protocols.xml import (
    DECLARATION,
    Reader,
    content_writer,
    escape,
    member_reader,
    parse_document,
)
from s3trail.wire.shapes import Missing, Unreadable

__all__ = ["NAMESPACE", "compile_codec"]

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
"""S3's XML namespace."""

_MAX_BODY = 8 << 20
"""Completing an upload of 10,000 parts with all their checksums takes about 5 MiB."""

_ROOTS = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectAnnotations": "ListObjectAnnotationsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}
"""Root elements of answers, from the examples of the S3 API reference; elsewhere it is the shape's name."""

_CONTENT_TYPE = ("Content-Type", "application/xml")

BodyReader = Callable[[bytes, dict[str, Any]], None]
BodyWriter = Callable[[Mapping[str, Any]], Any]


def compile_codec(operation: OperationModel) -> Codec:
    """The parser and the renderer of one operation."""
    return Codec(_compile_parse(operation), _compile_render(operation))


def _wrong(name: str, value: str, reason: str) -> AwsError:
    return InvalidArgument(f"The value of {name} {reason}.", ArgumentName=name, ArgumentValue=value)


def _missing(name: str, location: str) -> AwsError:
    if location == "header":
        return InvalidRequest(f"Missing required header for this request: {name}")
    return InvalidArgument(f"Missing required parameter for this request: {name}", ArgumentName=name)


# Requests


def _compile_parse(
    operation: OperationModel,
) -> Callable[[Request, Mapping[str, str], bytes], dict[str, Any]]:
    read_head = HeadReader(operation, _wrong, _missing).read
    read_body = _body_reader(operation.input)
    if read_body is None:
        return lambda request, labels, _body: read_head(request, labels)

    def parse(request: Request, labels: Mapping[str, str], body: bytes) -> dict[str, Any]:
        params = read_head(request, labels)
        read_body(body, params)
        return params

    return parse


def _body_reader(shape: Shape | None) -> BodyReader | None:
    """How a body is read into the params; None when there is none to read (the gateway reads a stream)."""
    if shape is None:
        return None
    if not shape.payload:
        if not shape.body_members:
            return None
        return _document_reader(member_reader(shape), shape.wire_name(shape.name), "", required=True)
    name = shape.payload
    payload = shape.members[name]
    required = name in shape.required
    if payload.type == "blob":
        return None
    if payload.type == "string":
        return _text_body_reader(name, required=required)
    return _document_reader(member_reader(payload), payload.wire_name(payload.name), name, required=required)


def _missing_body() -> AwsError:
    return AwsError("Request Body is empty", code="MissingRequestBodyError", status=400)


def _text_body_reader(name: str, *, required: bool) -> BodyReader:
    def read(body: bytes, params: dict[str, Any]) -> None:
        if body:
            # Bytes that aren't UTF-8 survive as surrogates; the operation refuses them with its own error.
            params[name] = body.decode("utf-8", "surrogateescape")
        elif required:
            raise _missing_body()

    return read


def _document_reader(read_root: Reader, root: str, member: str, *, required: bool) -> BodyReader:
    """Reads an XML body into the member of that name, or, when it is empty, its members into the params."""

    def read(body: bytes, params: dict[str, Any]) -> None:
        if not body:
            if required:
                raise _missing_body()
            return
        if len(body) > _MAX_BODY:
            raise AwsError("Your request was too big.", code="MaxMessageLengthExceeded", status=400)
        try:
            element = parse_document(body)
            if element.name != root:
                raise Unreadable(f"has {element.name} for its root element, not {root}")
            value = read_root(element)
        except Missing as error:
            raise MalformedRequest(f"{MalformedRequest.message}: {error.at} is missing") from error
        except Unreadable as error:
            raise MalformedRequest(
                f"{MalformedRequest.message}: {error.at or 'the document'} {error.reason}"
            ) from error
        if member:
            params[member] = value
        else:
            params.update(value)

    return read


# Answers


def _compile_render(operation: OperationModel) -> Callable[[Mapping[str, Any], str], Response]:
    write_head = HeadWriter(operation).write
    write_body, document = _body_writer(operation)
    # A range is told by its header alone; the model has no status for it.
    ranged = operation.output is not None and "ContentRange" in operation.output.members

    def render(result: Mapping[str, Any], _request_id: str) -> Response:
        status, headers = write_head(result)
        if ranged and status == 200 and result.get("ContentRange"):
            status = 206
        body = write_body(result)
        if document and body:
            headers.append(_CONTENT_TYPE)
        return Response(status, headers, body)

    return render


def _no_body(_result: Mapping[str, Any]) -> bytes:
    return b""


def _body_writer(operation: OperationModel) -> tuple[BodyWriter, bool]:
    """How a result's body is made, and whether it is an XML document."""
    output = operation.output
    if output is None or operation.method == "HEAD" or not output.body_members:
        return _no_body, False
    name = output.payload
    xmlns = f' xmlns="{NAMESPACE}"' if operation.model.name == "s3" else ""
    if operation.name == "GetBucketLocation":
        return _location_writer(xmlns), True
    if not name:
        root = _ROOTS.get(operation.name, output.name)
        write_content = content_writer(output, "iso8601millis")
        return _document_writer(write_content, f"{DECLARATION}<{root}{xmlns}>", f"</{root}>"), True
    payload = output.members[name]
    if payload.type == "blob":
        return (lambda result: result.get(name) or b""), False
    if payload.type == "string":
        return (lambda result: (result.get(name) or "").encode("utf-8", "surrogateescape")), False
    root = payload.wire_name(payload.name)
    write_payload = _document_writer(
        content_writer(payload, "iso8601millis"), f"{DECLARATION}<{root}{xmlns}>", f"</{root}>"
    )

    def write(result: Mapping[str, Any]) -> bytes:
        value = result.get(name)
        return b"" if value is None else write_payload(value)

    return write, True


def _document_writer(
    write_content: Callable[[list[str], Any], None], opening: str, closing: str
) -> Callable[[Mapping[str, Any]], bytes]:
    def write(value: Mapping[str, Any]) -> bytes:
        out = [opening]
        write_content(out, value)
        out.append(closing)
        return "".join(out).encode()

    return write


def _location_writer(xmlns: str) -> BodyWriter:
    """GetBucketLocation's answer: the constraint is the text of the root; none means `us-east-1`."""

    def write(result: Mapping[str, Any]) -> bytes:
        constraint = escape(result.get("LocationConstraint") or "")
        return f"{DECLARATION}<LocationConstraint{xmlns}>{constraint}</LocationConstraint>".encode()

    return write
