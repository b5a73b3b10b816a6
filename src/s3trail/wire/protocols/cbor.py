"""CBOR (RFC 8949) as far as the RPC v2 protocol uses it.

Input of `decode`: the bytes of one data item, definite or indefinite lengths. Output: dict, list, str, bytes,
int, float, bool, None; tag 1 (a time) gives its number. `encode` writes the same values, `Epoch` as tag 1,
always with definite lengths.
"""

from __future__ import annotations

import struct
from typing import Any

from s3trail.wire.shapes import Unreadable

__all__ = ["Epoch", "decode", "encode"]

_MAX_DEPTH = 64
_BREAK = object()
_SIMPLE: dict[int, Any] = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}


class Epoch(float):
    """Epoch seconds that are written as a time, not as a number."""

    __slots__ = ()


def decode(data: bytes) -> Any:
    """The value of one data item that fills the data.

    Raises:
        Unreadable: truncated, trailing bytes, nested too deeply, or a form that the protocol doesn't have.
    """
    reader = _Reader(data)
    value = reader.item(0)
    if value is _BREAK or reader.position != len(data):
        raise Unreadable("is not one CBOR data item")
    return value


class _Reader:
    __slots__ = ("data", "position")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self.data):
            raise Unreadable("ends before its CBOR data item does")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def item(self, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise Unreadable("is nested too deeply")
        initial = self.take(1)[0]
        major, info = initial >> 5, initial & 31
        if major == 7:
            return self._simple(info)
        if info == 31:
            return self._indefinite(major, depth)
        return self._definite(major, self._argument(info), depth)

    def _argument(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise Unreadable("is not valid CBOR")
        return int.from_bytes(self.take(1 << (info - 24)), "big")

    def _simple(self, info: int) -> Any:
        if info == 31:
            return _BREAK
        if info in _SIMPLE:
            return _SIMPLE[info]
        if info not in _FLOATS:
            raise Unreadable("is not valid CBOR")
        form, size = _FLOATS[info]
        return struct.unpack(form, self.take(size))[0]

    def _definite(self, major: int, count: int, depth: int) -> Any:
        if major == 0:
            return count
        if major == 1:
            return -1 - count
        if major == 2:
            return self.take(count)
        if major == 3:
            return self._text(self.take(count))
        if major == 6:
            value = self.item(depth + 1)
            if count != 1 or type(value) not in (int, float):
                raise Unreadable("has a CBOR tag other than a time")
            return float(value)
        # Each item takes a byte at least, so a length beyond the data is a lie that must not reserve memory.
        if count > len(self.data) - self.position:
            raise Unreadable("ends before its CBOR data item does")
        if major == 4:
            return [self._value(depth) for _ in range(count)]
        return {self._key(depth): self._value(depth) for _ in range(count)}

    def _value(self, depth: int) -> Any:
        value = self.item(depth + 1)
        if value is _BREAK:
            raise Unreadable("is not valid CBOR")
        return value

    def _key(self, depth: int) -> str:
        key = self._value(depth)
        if type(key) is not str:
            raise Unreadable("has a CBOR map whose key is no text")
        return key

    @staticmethod
    def _text(data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise Unreadable("has CBOR text that is not UTF-8") from error

    def _indefinite(self, major: int, depth: int) -> Any:
        if major not in (2, 3, 4, 5):
            raise Unreadable("is not valid CBOR")
        items = []
        while (item := self.item(depth + 1)) is not _BREAK:
            items.append(item)
        if major == 4:
            return items
        if major == 5:
            if len(items) % 2 or not all(type(key) is str for key in items[::2]):
                raise Unreadable("is not valid CBOR")
            return dict(zip(items[::2], items[1::2], strict=True))
        kind = bytes if major == 2 else str
        if not all(type(chunk) is kind for chunk in items):
            raise Unreadable("is not valid CBOR")
        return kind().join(items)


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, size in ((24, 1), (25, 2), (26, 4)):
        if argument < 1 << 8 * size:
            return bytes([major << 5 | info]) + argument.to_bytes(size, "big")
    return bytes([major << 5 | 27]) + argument.to_bytes(8, "big")


def encode(value: Any) -> bytes:
    """One data item.

    Raises:
        TypeError: a value of a type that isn't written.
    """
    out = bytearray()
    _append(out, value)
    return bytes(out)


def _append(out: bytearray, value: Any) -> None:
    if isinstance(value, str):
        data = value.encode("utf-8", "replace")
        out += _head(3, len(data)) + data
    elif value is None or isinstance(value, bool):
        out.append(0xF6 if value is None else 0xF5 if value else 0xF4)
    elif isinstance(value, int):
        out += _head(0, value) if value >= 0 else _head(1, -1 - value)
    elif isinstance(value, float):
        out += (b"\xc1\xfb" if type(value) is Epoch else b"\xfb") + struct.pack(">d", value)
    elif isinstance(value, bytes):
        out += _head(2, len(value)) + value
    elif isinstance(value, dict):
        out += _head(5, len(value))
        for key, item in value.items():
            _append(out, key)
            _append(out, item)
    elif isinstance(value, list | tuple):
        out += _head(4, len(value))
        for item in value:
            _append(out, item)
    else:
        raise TypeError(f"{type(value).__name__} has no CBOR form here")
