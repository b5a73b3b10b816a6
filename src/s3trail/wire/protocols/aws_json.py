"""The json protocol: CloudTrail, CloudWatch Logs, EventBridge, Athena and CloudWatch.

Input: a JSON object in the body; which operation it is was in `X-Amz-Target`. Output: a JSON object. The
functions that read and write members serve `rest_json` and `rpc_cbor` as well, whose values have the same
forms but for a few scalars.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from s3trail.kernel.errors import AwsError
from s3trail.wire.http import Request, Response
from s3trail.wire.models import Codec, OperationModel, Shape
from s3trail.wire.shapes import (
    INTEGER_BOUNDS,
    Missing,
    Unreadable,
    iso8601,
    read_blob,
    read_timestamp,
    rfc822,
    text_writer,
    within_calendar,
)

__all__ = [
    "Scalar",
    "compile_codec",
    "decode",
    "encode",
    "json_scalar",
    "read_object",
    "value_reader",
    "value_writer",
]

Reader = Callable[[Any], Any]
Scalar = Callable[[Shape], Reader | None]
"""Gives the function that writes a scalar shape; None when its values are written as they are."""

_KINDS = {str: "STRING_VALUE", bool: "BOOLEAN_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}
_float_text = text_writer("double", "")
_FLOAT_WORDS = frozenset({"NaN", "Infinity", "-Infinity"})


def _unlike(value: Any, wanted: str) -> Unreadable:
    if isinstance(value, dict):
        return Unreadable("is a structure or map where none is expected")
    if isinstance(value, list):
        return Unreadable("is a list where none is expected")
    kind = _KINDS.get(type(value), "NULL_VALUE" if value is None else "BLOB_VALUE")
    return Unreadable(f"can not be converted: {kind} to {wanted}")


# Reading


def _read_string(value: Any) -> str:
    if type(value) is not str:
        raise _unlike(value, "String")
    return value


def _read_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _unlike(value, "Boolean")
    return value


def _read_float(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    if type(value) is str and value in _FLOAT_WORDS:
        return float(value)
    raise _unlike(value, "Double")


def _read_time(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return within_calendar(float(value))
    return read_timestamp(_read_string(value))


def _read_bytes(value: Any) -> bytes:
    return value if type(value) is bytes else read_blob(_read_string(value))


def _integer_reader(kind: str) -> Reader:
    least, greatest = INTEGER_BOUNDS[kind]

    def read(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise _unlike(value, kind.capitalize())
        if not least <= value <= greatest:
            raise Unreadable(f"is out of the range of {kind.capitalize()}")
        return value

    return read


_SCALARS: dict[str, Reader] = {
    "string": _read_string,
    "character": _read_string,
    "boolean": _read_boolean,
    "float": _read_float,
    "double": _read_float,
    "timestamp": _read_time,
    "blob": _read_bytes,
    **{kind: _integer_reader(kind) for kind in INTEGER_BOUNDS},
}


def value_reader(shape: Shape, memo: dict[str, Reader] | None = None) -> Reader:
    """The function that turns a decoded JSON (or CBOR) value into a value of a shape.

    It raises `Unreadable` on a value of another type and `Missing` when a required member isn't there. Null
    members are absent; members that the model doesn't know are ignored.

    Args:
        shape: what the value is.
        memo: readers compiled so far in this operation (recursive shapes meet themselves there).
    """
    memo = {} if memo is None else memo
    known = memo.get(shape.name)
    if known is not None:
        return known
    if shape.type == "structure":
        return _structure_reader(shape, memo)
    if shape.type == "list":
        return _list_reader(value_reader(shape.element, memo))
    if shape.type == "map":
        return _map_reader(value_reader(shape.value, memo))
    return _SCALARS[shape.type]


def _structure_reader(shape: Shape, memo: dict[str, Reader]) -> Reader:
    table: dict[str, tuple[str, Reader]] = {}
    required = [name for name in shape.required if not shape.members[name].location]

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _unlike(value, "structure")
        found = {}
        wire_name = ""
        try:
            for wire_name, item in value.items():
                entry = table.get(wire_name)
                if entry is not None and item is not None:
                    found[entry[0]] = entry[1](item)
        except Unreadable as error:
            error.path.append(wire_name)
            raise
        for name in required:
            if name not in found:
                raise Missing(name)
        return found

    memo[shape.name] = read
    for name, member in shape.body_members.items():
        table[member.wire_name(name)] = (name, value_reader(member, memo))
    return read


def _list_reader(read_item: Reader) -> Reader:
    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _unlike(value, "list")
        found: list[Any] = []
        try:
            for item in value:
                found.append(read_item(item))  # noqa: PERF401 - its length tells which item was refused
        except Unreadable as error:
            error.path.append(str(len(found) + 1))
            raise
        return found

    return read


def _map_reader(read_item: Reader) -> Reader:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _unlike(value, "map")
        found: dict[str, Any] = {}
        name = ""
        try:
            for name, item in value.items():
                found[name] = read_item(item)
        except Unreadable as error:
            error.path.append(name)
            raise
        return found

    return read


def read_object(read_value: Reader, value: Any) -> dict[str, Any]:
    """A whole body read with a compiled reader, its errors in the words of the JSON services.

    Raises:
        AwsError: `SerializationException` for a wrong type, `ValidationException` for a missing member.
    """
    try:
        found: dict[str, Any] = read_value(value)
    except Missing as error:
        raise AwsError(
            f"1 validation error detected: Value null at '{error.at}' failed to satisfy constraint: "
            "Member must not be null",
            code="ValidationException",
            status=400,
        ) from error
    except Unreadable as error:
        raise _serialization(f"{error.at or 'The request'} {error.reason}") from error
    return found


def _serialization(message: str) -> AwsError:
    return AwsError(message, code="SerializationException", status=400)


def decode(body: bytes) -> Any:
    """The value of a JSON body; an empty body is an empty object.

    Raises:
        AwsError: `SerializationException`, it is not JSON.
    """
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _serialization("The request is not valid JSON") from error


# Writing


def encode(value: Any) -> bytes:
    """A value as a JSON body."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # Names that came as bytes that aren't UTF-8 hold lone surrogates; JSON can carry them as escapes.
        return json.dumps(value).encode()


