"""Policy variables: `${aws:username}` in the resources and condition values of a policy.

A text of a policy is taken apart once into a template: literal text, wildcards, variables. At a request
the variables are replaced by the request's own values, whose `*` and `?` are plain characters. Rules: IAM
User Guide, "IAM policy elements: Variables and tags".

- `${key}` is the value of a condition key with a single value; without one, nothing fits the text.
- `${key, 'default'}` falls back to the default; white space around the comma is free.
- `${*}`, `${?}` and `${$}` are the characters themselves.
- Version 2008-10-17 knows no variables: `${aws:username}` is what it looks like there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from s3trail.policy.wildcards import Part, split_wildcards

__all__ = ["Context", "Template", "Value", "Variable", "constant", "resolve", "template", "text_of"]

Value = str | Sequence[str]
"""One value of a condition key, or the values of a multi-valued one."""

Context = Mapping[str, Value]
"""Condition keys of a request, by name in lower case (names are case-insensitive, tag keys included)."""

_VARIABLE = re.compile(r"\$\{\s*([^{},]*?)\s*(?:,\s*'([^']*)'\s*)?\}")
_ESCAPES = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Variable:
    """A place to be filled from the request."""

    key: str
    """Condition key in lower case."""
    default: str | None = None
    """Taken when the request has no single value for the key."""


Template = tuple[Part | Variable, ...]


def template(text: str, *, variables: bool, wildcards: bool = True) -> Template:
    """Take a text apart.

    Args:
        text: as it stands in the policy.
        variables: whether `${...}` means anything (policy version 2012-10-17).
        wildcards: whether `*` and `?` do; `StringEquals` and its kin take them literally.
    """
    if not variables or "${" not in text:
        return split_wildcards(text) if wildcards else (text,)
    parts: list[Part | Variable] = []
    position = 0
    for found in _VARIABLE.finditer(text):
        _add(parts, text[position : found.start()], wildcards)
        name, default = found.groups()
        if name in _ESCAPES:
            parts.append(name)
        else:
            parts.append(Variable(name.lower(), default))
        position = found.end()
    _add(parts, text[position:], wildcards)
    return tuple(parts)


def _add(parts: list[Part | Variable], text: str, wildcards: bool) -> None:
    if text:
        parts.extend(split_wildcards(text) if wildcards else (text,))


def constant(parts: Template) -> bool:
    """True when the text says the same for every request."""
    return not any(isinstance(part, Variable) for part in parts)


def resolve(parts: Template, context: Context) -> tuple[Part, ...] | None:
    """The template with the request's values; None when a variable has none."""
    filled: list[Part] = []
    for part in parts:
        if not isinstance(part, Variable):
            filled.append(part)
            continue
        value: Value | None = context.get(part.key)
        if value is not None and not isinstance(value, str):
            value = value[0] if len(value) == 1 else None
        if value is None:
            value = part.default
        if value is None:
            return None
        filled.append(value)
    return tuple(filled)


def text_of(parts: Sequence[Part]) -> str:
    """The text of parts without wildcards."""
    return "".join(part if isinstance(part, str) else part.value for part in parts)
