"""Wildcards: whether a text fits a pattern with `*` and `?`.

Input are patterns of policies, taken apart once into parts (literal text, `ANY_TEXT`, `ANY_CHARACTER`);
output is a predicate over texts. Matching takes time linear in the text for a given pattern: the text
between two `*` is looked for from the left, and what was found is never given up again, since an earlier
find leaves more room.

An ARN is matched as one text: a `*` reaches over colons and slashes (IAM User Guide, "IAM JSON policy
elements: Resource": a wildcard can expand beyond the boundaries of a segment). Condition operators on
ARNs compare the six sections one by one instead; see `arn_like`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

__all__ = [
    "ANY_CHARACTER",
    "ANY_TEXT",
    "Matcher",
    "Part",
    "Wildcard",
    "arn_like",
    "compile_parts",
    "match_any",
    "split_wildcards",
]


class Wildcard(Enum):
    """The two wildcard characters of policies."""

    ANY_TEXT = "*"
    """Any text, none included."""
    ANY_CHARACTER = "?"
    """Exactly one character."""


ANY_TEXT = Wildcard.ANY_TEXT
ANY_CHARACTER = Wildcard.ANY_CHARACTER

Part = str | Wildcard
"""Literal text or a wildcard."""

Matcher = Callable[[str], bool]

_WILDCARDS = {"*": ANY_TEXT, "?": ANY_CHARACTER}


def split_wildcards(pattern: str) -> tuple[Part, ...]:
    """The parts of a pattern: `a*b?` is `a`, ANY_TEXT, `b`, ANY_CHARACTER."""
    parts: list[Part] = []
    literal = ""
    for character in pattern:
        wildcard = _WILDCARDS.get(character)
        if wildcard is None:
            literal += character
            continue
        if literal:
            parts.append(literal)
            literal = ""
        if wildcard is ANY_CHARACTER or not parts or parts[-1] is not ANY_TEXT:
            parts.append(wildcard)
    if literal:
        parts.append(literal)
    return tuple(parts)


def compile_parts(parts: Sequence[Part]) -> Matcher:
    """The predicate of one pattern; the plain forms (`text`, `text*`, `*`) cost one string operation."""
    simple = _simple(parts)
    if simple is not None:
        return simple
    segments = _segments(parts)
    first, last = segments[0], segments[-1]
    if len(segments) == 1:
        return lambda text: len(text) == first.length and first.at(text, 0)
    middle = segments[1:-1]
    shortest = sum(segment.length for segment in segments)

    def matches(text: str) -> bool:
        end = len(text) - last.length
        if len(text) < shortest or not first.at(text, 0) or not last.at(text, end):
            return False
        position = first.length
        for segment in middle:
            position = segment.find(text, position, end)
            if position < 0:
                return False
            position += segment.length
        return True

    return matches


def match_any(patterns: Iterable[str]) -> Matcher:
    """The predicate "fits one of these patterns", with the plain ones looked up together."""
    exact: set[str] = set()
    prefixes: list[str] = []
    others: list[Matcher] = []
    for pattern in patterns:
        parts = split_wildcards(pattern)
        if parts == (ANY_TEXT,):
            return lambda text: True  # noqa: ARG005 - the signature of a matcher
        if len(parts) == 1 and isinstance(parts[0], str):
            exact.add(parts[0])
        elif len(parts) == 2 and isinstance(parts[0], str) and parts[1] is ANY_TEXT:
            prefixes.append(parts[0])
        else:
            others.append(compile_parts(parts))
    if not others and not prefixes:
        return frozenset(exact).__contains__
    beginnings = tuple(prefixes)
    if not others and not exact:
        return lambda text: text.startswith(beginnings)
    return lambda text: (
        text in exact or text.startswith(beginnings) or any(matches(text) for matches in others)
    )


def arn_like(pattern: Sequence[Part]) -> Matcher:
    """`ArnLike` and `ArnEquals`: each of the six sections of the ARN fits its section of the pattern.

    A wildcard stays within its section, except in the last one, which may hold colons itself. The pattern
    `*` fits every ARN (our choice). Texts that are no ARNs fit nothing.
    """
    if tuple(pattern) == (ANY_TEXT,):
        return lambda text: text.startswith("arn:") and text.count(":") >= 5
    sections: list[list[Part]] = [[]]
    for part in pattern:
        if isinstance(part, Wildcard):
            sections[-1].append(part)
            continue
        head, *rest = part.split(":", 6 - len(sections))
        sections[-1].append(head)
        sections.extend([piece] for piece in rest)
    if len(sections) != 6:
        return lambda text: False  # noqa: ARG005 - the signature of a matcher
    matchers = [compile_parts([part for part in section if part != ""]) for section in sections]

    def matches(text: str) -> bool:
        found = text.split(":", 5)
        return len(found) == 6 and all(fits(section) for fits, section in zip(matchers, found, strict=True))

    return matches


def _simple(parts: Sequence[Part]) -> Matcher | None:
    """The predicate of a pattern without wildcards, or with one `*` at an end; None for all others."""
    if not parts:
        return lambda text: text == ""
    head = parts[0]
    if len(parts) == 1:
        if head is ANY_TEXT:
            return lambda text: True  # noqa: ARG005 - the signature of a matcher
        return (lambda text: text == head) if isinstance(head, str) else None
    if len(parts) == 2:
        if isinstance(head, str) and parts[1] is ANY_TEXT:
            return lambda text: text.startswith(head)
        tail = parts[1]
        if head is ANY_TEXT and isinstance(tail, str):
            return lambda text: text.endswith(tail)
    return None


class _Segment:
    """What stands between two `*`: literal pieces at fixed distances, with `?` as the gaps."""

    __slots__ = ("_literal", "_pieces", "length")

    def __init__(self, parts: Sequence[Part]) -> None:
        pieces = []
        offset = 0
        for part in parts:
            if isinstance(part, str):
                pieces.append((offset, part))
                offset += len(part)
            else:
                offset += 1
        self.length = offset
        self._pieces = tuple(pieces)
        self._literal = parts[0] if len(parts) == 1 and isinstance(parts[0], str) else None

    def at(self, text: str, position: int) -> bool:
        """True when the segment stands at this position; the text is known to be long enough."""
        return all(text.startswith(piece, position + offset) for offset, piece in self._pieces)

    def find(self, text: str, start: int, end: int) -> int:
        """The first position from `start` on where the segment stands before `end`; -1 when nowhere."""
        if self._literal is not None:
            return text.find(self._literal, start, end)
        for position in range(start, end - self.length + 1):
            if self.at(text, position):
                return position
        return -1


def _segments(parts: Sequence[Part]) -> list[_Segment]:
    grouped: list[list[Part]] = [[]]
    for part in parts:
        if part is ANY_TEXT:
            grouped.append([])
        elif isinstance(part, str) and grouped[-1] and isinstance(grouped[-1][-1], str):
            grouped[-1][-1] += part
        else:
            grouped[-1].append(part)
    return [_Segment(group) for group in grouped]
