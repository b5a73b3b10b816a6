"""The rest-json protocol: Glacier, Lambda and CloudTrail Data.

Input: path labels, query, headers, and a JSON or binary body. Output: headers and a JSON or binary body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s3trail.kernel.errors import AwsError
from s3trail.wire.http import Request, Response
from s3trail.wire.models import Codec, OperationModel, Shape
from s3trail.wire.protocols.aws_json import (
    decode,
    encode,
    json_scalar,
    read_object,
    value_reader,
    value_writer,
)
from s3trail.wire.protocols.rest import HeadReader, HeadWriter

__all__ = ["compile_codec"]

_CODES = {
    "glacier": ("InvalidParameterValueException", "MissingParameterValueException"),
    "lambda": ("InvalidParameterValueException", "InvalidParameterValueException"),
}
"""Error codes for a wrong and for a missing value in the request's head, where the service has its own."""

_CONTENT_TYPE = ("Content-Type", "application/json")


def compile_codec(operation: OperationModel) -> Codec:
    """The parser and the renderer of one operation."""
    return Codec(_compile_parse(operation), _compile_render(operation))


def _compile_parse(
    operation: OperationModel,
) -> Callable[[Request, Mapping[str, str], bytes], dict[str, Any]]:
    wrong_code, missing_code = _CODES.get(
        operation.model.name, ("SerializationException", "ValidationException")
    )

    def wrong(name: str, value: str, reason: str) -> AwsError:
        return AwsError(f"Invalid value {value!r}: {name} {reason}", code=wrong_code, status=400)

    def missing(name: str, location: str) -> AwsError:
        place = "header" if location == "header" else "parameter"
        return AwsError(f"Required {place} missing: {name}", code=missing_code, status=400)

    read_head = HeadReader(operation, wrong, missing).read
    read_body = _body_reader(operation.input)

    def parse(request: Request, labels: Mapping[str, str], body: bytes) -> dict[str, Any]:
        params = read_head(request, labels)
        if read_body is not None:
            read_body(body, params)
        return params

    return parse


def _body_reader(shape: Shape | None) -> Callable[[bytes, dict[str, Any]], None] | None:
    if shape is None or not shape.body_members:
        return None
    name = shape.payload
    if not name:
        read_members = value_reader(shape)
        return lambda body, params: params.update(read_object(read_members, decode(body)))
    payload = shape.members[name]
    if payload.type == "blob":
        if payload.traits.get("streaming"):
            return None
        return lambda body, params: params.update({name: body} if body else {})
    read_payload = value_reader(payload)
    required = name in shape.required

    def read(body: bytes, params: dict[str, Any]) -> None:
        if body or required:
            params[name] = read_object(read_payload, decode(body))

    return read


def _compile_render(operation: OperationModel) -> Callable[[Mapping[str, Any], str], Response]:
    write_head = HeadWriter(operation).write
    output = operation.output
    if output is None or not output.body_members:

        def render_head(result: Mapping[str, Any], _request_id: str) -> Response:
            return Response(*write_head(result))

        return render_head
    name = output.payload
    payload = output.members[name] if name else output
    if payload.type == "blob":

        def render_blob(result: Mapping[str, Any], _request_id: str) -> Response:
            return Response(*write_head(result), result.get(name) or b"")

        return render_blob
    write_body = value_writer(payload, json_scalar)

    def render(result: Mapping[str, Any], _request_id: str) -> Response:
        status, headers = write_head(result)
        value = result.get(name) if name else result
        if value is None or status == 204:
            return Response(status, headers)
        headers.append(_CONTENT_TYPE)
        return Response(status, headers, encode(value if write_body is None else write_body(value)))

    return render
