"""XML bodies as nested JSON, the way S3's records show them.

Real records follow `XML.toJSONObject` of the org.json library:

- an element is a member named by its tag, prefix included; attributes and `xmlns` are members of it;
- an element that holds only text is its text, an empty one is `""`; text beside attributes or children is
  `content`;
- a name that comes again makes an array;
- `true`, `false` and `null` in any case become JSON's, and a number becomes one if JSON writes it the same
  way.

A body is what a stranger sent: entities and document types are refused, so nothing expands, and depth is
bounded.
"""

from __future__ import annotations

import math
from typing import Any
from xml.parsers import expat

from s3trail.audit.hash_order import in_grown_order

__all__ = ["as_json"]

_MAX_DEPTH = 64
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class _NotRecordedError(Exception):
    """The document is no plain XML; its body stays out of the record."""


def _value(text: str) -> Any:
    """A scalar as org.json coerces it; only what can be written back unchanged becomes a number."""
    lowered = text.lower()
    if lowered in _WORDS:
        return _WORDS[lowered]
    if text[0] not in "-0123456789" or len(text) > 20:
        return text
    try:
        whole = int(text)
        return whole if str(whole) == text and -(2**63) <= whole < 2**63 else text
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) and repr(number) == text else text


def _add(node: dict[str, Any], name: str, value: Any) -> None:
    if name not in node:
        node[name] = value
    elif isinstance(node[name], list):
        node[name].append(value)
    else:
        node[name] = [node[name], value]


class _Tree:
    """Collects what the parser reports."""

    def __init__(self) -> None:
        self.top: dict[str, Any] = {}
        self._open: list[tuple[str, dict[str, Any]]] = [("", self.top)]
        self._text: list[str] = []

    def _end_text(self) -> None:
        if self._text:
            text = "".join(self._text).strip()
            self._text.clear()
            if text:
                _add(self._open[-1][1], "content", _value(text))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._end_text()
        if len(self._open) > _MAX_DEPTH:
            raise _NotRecordedError
        node: dict[str, Any] = {}
        for attribute, text in attributes.items():
            _add(node, attribute, _value(text) if text else "")
        self._open.append((name, node))

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, _: str) -> None:
        self._end_text()
        name, node = self._open.pop()
        value: Any
        if not node:
            value = ""
        elif len(node) == 1 and "content" in node:
            value = node["content"]
        else:
            value = in_grown_order(node)
        _add(self._open[-1][1], name, value)


def _refuse(*_: Any) -> None:
    raise _NotRecordedError


def as_json(body: bytes) -> dict[str, Any] | None:
    """`{root: …}`; None when the body isn't well-formed, has a document type or is nested too deep."""
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _NotRecordedError, ValueError, LookupError):
        return None
    return tree.top or None
