"""XML documents and the members they carry, for `rest_xml` and `query`.

Reading: expat builds a small tree of `Element`, bounded in depth and elements; document types and entities
are refused, namespaces and prefixes are ignored, whether they are there or not. `member_reader` compiles a
shape to a function from an element to a value. Writing: `member_writer` compiles a shape to a function that
appends text to a list.

The forms are those of the models: `locationName`, flattened lists, `xmlAttribute` (`xsi:type` of a grantee),
`xmlNamespace`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.parsers import expat

from s3trail.wire.models import Shape
from s3trail.wire.shapes import Missing, Unreadable, text_reader, text_writer

__all__ = [
    "DECLARATION",
    "Element",
    "Reader",
    "Writer",
    "content_writer",
    "escape",
    "member_reader",
    "member_writer",
    "parse_document",
]

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
"""What stands before every document that is written."""

_MAX_DEPTH = 32
"""The deepest document of the models has about ten levels."""

_MAX_ELEMENTS = 200_000
"""Completing an upload of 10,000 parts with all their checksums takes about 120,000."""


class Element:
    """One element: the name without its prefix, attributes, children in order, and its own text."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""


Reader = Callable[[Element], Any]
Writer = Callable[[list[str], Any], None]
Add = Callable[[dict[str, Any], str, Any], None]


def parse_document(body: bytes) -> Element:
    """The root element of a UTF-8 document.

    Raises:
        Unreadable: not well-formed, has a document type or entities, or is deeper or longer than any real
        request.
    """
    # The encoding is fixed: what a declaration names could otherwise select any codec of the interpreter.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.buffer_size = 65536
    top = Element("", {})
    stack = [top]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MAX_ELEMENTS or len(stack) > _MAX_DEPTH:
            raise Unreadable("has too many or too deeply nested elements")
        element = Element(name.rpartition(":")[2], attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].text += data

    def doctype(*_declaration: object) -> None:
        raise Unreadable("has a document type")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Unreadable("is not well-formed XML") from error
    return top.children[0]


_UNSAFE = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}


def _entity(match: re.Match[str]) -> str:
    # XML 1.0 has no form for the other characters, not even a reference; a reader would refuse the whole
    # document.
    return _ENTITIES.get(match[0], "\ufffd")


def escape(text: str) -> str:
    """Text for an element or a quoted attribute; what XML 1.0 can't carry becomes U+FFFD."""
    return _UNSAFE.sub(_entity, text) if _UNSAFE.search(text) else text


# Reading


def member_reader(shape: Shape, memo: dict[Any, Reader] | None = None) -> Reader:
    """The function that reads an element of a shape; it raises `Unreadable` or `Missing`.

    Args:
        shape: what the element holds.
        memo: readers compiled so far in this operation (recursive shapes meet themselves there).
    """
    memo = {} if memo is None else memo
    key = (shape.name, shape.flattened)
    known = memo.get(key)
    if known is not None:
        return known
    if shape.type == "structure":
        return _structure_reader(shape, memo)
    if shape.type == "list":
        read_item = member_reader(shape.element, memo)
        return _list_reader(read_item, shape.element.wire_name("member"))
    if shape.type == "map":
        return _map_reader(shape, memo)
    read_text = text_reader(shape.type)

    def read_scalar(element: Element) -> Any:
        if element.children:
            raise Unreadable("has elements where a value is expected")
        return read_text(element.text)

    return read_scalar


def _add_value(found: dict[str, Any], name: str, value: Any) -> None:
    if name in found:
        raise Unreadable("is there twice")
    found[name] = value


def _add_item(found: dict[str, Any], name: str, value: Any) -> None:
    found.setdefault(name, []).append(value)


def _add_entry(found: dict[str, Any], name: str, value: Any) -> None:
    found.setdefault(name, {}).update(value)


