"""Byte ranges of a read: the Range header, as S3 takes it."""

from __future__ import annotations

import re

from s3trail.services.s3.errors import InvalidRange

__all__ = ["byte_range"]

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII)


def byte_range(text: str, size: int) -> tuple[int, int] | None:
    """The first byte and the length that a Range header asks for.

    Args:
        text: `bytes=a-b`, `bytes=a-` or `bytes=-n`.
        size: the object's size.

    Returns:
        None when the header isn't one single valid range: S3 then answers with the whole object.

    Raises:
        InvalidRange: no byte of it exists.
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    first, last = found.groups()
    if len(first) > 19 or len(last) > 19:
        # Longer than any size; also keeps int() from long work on hostile digits.
        first, last = first[:19], last[:19]
    if first:
        start = int(first)
        end = min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
    elif last:
        start = max(0, size - int(last))
        end = size - 1
    else:
        return None
    if start >= size:
        raise InvalidRange(RangeRequested=text, ActualObjectSize=str(size))
    return start, end - start + 1
