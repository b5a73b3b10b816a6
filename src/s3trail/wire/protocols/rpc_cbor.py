"""The smithy-rpc-v2-cbor protocol: what current SDKs speak with CloudWatch.

Input: a CBOR map in the body; the path named the operation
(`/service/GraniteServiceVersion20100801/operation/PutMetricData`). Output: a CBOR map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s3trail.kernel.errors import AwsError
from s3trail.wire.http import Request, Response
from s3trail.wire.models import Codec, OperationModel, Shape
from s3trail.wire.protocols import cbor
from s3trail.wire.protocols.aws_json import read_object, value_reader, value_writer
from s3trail.wire.shapes import Unreadable

__all__ = ["HEADERS", "compile_codec"]

HEADERS = (("smithy-protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor"))
"""Headers of every answer."""


def _scalar(shape: Shape) -> Callable[[Any], Any] | None:
    if shape.type == "timestamp":
        return cbor.Epoch
    return float if shape.type in ("float", "double") else None


def _decode(body: bytes) -> Any:
    if not body:
        return {}
    try:
        return cbor.decode(body)
    except Unreadable as error:
        raise AwsError(f"The request {error.reason}", code="SerializationException", status=400) from error


def compile_codec(operation: OperationModel) -> Codec:
    """The parser and the renderer of one operation."""
    read_input = value_reader(operation.input) if operation.input is not None else None
    write_output = value_writer(operation.output, _scalar) if operation.output is not None else None

    def parse(_request: Request, _labels: Mapping[str, str], body: bytes) -> dict[str, Any]:
        value = _decode(body)
        return {} if read_input is None else read_object(read_input, value)

    def render(result: Mapping[str, Any], _request_id: str) -> Response:
        value = {} if write_output is None else write_output(result)
        return Response(200, list(HEADERS), cbor.encode(value))

    return Codec(parse, render)
