"""Condition blocks: `{"StringLike": {"s3:prefix": ["${aws:username}/*"]}, ...}` as one predicate.

Input is the `Condition` element of a statement, compiled once; output a predicate over the condition keys
of a request. Rules: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators
for multi-valued context keys".

- Operators, and the keys under one, are joined by AND; the values of one key by OR, or by NOR for the
  operators with `Not`.
- A key that the request doesn't have fails an operator and passes one with `Not` or `IfExists`. A key
  without values counts as one that isn't there.
- `ForAllValues:` asks that every value of the request fits, which no values do; `ForAnyValue:` that one
  does. Without either, a key with several values is treated as with `ForAnyValue:`, and `Not` as the
  exact opposite.
- A policy value whose variable the request doesn't have equals nothing.
- Request values that are no number, date or address equal nothing.
"""

from __future__ import annotations

import base64
import binascii
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from s3trail.policy.variables import Context, constant, resolve, template, text_of
from s3trail.policy.wildcards import Matcher, Part, arn_like, compile_parts, match_any

__all__ = ["OPERATORS", "Condition", "InvalidCondition", "compile_condition", "split_operator", "texts_of"]

Condition = Callable[[Context], bool]
"""True when the condition block holds for the request."""

_Fits = Callable[[str, Context], bool]
"""Does this value of the request fit one of the policy's values? (Before any negation.)"""


class InvalidCondition(ValueError):
    """The element is no condition block; the text names the operator, key or value."""


def _static(matches: Matcher) -> _Fits:
    return lambda value, _context: matches(value)


def _compared(
    values: Sequence[str], variables: bool, wildcards: bool, compiled: Callable[[Sequence[Part]], Matcher]
) -> _Fits:
    """Texts that may hold variables; those without are compiled here, the others at the request."""
    found = [template(value, variables=variables, wildcards=wildcards) for value in values]
    resolved = [resolve(parts, {}) for parts in found if constant(parts)]
    fixed = [compiled(parts) for parts in resolved if parts is not None]
    varying = [parts for parts in found if not constant(parts)]

    def fits(value: str, context: Context) -> bool:
        if any(matches(value) for matches in fixed):
            return True
        for parts in varying:
            filled = resolve(parts, context)
            if filled is not None and compiled(filled)(value):
                return True
        return False

    return fits


def _equals(parts: Sequence[Part]) -> Matcher:
    text = text_of(parts)
    return lambda value: value == text


def _equals_ignoring_case(parts: Sequence[Part]) -> Matcher:
    text = text_of(parts).lower()
    return lambda value: value.lower() == text


def _string_equals(values: Sequence[str], variables: bool) -> _Fits:
    if not variables or not any("${" in value for value in values):
        return _static(frozenset(values).__contains__)
    return _compared(values, variables, False, _equals)


def _string_equals_ignore_case(values: Sequence[str], variables: bool) -> _Fits:
    return _compared(values, variables, False, _equals_ignoring_case)


def _string_like(values: Sequence[str], variables: bool) -> _Fits:
    if not variables or not any("${" in value for value in values):
        return _static(match_any(values))
    return _compared(values, variables, True, compile_parts)


def _arn_like(values: Sequence[str], variables: bool) -> _Fits:
    return _compared(values, variables, True, arn_like)


_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def _number(text: str) -> float | None:
    """The number; None when it is none. Whole numbers stay exact."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _date(text: str) -> float | None:
    """Epoch seconds of an ISO 8601 date or of epoch seconds; None when it is neither."""
    if _NUMBER.fullmatch(text):
        return float(text)
    if len(text) == 7 and text[4] == "-":
        text += "-01"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _ordered(
    kind: str, parse: Callable[[str], float | None], compare: Callable[[float, float], bool]
) -> Callable[[Sequence[str], bool], _Fits]:
    """Numbers and dates: the request's value stands in this relation to one of the policy's."""

    def compiled(values: Sequence[str], _variables: bool) -> _Fits:
        bounds: list[float] = []
        for value in values:
            bound = parse(value)
            if bound is None:
                raise InvalidCondition(f"{value} is not a valid {kind}")
            bounds.append(bound)

        def fits(value: str, _context: Context) -> bool:
            number = parse(value)
            return number is not None and any(compare(number, bound) for bound in bounds)

        return fits

    return compiled


def _bool(values: Sequence[str], _variables: bool) -> _Fits:
    wanted = frozenset(value.lower() for value in values)
    for value in wanted - {"true", "false"}:
        raise InvalidCondition(f"{value} is not a valid boolean")
    return lambda value, _context: value.lower() in wanted


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _binary_equals(values: Sequence[str], _variables: bool) -> _Fits:
    wanted = {_bytes(value) for value in values}
    if None in wanted:
        raise InvalidCondition("a BinaryEquals value is not valid base64")

    def fits(value: str, _context: Context) -> bool:
        found = _bytes(value)
        return found is not None and found in wanted

    return fits


@lru_cache(maxsize=4096)
def _address(text: str) -> tuple[int, int] | None:
    """IP version and number of an address; an IPv4 address in IPv6 clothes is the IPv4 address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.version, int(address)


def _ip_address(values: Sequence[str], _variables: bool) -> _Fits:
    ranges: list[tuple[int, int, int]] = []
    for value in values:
        try:
            network = ip_network(value, strict=False)
        except ValueError:
            raise InvalidCondition(f"{value} is not a valid IP address or range") from None
        ranges.append((network.version, int(network.network_address), int(network.netmask)))

    def fits(value: str, _context: Context) -> bool:
        address = _address(value)
        if address is None:
            return False
        version, number = address
        return any(version == family and number & mask == base for family, base, mask in ranges)

    return fits


