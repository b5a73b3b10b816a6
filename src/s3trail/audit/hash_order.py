"""The member order of S3's `requestParameters`, which is that of Java's `HashMap`.

Real records order these members by their hash and nothing else: `{"bucketName", "Host", "acl"}` but
`{"lifecycle", "bucketName", "Host"}`. The order is reproduced from `String.hashCode`, spread as
`java.util.HashMap` does, in a table of the size that its constructor picks; members in one bucket of the
table stay in the order in which they came. Every key set of the real records at hand (2022, 2023) comes
out as they are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

__all__ = ["in_copied_order", "in_grown_order"]


def _hash(text: str) -> int:
    units = text.encode("utf-16-be", "surrogatepass")
    value = 0
    for at in range(0, len(units), 2):
        value = (31 * value + (units[at] << 8 | units[at + 1])) & 0xFFFFFFFF
    return value ^ value >> 16


def _sorted(names: tuple[str, ...], table: int) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: _hash(name) & table - 1))


def _copied(names: tuple[str, ...]) -> tuple[str, ...]:
    table = 1
    while table < len(names) / 0.75 + 1:
        table *= 2
    return _sorted(names, table)


_remembered = lru_cache(maxsize=1024)(_copied)


def _grown(names: tuple[str, ...]) -> tuple[str, ...]:
    table = 16
    while len(names) > table * 0.75:
        table *= 2
    return _sorted(names, table)


def _arrange(
    members: Mapping[str, Any], order: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> dict[str, Any]:
    return {name: members[name] for name in order(tuple(members))}


def in_copied_order(members: Mapping[str, Any], *, strange: bool = False) -> dict[str, Any]:
    """The order of a `HashMap` that was copied from another map: `requestParameters`, `responseElements`.

    Args:
        strange: a name is the client's invention, so this order isn't worth (or safe) to remember.
    """
    return _arrange(members, _copied if strange else _remembered)


def in_grown_order(members: Mapping[str, Any]) -> dict[str, Any]:
    """The order of a `HashMap` that was filled one by one: the objects that a document's elements become."""
    return _arrange(members, _grown)
