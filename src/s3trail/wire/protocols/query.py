"""The query protocol: IAM, STS, SNS and CloudWatch.

Input: form fields whose dotted names are paths into the members (`Filters.member.1.Name=...`), in the body or
in the query string. Output: an XML document, the result wrapped as
`<OpResponse><OpResult>…</OpResult><ResponseMetadata>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s3trail.kernel.errors import AwsError
from s3trail.wire.http import Request, Response, parse_form
from s3trail.wire.models import Codec, OperationModel, Shape
from s3trail.wire.protocols.xml import DECLARATION, content_writer, escape
from s3trail.wire.shapes import Missing, Unreadable, text_reader

__all__ = ["compile_codec", "form_fields"]

Reader = Callable[[Any], Any]

_MAX_DEPTH = 32
_CONTENT_TYPE = ("Content-Type", "text/xml")


def form_fields(request: Request, body: bytes) -> list[tuple[str, str]]:
    """The fields of a request: those of its query string, then those of its form body."""
    if not body:
        return request.query
    return request.query + parse_form(body.decode("utf-8", "replace"))


def _tree(fields: list[tuple[str, str]]) -> dict[str, Any]:
    """Fields as nested dicts, by the parts of their names; one that is a value and a path is refused."""
    top: dict[str, Any] = {}
    for name, value in fields:
        parts = name.split(".", _MAX_DEPTH)
        node = top
        for part in parts[:-1]:
            inner = node.setdefault(part, {})
            # An empty list is sent as a field of its own; fields of its members may not follow.
            if type(inner) is not dict:
                raise _unreadable(name, "contradicts another parameter")
            node = inner
        if parts[-1] in node:
            raise _unreadable(name, "is there twice")
        node[parts[-1]] = value
    return top


def _unreadable(name: str, reason: str) -> Unreadable:
    error = Unreadable(reason)
    error.path.append(name)
    return error


def _value_reader(shape: Shape, memo: dict[str, Reader]) -> Reader:
    known = memo.get(shape.name)
    if known is not None:
        return known
    if shape.type == "structure":
        return _structure_reader(shape, memo)
    if shape.type == "list":
        tag = "" if shape.flattened else shape.element.wire_name("member")
        return _list_reader(_value_reader(shape.element, memo), tag)
    if shape.type == "map":
        return _map_reader(shape, memo)
    read_text = text_reader(shape.type)

    def read_scalar(value: Any) -> Any:
        if type(value) is not str:
            raise Unreadable("has parts, but is a single value")
        return read_text(value)

    return read_scalar


def _structure_reader(shape: Shape, memo: dict[str, Reader]) -> Reader:
    table: dict[str, tuple[str, Reader]] = {}

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Unreadable("is a single value, but has parts")
        found = {}
        wire_name = ""
        try:
            for wire_name, item in value.items():
                entry = table.get(wire_name)
                if entry is not None:
                    found[entry[0]] = entry[1](item)
        except Unreadable as error:
            error.path.append(wire_name)
            raise
        for name in shape.required:
            if name not in found:
                raise Missing(name)
        return found

    memo[shape.name] = read
    for name, member in shape.members.items():
        table[member.wire_name(name)] = (name, _value_reader(member, memo))
    return read


def _numbered(value: Any, tag: str) -> list[tuple[str, Any]]:
    """The items of a list or map in the order of their numbers; an empty one is sent as an empty value."""
    if value == "":
        return []
    items = value.get(tag) if tag and type(value) is dict else value
    if type(items) is not dict or not all(
        index.isascii() and index.isdigit() and len(index) < 10 for index in items
    ):
        raise Unreadable("is a list whose items are not numbered")
    return sorted(items.items(), key=lambda item: int(item[0]))


def _list_reader(read_item: Reader, tag: str) -> Reader:
    def read(value: Any) -> list[Any]:
        found: list[Any] = []
        index = ""
        try:
            for index, item in _numbered(value, tag):  # noqa: B007 - it names the item that is refused
                found.append(read_item(item))
        except Unreadable as error:
            if index:
                error.path.append(f"{tag}.{index}" if tag else index)
            raise
        return found

    return read


def _map_reader(shape: Shape, memo: dict[str, Reader]) -> Reader:
    key_name, value_name = shape.key.wire_name("key"), shape.value.wire_name("value")
    read_key, read_value = _value_reader(shape.key, memo), _value_reader(shape.value, memo)
    tag = "" if shape.flattened else "entry"

    def read(value: Any) -> dict[Any, Any]:
        found = {}
        for _index, entry in _numbered(value, tag):
            if type(entry) is not dict or key_name not in entry or value_name not in entry:
                raise Unreadable("is a map with an entry that lacks its key or value")
            found[read_key(entry[key_name])] = read_value(entry[value_name])
        return found

    return read


def compile_codec(operation: OperationModel) -> Codec:
    """The parser and the renderer of one operation."""
    read_input = _value_reader(operation.input, {}) if operation.input is not None else None

    def parse(request: Request, _labels: Mapping[str, str], body: bytes) -> dict[str, Any]:
        if read_input is None:
            return {}
        try:
            found: dict[str, Any] = read_input(_tree(form_fields(request, body)))
        except Missing as error:
            raise AwsError(
                f"The request must contain the parameter {error.at}.", code="MissingParameter", status=400
            ) from error
        except Unreadable as error:
            raise AwsError(
                f"Invalid value for parameter {error.at}: it {error.reason}.",
                code="InvalidParameterValue",
                status=400,
            ) from error
        return found

    return Codec(parse, _compile_render(operation))


def _compile_render(operation: OperationModel) -> Callable[[Mapping[str, Any], str], Response]:
    name = operation.name
    opening = f'{DECLARATION}<{name}Response xmlns="{operation.model.xml_namespace}">'
    closing = f"</RequestId></ResponseMetadata></{name}Response>"
    output = operation.output
    write_content = None if output is None else content_writer(output, "iso8601")
    wrapper = "" if output is None else output.traits.get("resultWrapper", "")

    def render(result: Mapping[str, Any], request_id: str) -> Response:
        out = [opening]
        if write_content is not None:
            out.append(f"<{wrapper}>")
            write_content(out, result)
            out.append(f"</{wrapper}>")
        out.append(f"<ResponseMetadata><RequestId>{escape(request_id)}{closing}")
        return Response(200, [_CONTENT_TYPE], "".join(out).encode())

    return render
