"""Scalar values between the text of the wire and the values of operations.

Input: the text of a header, query value, path label, XML element or form field. Output: what operations take:
str, bool, int, float, bytes, and epoch seconds (float) for timestamps; and the way back. Which function reads
or writes a member is chosen once, when its operation is compiled.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate, mktime_tz, parsedate_tz
from functools import lru_cache
from typing import Any

__all__ = [
    "INTEGER_BOUNDS",
    "Missing",
    "Unreadable",
    "iso8601",
    "iso8601_millis",
    "read_blob",
    "read_timestamp",
    "rfc822",
    "text_reader",
    "text_writer",
    "within_calendar",
]

INTEGER_BOUNDS = {
    "byte": (-(2**7), 2**7 - 1),
    "short": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
}
"""Least and greatest value of the integer types of the models."""

_FIRST_SECOND = -62135596800.0
_LAST_SECOND = 253402300799.999
_NAMED_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Unreadable(Exception):
    """A value that isn't of its member's type.

    Args:
        reason: what is wrong with it, as the second half of a sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str] = []
        """Names from the value outwards; each container appends its own while the exception passes."""

    @property
    def at(self) -> str:
        """The path from the outside in, dotted: `Filters.1.Name`; empty for the body itself."""
        return ".".join(reversed(self.path))


class Missing(Unreadable):
    """A required member that isn't there."""

    def __init__(self, name: str) -> None:
        super().__init__("is required")
        self.path.append(name)


def _same(value: str) -> str:
    return value


def _read_boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered == "true":
        return True
    if lowered == "false":
        return False
    raise Unreadable("is neither true nor false")


def _integer_reader(kind: str) -> Callable[[str], int]:
    least, greatest = INTEGER_BOUNDS[kind]

    def read(text: str) -> int:
        text = text.strip()
        digits = text.removeprefix("-")
        # int() alone would take underscores, other scripts' digits, and numbers long enough to burn time.
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            raise Unreadable("is not an integer")
        number = int(text)
        if not least <= number <= greatest:
            raise Unreadable("is out of the range of its type")
        return number

    return read


def _read_float(text: str) -> float:
    text = text.strip()
    named = _NAMED_FLOATS.get(text)
    if named is not None:
        return named
    try:
        number = float(text) if "_" not in text and text.isascii() else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Unreadable("is not a number")
    return number


def within_calendar(seconds: float) -> float:
    """The epoch seconds, if they fall into the years 1 to 9999.

    Raises:
        Unreadable: they don't.
    """
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise Unreadable("is not a time between the years 1 and 9999")
    return seconds


def read_timestamp(text: str) -> float:
    """Epoch seconds of a time in any form that SDKs send, whatever form the model asks for.

    ISO 8601 (`2026-01-31T23:59:59.5Z`, `20260131T235959Z`; UTC when no zone is given), RFC 822 and the other
    HTTP dates (`Sat, 31 Jan 2026 23:59:59 GMT`), or a decimal number of epoch seconds.

    Raises:
        Unreadable: it is none of them.
    """
    text = text.strip()
    try:
        if text[4:5] == "-" or text[8:9] == "T":
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            return within_calendar(moment.timestamp())
        if text[:1].isalpha():
            parts = parsedate_tz(text)
            if parts is not None:
                return within_calendar(float(mktime_tz(parts)))
        elif text:
            return within_calendar(_read_float(text))
    except (ValueError, OverflowError):
        pass
    raise Unreadable("is not a timestamp")


def read_blob(text: str) -> bytes:
    """The bytes of a base64 text.

    Raises:
        Unreadable: it isn't base64.
    """
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("is not base64") from error


_READERS: dict[str, Callable[[str], Any]] = {
    "string": _same,
    "character": _same,
    "boolean": _read_boolean,
    "float": _read_float,
    "double": _read_float,
    "timestamp": read_timestamp,
    "blob": read_blob,
    **{kind: _integer_reader(kind) for kind in INTEGER_BOUNDS},
}


def text_reader(kind: str) -> Callable[[str], Any]:
    """The function that reads a scalar type of the models from text; it raises `Unreadable`."""
    return _READERS[kind]


@lru_cache(maxsize=4096)
def _rfc822_second(second: int) -> str:
    return formatdate(second, usegmt=True)


def rfc822(seconds: float) -> str:
    """`Sat, 31 Jan 2026 23:59:59 GMT`, the form of HTTP headers; the fraction is cut."""
    return _rfc822_second(math.floor(seconds))


@lru_cache(maxsize=4096)
def iso8601_millis(seconds: float) -> str:
    """`2026-01-31T23:59:59.000Z`, the form of S3's documents."""
    # Epoch floats carry less than a microsecond of error; rounding to it first keeps .123 from becoming .122.
    moment = datetime.fromtimestamp(round(seconds, 6), UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def iso8601(seconds: float) -> str:
    """`2026-01-31T23:59:59Z`, with milliseconds only when there are any: the form of IAM and STS."""
    text = iso8601_millis(seconds)
    return text[:-5] + "Z" if text.endswith(".000Z") else text


def _unix(seconds: float) -> str:
    return repr(int(seconds)) if seconds == int(seconds) else repr(seconds)


def _write_boolean(value: bool) -> str:
    return "true" if value else "false"


def _write_float(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _write_blob(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


_TIMESTAMP_WRITERS: dict[str, Callable[[float], str]] = {
    "iso8601": iso8601,
    "iso8601millis": iso8601_millis,
    "rfc822": rfc822,
    "unixtimestamp": _unix,
}


def text_writer(kind: str, timestamp_format: str) -> Callable[[Any], str]:
    """The function that writes a scalar type of the models as text.

    Args:
        kind: the shape's type.
        timestamp_format: `iso8601`, `iso8601millis`, `rfc822` or `unixTimestamp`, for timestamps.
    """
    if kind == "timestamp":
        return _TIMESTAMP_WRITERS[timestamp_format.lower()]
    if kind == "boolean":
        return _write_boolean
    if kind in ("float", "double"):
        return _write_float
    if kind == "blob":
        return _write_blob
    return _same if kind in ("string", "character") else str