def json_scalar(shape: Shape) -> Reader | None:
    """How JSON writes a scalar that JSON has no form for; times are epoch numbers unless the model says."""
    if shape.type == "blob":
        return text_writer("blob", "")
    if shape.type == "timestamp":
        form = shape.timestamp_format.lower()
        if form == "iso8601":
            return iso8601
        return rfc822 if form == "rfc822" else None
    if shape.type in ("float", "double"):
        return _json_float
    return None


def _json_float(value: float) -> Any:
    # JSON has no form for NaN and the infinities; the SDKs read them as words.
    return value if math.isfinite(value) else _float_text(value)


def value_writer(shape: Shape, scalar: Scalar, memo: dict[str, Reader] | None = None) -> Reader | None:
    """The function that turns a result into values for the encoder; None when it takes them as they are.

    Absent and None members are left out, and so are members that the model doesn't know.

    Args:
        shape: what the value is.
        scalar: the encoder's own forms, such as `json_scalar`.
        memo: writers compiled so far in this operation.
    """
    memo = {} if memo is None else memo
    known = memo.get(shape.name)
    if known is not None:
        return known
    if shape.type == "structure":
        return _structure_writer(shape, scalar, memo)
    if shape.type == "list":
        write_item = value_writer(shape.element, scalar, memo)
        return None if write_item is None else lambda value: [write_item(item) for item in value]
    if shape.type == "map":
        write_value = value_writer(shape.value, scalar, memo)
        if write_value is None:
            return None
        return lambda value: {key: write_value(item) for key, item in value.items()}
    return scalar(shape)


def _structure_writer(shape: Shape, scalar: Scalar, memo: dict[str, Reader]) -> Reader:
    table: list[tuple[str, str, Reader | None]] = []

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        out = {}
        for name, wire_name, write_member in table:
            item = value.get(name)
            if item is not None:
                out[wire_name] = item if write_member is None else write_member(item)
        return out

    memo[shape.name] = write
    for name, member in shape.body_members.items():
        table.append((name, member.wire_name(name), value_writer(member, scalar, memo)))
    return write


# The protocol


def compile_codec(operation: OperationModel) -> Codec:
    """The parser and the renderer of one operation."""
    read_input = value_reader(operation.input) if operation.input is not None else None
    write_output = value_writer(operation.output, json_scalar) if operation.output is not None else None
    content_type = ("Content-Type", f"application/x-amz-json-{operation.model.metadata['jsonVersion']}")

    def parse(_request: Request, _labels: Mapping[str, str], body: bytes) -> dict[str, Any]:
        value = decode(body)
        return {} if read_input is None else read_object(read_input, value)

    def render(result: Mapping[str, Any], _request_id: str) -> Response:
        value = {} if write_output is None else write_output(result)
        return Response(200, [content_type], encode(value))

    return Codec(parse, render)
