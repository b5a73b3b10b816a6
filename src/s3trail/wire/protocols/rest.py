"""The head of REST requests and answers: path labels, query, headers and status.

Reading goes through the request's own headers and query values with one dict look-up each, not through the
model's members, of which most are absent. Values that a model calls a timestamp but that AWS keeps as opaque
text (`Expires`, which may be `0`) stay text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s3trail.kernel.errors import AwsError
from s3trail.wire.http import Request
from s3trail.wire.models import OperationModel, Shape
from s3trail.wire.shapes import Unreadable, text_reader, text_writer

__all__ = ["HeadReader", "HeadWriter", "header_text"]

TextReader = Callable[[str], Any]

_OPAQUE = frozenset({"expires", "response-expires", "x-amz-fwd-header-expires"})

_CONDITIONS = frozenset({"if-modified-since", "if-unmodified-since"})
"""RFC 9110, 13.1.3 and 13.1.4: a recipient ignores these when their value is no date."""


def _list_reader(read_item: TextReader) -> TextReader:
    def read(text: str) -> list[Any]:
        return [read_item(item) for item in _split_list(text)]

    return read


def _split_list(text: str) -> list[str]:
    """The items of a comma-separated header value, of which some may be quoted."""
    if '"' not in text:
        return [item.strip() for item in text.split(",") if item.strip()]
    items, item, quoted, escaped = [], "", False, False
    for character in text:
        if escaped or character not in '\\",':
            item += character
            escaped = False
        elif character == "\\" and quoted:
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            items.append(item.strip())
            item = ""
        else:
            item += character
    items.append(item.strip())
    return [item for item in items if item]


def _value_reader(shape: Shape, wire_name: str) -> TextReader | None:
    """How a value is read; None for text that is taken as it is."""
    if shape.type in ("string", "character") or wire_name in _OPAQUE:
        return None
    return text_reader(shape.type)


class HeadReader:
    """The members of one operation's input that travel outside the body, compiled.

    Args:
        operation: whose input it is.
        wrong: makes the error for a value that isn't of its type: `(wire name, value, reason)`.
        missing: makes the error for a required member that isn't there: `(wire name, location)`.
    """

    def __init__(
        self,
        operation: OperationModel,
        wrong: Callable[[str, str, str], AwsError],
        missing: Callable[[str, str], AwsError],
    ) -> None:
        self._wrong = wrong
        self._missing = missing
        self._labels: dict[str, tuple[str, TextReader | None]] = {}
        self._query: dict[str, tuple[str, TextReader | None, bool]] = {}
        self._headers: dict[str, tuple[str, TextReader | None]] = {}
        self._prefix = self._prefix_member = ""
        members = operation.input.members if operation.input is not None else {}
        for name, member in members.items():
            self._add(name, member)
        required = operation.input.required if operation.input is not None else ()
        self._required = tuple(
            (name, members[name].wire_name(name), members[name].location)
            for name in required
            if members[name].location in ("querystring", "header")
        )

    def _add(self, name: str, member: Shape) -> None:
        wire_name = member.wire_name(name)
        if member.location == "uri":
            self._labels[wire_name] = (name, _value_reader(member, wire_name))
        elif member.location == "querystring":
            several = member.type == "list"
            item = member.element if several else member
            self._query[wire_name] = (name, _value_reader(item, wire_name), several)
        elif member.location == "header":
            lowered = wire_name.lower()
            if member.type == "list":
                item_reader = text_reader(member.element.type)
                self._headers[lowered] = (name, _list_reader(item_reader))
            else:
                self._headers[lowered] = (name, _value_reader(member, lowered))
        elif member.location == "headers":
            self._prefix, self._prefix_member = wire_name.lower(), name

    def read(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        """The members that the head carries, by model name.

        Args:
            request: the request.
            labels: the path's labels, decoded, by their names in the template.

        Raises:
            AwsError: what `wrong` and `missing` make.
        """
        params: dict[str, Any] = {}
        wire_name = text = ""
        try:
            for wire_name, text in labels.items():
                label = self._labels.get(wire_name)
                if label is not None:
                    read = label[1]
                    params[label[0]] = text if read is None else read(text)
            for wire_name, text in request.query:
                entry = self._query.get(wire_name)
                if entry is not None:
                    name, read, several = entry
                    if several:
                        params.setdefault(name, []).append(text if read is None else read(text))
                    elif name not in params:
                        params[name] = text if read is None else read(text)
        except Unreadable as error:
            raise self._wrong(wire_name, text, error.reason) from error
        self._read_headers(request.headers, params)
        for name, wire_name, location in self._required:
            if name not in params:
                raise self._missing(wire_name, location)
        return params

    def _read_headers(self, headers: Mapping[str, str], params: dict[str, Any]) -> None:
        find = self._headers.get
        prefix = self._prefix
        for wire_name, text in headers.items():
            entry = find(wire_name)
            if entry is not None:
                name, read = entry
                if read is None:
                    params[name] = text
                    continue
                try:
                    params[name] = read(text)
                except Unreadable as error:
                    if wire_name not in _CONDITIONS:
                        raise self._wrong(wire_name, text, error.reason) from error
            elif prefix and wire_name.startswith(prefix):
                params.setdefault(self._prefix_member, {})[wire_name[len(prefix) :]] = text


def header_text(text: str) -> str:
    """A value that is safe in a header line: control characters, line ends above all, become spaces."""
    if text.isprintable():
        return text
    return "".join(" " if character < " " or character == "\x7f" else character for character in text)


def _header_writer(shape: Shape) -> Callable[[Any], str]:
    if shape.type == "list":
        write_item = text_writer(shape.element.type, shape.element.timestamp_format or "rfc822")
        return lambda value: ", ".join(header_text(write_item(item)) for item in value)
    if shape.type in ("string", "character"):
        return header_text
    as_text = text_writer(shape.type, shape.timestamp_format or "rfc822")
    if shape.type == "timestamp":
        # An opaque `Expires` comes back as the text that was stored.
        return lambda value: header_text(value) if isinstance(value, str) else as_text(value)
    return as_text


class HeadWriter:
    """The members of one operation's output that travel outside the body, compiled.

    Args:
        operation: whose output it is.
    """

    def __init__(self, operation: OperationModel) -> None:
        self._status = operation.status
        self._status_member = ""
        self._headers: dict[str, tuple[str, Callable[[Any], str]]] = {}
        self._prefix = self._prefix_member = ""
        members = operation.output.members if operation.output is not None else {}
        for name, member in members.items():
            if member.location == "statusCode":
                self._status_member = name
            elif member.location == "header":
                self._headers[name] = (member.wire_name(name), _header_writer(member))
            elif member.location == "headers":
                self._prefix, self._prefix_member = member.wire_name(name), name

    def write(self, result: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]]]:
        """Status and headers of an answer.

        A result may say the status itself, as `HTTPStatusCode`: some operations of S3 have several
        (RestoreObject answers 202 or 200), and the models don't tell.
        """
        headers: list[tuple[str, str]] = []
        find = self._headers.get
        for name, value in result.items():
            entry = find(name)
            if entry is not None:
                if value is not None:
                    headers.append((entry[0], entry[1](value)))
            elif name == self._prefix_member and value:
                prefix = self._prefix
                headers.extend((prefix + key, header_text(item)) for key, item in value.items())
        status = result.get("HTTPStatusCode") or result.get(self._status_member) or self._status
        return status, headers
