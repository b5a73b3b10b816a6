"""What all listings share: limits, continuation tokens, and the URL encoding of keys."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from s3trail.kernel.errors import InvalidArgument

__all__ = ["MAX_INTEGER", "continuation_key", "continuation_token", "encoded", "encoder", "limit", "sought"]

MAX_INTEGER = 2**31 - 1


def limit(
    params: Mapping[str, Any],
    member: str,
    query_name: str,
    *,
    least: int = 0,
    most: int = 1000,
    clamp: bool = True,
) -> int:
    """How many entries a page may have.

    Args:
        params: the input members.
        member: `MaxKeys`, ...
        query_name: its name in the query, which the error gives.
        least: the smallest value.
        most: the largest value, which is also the default.
        clamp: whether larger values count as `most`, instead of being refused.

    Raises:
        InvalidArgument: not an integer, or out of bounds.
    """
    sent = params.get(member)
    if sent is None:
        return most
    highest = MAX_INTEGER if clamp else most
    try:
        value = int(sent)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(
            f"Provided {query_name} not an integer or within integer range",
            ArgumentName=query_name,
            ArgumentValue=str(sent),
        ) from error
    if not least <= value <= highest:
        raise InvalidArgument(
            f"Argument {query_name} must be an integer between {least} and {highest}",
            ArgumentName=query_name,
            ArgumentValue=str(sent),
        )
    return min(value, most)


def continuation_token(last: bytes) -> str:
    """An opaque token that says where the next page goes on."""
    return base64.urlsafe_b64encode(zlib.crc32(last).to_bytes(4, "big") + last).decode()


def continuation_key(token: str) -> bytes:
    """The key or common prefix in a token of ours.

    Raises:
        InvalidArgument: it isn't one of ours.
    """
    try:
        plain = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        plain = b""
    if len(plain) > 4 and zlib.crc32(plain[4:]).to_bytes(4, "big") == plain[:4]:
        return plain[4:]
    raise InvalidArgument("The continuation token provided is incorrect", ArgumentName="continuation-token")


def sought(params: Mapping[str, Any], member: str, query_name: str) -> bytes:
    """A prefix, delimiter or marker in bytes; empty when it is absent.

    Raises:
        InvalidArgument: it isn't UTF-8.
    """
    try:
        return str(params.get(member, "")).encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument("Invalid UTF-8 encoding", ArgumentName=query_name) from error


def encoded(text: str) -> str:
    """A key as `encoding-type=url` shows it: percent-encoded but for `/`.

    A space is `%20`, which every client decodes; not all take a `+` for one.
    """
    return quote(text, safe="/")


def encoder(params: Mapping[str, Any]) -> Callable[[str], str]:
    """How this listing shows keys.

    Raises:
        InvalidArgument: an encoding type other than `url`.
    """
    kind = params.get("EncodingType")
    if not kind:
        return str
    if kind != "url":
        raise InvalidArgument(
            "Invalid Encoding Method specified in Request",
            ArgumentName="encoding-type",
            ArgumentValue=str(kind),
        )
    return encoded