def _structure_reader(shape: Shape, memo: dict[Any, Reader]) -> Reader:
    table: dict[str, tuple[str, Reader, Add]] = {}
    attributes: dict[str, str] = {}
    required = [name for name in shape.required if not shape.members[name].location]

    def read(element: Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        child_name = ""
        try:
            for child in element.children:
                child_name = child.name
                entry = table.get(child_name)
                if entry is not None:
                    name, read_child, add = entry
                    add(found, name, read_child(child))
        except Unreadable as error:
            error.path.append(child_name)
            raise
        for attribute, text in element.attributes.items():
            member_name = attributes.get(attribute.rpartition(":")[2])
            if member_name is not None:
                found[member_name] = text
        for name in required:
            if name not in found:
                raise Missing(name)
        return found

    memo[(shape.name, shape.flattened)] = read
    for name, member in shape.body_members.items():
        if member.traits.get("xmlAttribute"):
            attributes[member.wire_name(name).rpartition(":")[2]] = name
        elif member.flattened and member.type == "list":
            entry = (name, member_reader(member.element, memo), _add_item)
            table[member.element.wire_name(name)] = entry
            table[member.wire_name(name)] = entry
        elif member.flattened and member.type == "map":
            table[member.wire_name(name)] = (name, _entry_reader(member, memo), _add_entry)
        else:
            # `Event` and the list `Events` share an element in S3's first notification format; the list wins.
            table.setdefault(member.wire_name(name), (name, member_reader(member, memo), _add_value))
    return read


def _list_reader(read_item: Reader, tag: str) -> Reader:
    def read(element: Element) -> list[Any]:
        return [read_item(child) for child in element.children if child.name == tag]

    return read


def _entry_reader(shape: Shape, memo: dict[Any, Reader]) -> Reader:
    key_tag, value_tag = shape.key.wire_name("key"), shape.value.wire_name("value")
    read_key, read_value = member_reader(shape.key, memo), member_reader(shape.value, memo)

    def read(element: Element) -> dict[Any, Any]:
        children = {child.name: child for child in element.children}
        if key_tag not in children or value_tag not in children:
            raise Unreadable("has an entry without key or value")
        return {read_key(children[key_tag]): read_value(children[value_tag])}

    return read


def _map_reader(shape: Shape, memo: dict[Any, Reader]) -> Reader:
    read_entry = _entry_reader(shape, memo)

    def read(element: Element) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for child in element.children:
            found.update(read_entry(child))
        return found

    return read


# Writing


def content_writer(shape: Shape, timestamp_format: str, memo: dict[Any, Writer] | None = None) -> Writer:
    """The function that writes a structure's members, without an element around them.

    Members whose value is absent or None are left out, and so are values that the model doesn't know.

    Args:
        shape: the structure.
        timestamp_format: how timestamps are written whose shape doesn't say it.
        memo: writers compiled so far in this operation.
    """
    memo = {} if memo is None else memo
    table: list[tuple[str, Writer]] = []
    for name, member in shape.body_members.items():
        if not member.traits.get("xmlAttribute"):
            table.append((name, member_writer(member, member.wire_name(name), timestamp_format, memo)))
    return _members_writer(table)


def _members_writer(table: list[tuple[str, Writer]]) -> Writer:
    def write(out: list[str], value: Mapping[str, Any]) -> None:
        for name, write_member in table:
            item = value.get(name)
            if item is not None:
                write_member(out, item)

    return write


def member_writer(
    shape: Shape, tag: str, timestamp_format: str, memo: dict[Any, Writer] | None = None
) -> Writer:
    """The function that writes a value of a shape as an element (or several, when flattened).

    Args:
        shape: what is written.
        tag: the element's name.
        timestamp_format: how timestamps are written whose shape doesn't say it.
        memo: writers compiled so far in this operation.
    """
    memo = {} if memo is None else memo
    key = (shape.name, tag, shape.flattened, shape.timestamp_format)
    known = memo.get(key)
    if known is not None:
        return known
    if shape.type == "structure":
        return _structure_writer(shape, tag, timestamp_format, memo)
    if shape.type == "list":
        item_tag = shape.element.wire_name(tag if shape.flattened else "member")
        write_items = _items_writer(member_writer(shape.element, item_tag, timestamp_format, memo))
        return write_items if shape.flattened else _wrapped(tag, write_items)
    if shape.type == "map":
        write_key = member_writer(shape.key, shape.key.wire_name("key"), timestamp_format, memo)
        write_value = member_writer(shape.value, shape.value.wire_name("value"), timestamp_format, memo)
        if shape.flattened:
            return _entries_writer(tag, write_key, write_value)
        return _wrapped(tag, _entries_writer("entry", write_key, write_value))
    opening, closing = f"<{tag}>", f"</{tag}>"
    if shape.type in ("string", "character"):

        def write_string(out: list[str], value: str) -> None:
            out.append(f"{opening}{escape(value)}{closing}")

        return write_string
    as_text = text_writer(shape.type, shape.timestamp_format or timestamp_format)

    def write_scalar(out: list[str], value: Any) -> None:
        out.append(f"{opening}{as_text(value)}{closing}")

    return write_scalar


def _structure_writer(shape: Shape, tag: str, timestamp_format: str, memo: dict[Any, Writer]) -> Writer:
    namespace = shape.traits.get("xmlNamespace")
    declaration = ""
    if namespace:
        prefix = f":{namespace['prefix']}" if namespace.get("prefix") else ""
        declaration = f' xmlns{prefix}="{namespace["uri"]}"'
    opening, closing = f"<{tag}{declaration}", f"</{tag}>"
    attributes = [
        (name, member.wire_name(name))
        for name, member in shape.members.items()
        if member.traits.get("xmlAttribute")
    ]
    table: list[tuple[str, Writer]] = []
    write_members = _members_writer(table)

    def write(out: list[str], value: Mapping[str, Any]) -> None:
        if attributes:
            out.append(opening)
            for name, attribute in attributes:
                if value.get(name) is not None:
                    out.append(f' {attribute}="{escape(value[name])}"')
            out.append(">")
        else:
            out.append(f"{opening}>")
        write_members(out, value)
        out.append(closing)

    memo[(shape.name, tag, shape.flattened, shape.timestamp_format)] = write
    for name, member in shape.body_members.items():
        if not member.traits.get("xmlAttribute"):
            table.append((name, member_writer(member, member.wire_name(name), timestamp_format, memo)))
    return write


def _items_writer(write_item: Writer) -> Writer:
    def write(out: list[str], value: Any) -> None:
        for item in value:
            write_item(out, item)

    return write


def _entries_writer(tag: str, write_key: Writer, write_value: Writer) -> Writer:
    opening, closing = f"<{tag}>", f"</{tag}>"

    def write(out: list[str], value: Mapping[str, Any]) -> None:
        for key, item in value.items():
            out.append(opening)
            write_key(out, key)
            write_value(out, item)
            out.append(closing)

    return write


def _wrapped(tag: str, write_content: Writer) -> Writer:
    opening, closing = f"<{tag}>", f"</{tag}>"

    def write(out: list[str], value: Any) -> None:
        out.append(opening)
        write_content(out, value)
        out.append(closing)

    return write