_FAMILIES: dict[str, tuple[Callable[[Sequence[str], bool], _Fits], bool]] = {
    "StringEquals": (_string_equals, False),
    "StringNotEquals": (_string_equals, True),
    "StringEqualsIgnoreCase": (_string_equals_ignore_case, False),
    "StringNotEqualsIgnoreCase": (_string_equals_ignore_case, True),
    "StringLike": (_string_like, False),
    "StringNotLike": (_string_like, True),
    "NumericEquals": (_ordered("number", _number, operator.eq), False),
    "NumericNotEquals": (_ordered("number", _number, operator.eq), True),
    "NumericLessThan": (_ordered("number", _number, operator.lt), False),
    "NumericLessThanEquals": (_ordered("number", _number, operator.le), False),
    "NumericGreaterThan": (_ordered("number", _number, operator.gt), False),
    "NumericGreaterThanEquals": (_ordered("number", _number, operator.ge), False),
    "DateEquals": (_ordered("date", _date, operator.eq), False),
    "DateNotEquals": (_ordered("date", _date, operator.eq), True),
    "DateLessThan": (_ordered("date", _date, operator.lt), False),
    "DateLessThanEquals": (_ordered("date", _date, operator.le), False),
    "DateGreaterThan": (_ordered("date", _date, operator.gt), False),
    "DateGreaterThanEquals": (_ordered("date", _date, operator.ge), False),
    "Bool": (_bool, False),
    "BinaryEquals": (_binary_equals, False),
    "IpAddress": (_ip_address, False),
    "NotIpAddress": (_ip_address, True),
    "ArnEquals": (_arn_like, False),
    "ArnLike": (_arn_like, False),
    "ArnNotEquals": (_arn_like, True),
    "ArnNotLike": (_arn_like, True),
}
"""Operator to the compiler of its values, and whether it is the negation."""

OPERATORS = (*_FAMILIES, "Null")
"""Every condition operator, without set operator and `IfExists`."""

_BY_LOWER_NAME = {name.lower(): name for name in OPERATORS}
_SETS = {"": "", "forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}


def split_operator(name: str) -> tuple[str, str, bool]:
    """`ForAnyValue:StringLikeIfExists` as set operator, operator, and whether `IfExists` was there.

    Raises:
        InvalidCondition: no such operator.
    """
    prefix, _, plain = name.rpartition(":")
    lower = plain.lower()
    if_exists = lower.endswith("ifexists")
    known = _BY_LOWER_NAME.get(lower.removesuffix("ifexists"))
    if known is None or prefix.lower() not in _SETS or (known == "Null" and (if_exists or prefix)):
        raise InvalidCondition(f"Invalid Condition type : {name}")
    return _SETS[prefix.lower()], known, if_exists


def texts_of(value: Any) -> list[str]:
    """The values of one condition key as texts: one or a list of strings, numbers and booleans.

    Raises:
        InvalidCondition: it is something else.
    """
    found = value if isinstance(value, list) else [value]
    texts = []
    for item in found:
        if isinstance(item, bool):
            texts.append("true" if item else "false")
        elif isinstance(item, str | int | float):
            texts.append(str(item))
        else:
            raise InvalidCondition("a condition value must be a string, a number or a boolean")
    return texts


def compile_condition(block: Any, *, variables: bool) -> Condition | None:
    """Compile a `Condition` element; None when it is empty and so always holds.

    Args:
        block: operator to key to value or values, as in the policy's JSON.
        variables: whether `${...}` are policy variables (policy version 2012-10-17).

    Raises:
        InvalidCondition: unknown operator, or a value that the operator can't take.
    """
    if not isinstance(block, Mapping):
        raise InvalidCondition("Condition must be an object")
    tests: list[Condition] = []
    for name, keys in block.items():
        which, plain, if_exists = split_operator(name)
        if not isinstance(keys, Mapping):
            raise InvalidCondition(f"{name} must hold condition keys")
        for key, value in keys.items():
            texts = texts_of(value)
            if plain == "Null":
                tests.append(_null(key.lower(), texts))
            else:
                compiled, negated = _FAMILIES[plain]
                fits = compiled(texts, variables)
                tests.append(_test(key.lower(), fits, negated=negated, which=which, if_exists=if_exists))
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    joined = tuple(tests)

    def holds(context: Context) -> bool:
        for test in joined:  # noqa: SIM110 - a generator would cost as much as the tests
            if not test(context):
                return False
        return True

    return holds


def _null(key: str, texts: Sequence[str]) -> Condition:
    """`Null`: `true` wants the key to be absent, `false` to be there."""
    wanted = frozenset(text.lower() for text in texts)
    for text in wanted - {"true", "false"}:
        raise InvalidCondition(f"{text} is not a valid boolean")
    return lambda context: ("false" if _values(context.get(key)) else "true") in wanted


def _test(key: str, fits: _Fits, *, negated: bool, which: str, if_exists: bool) -> Condition:
    """One key under one operator."""
    if which == "ForAllValues":

        def holds(context: Context) -> bool:
            return all(fits(value, context) is not negated for value in _values(context.get(key)))

    elif which == "ForAnyValue":

        def holds(context: Context) -> bool:
            values = _values(context.get(key))
            if not values:
                return if_exists
            return any(fits(value, context) is not negated for value in values)

    else:
        absent = negated or if_exists

        def holds(context: Context) -> bool:
            found = context.get(key)
            if isinstance(found, str):
                return fits(found, context) is not negated
            if not found:
                return absent
            return any(fits(value, context) for value in found) is not negated

    return holds


def _values(found: str | Sequence[str] | None) -> Sequence[str]:
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else found
