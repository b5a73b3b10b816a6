"""Advanced event selectors of trails: conditions on the fields of an event.

Input: the `AdvancedEventSelectors` member of PutEventSelectors, later decoded CloudTrail records. Output: the
list as it is stored, and a compiled predicate. Pure. Facts: CloudTrail User Guide, "AdvancedFieldSelector"
and "Logging data events" (advanced event selectors).

One field: if a value of a deselecting operator (`Not…`) hits, the field fails; else, if there are selecting
operators, one value of any of them must hit. Fields are joined by AND, selectors by OR. A missing event field
fails selecting operators and passes deselecting ones (our choice, AWS doesn't say).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from s3trail.matching.selectors import InvalidEventSelectorsException, Matches

__all__ = ["advanced_categories", "compile_advanced", "validate_advanced"]

_SELECTING = ("Equals", "StartsWith", "EndsWith")
_DESELECTING = ("NotEquals", "NotStartsWith", "NotEndsWith")
_OPERATORS = _SELECTING + _DESELECTING
_MAX_VALUES = 500
_MAX_VALUE_LENGTH = 2048
_MAX_NAME_LENGTH = 1000

_ANY = frozenset(_OPERATORS)
_EQUALS = frozenset({"Equals"})
_FIELDS: dict[str, dict[str, frozenset[str]]] = {
    "Management": {
        "eventCategory": _EQUALS,
        "readOnly": _EQUALS,
        "eventSource": frozenset({"NotEquals"}),
    },
    "Data": {
        "eventCategory": _EQUALS,
        "resources.type": _EQUALS,
        "readOnly": _EQUALS,
        "eventName": _ANY,
        "resources.ARN": _ANY,
        "eventSource": _ANY,
        "eventType": _ANY,
        "userIdentity.arn": _ANY,
        "sessionCredentialFromConsole": frozenset({"Equals", "NotEquals"}),
    },
    "NetworkActivity": {
        "eventCategory": _EQUALS,
        "eventSource": _EQUALS,
        "eventName": _ANY,
        "vpcEndpointId": _ANY,
        "userIdentity.arn": _ANY,
        "errorCode": _EQUALS,
    },
}
"""Permitted fields of a trail's selectors and their operators, by the selector's eventCategory."""

_SINGLE = {
    "Data": ("eventCategory", "resources.type"),
    "NetworkActivity": ("eventCategory", "eventSource"),
    "Management": ("eventCategory",),
}
"""Fields that a selector of the category must have, with exactly one value."""

_PERMITTED_VALUES = {
    "readOnly": frozenset({"true", "false"}),
    "sessionCredentialFromConsole": frozenset({"true"}),
    "errorCode": frozenset({"VpceAccessDenied"}),
}
_EXCLUDABLE = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})

_Values = Callable[[Mapping[str, Any]], Sequence[str]]


def validate_advanced(selectors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The selectors as PutEventSelectors stores and echoes them.

    Raises:
        InvalidEventSelectorsException: a field, operator, value or number that AWS refuses on a trail.
    """
    if not selectors:
        raise InvalidEventSelectorsException("Specify at least one advanced event selector.")
    checked = [_validate_selector(selector) for selector in selectors]
    total = sum(
        len(field[operator])
        for selector in checked
        for field in selector["FieldSelectors"]
        for operator in _OPERATORS
        if operator in field
    )
    if total > _MAX_VALUES:
        raise InvalidEventSelectorsException(
            f"The total number of values for all conditions in advanced event selectors is {total}; "
            f"the maximum is {_MAX_VALUES}."
        )
    return checked


def _validate_selector(selector: Mapping[str, Any]) -> dict[str, Any]:
    name = selector.get("Name")
    if name is not None and len(name) > _MAX_NAME_LENGTH:
        raise InvalidEventSelectorsException(
            f"The name of an advanced event selector has at most {_MAX_NAME_LENGTH} characters."
        )
    fields = [_validate_operators(field) for field in selector.get("FieldSelectors") or ()]
    by_name = {field["Field"]: field for field in fields}
    if len(by_name) != len(fields):
        raise InvalidEventSelectorsException(
            "Each field can be used only once in an advanced event selector."
        )
    if "eventCategory" not in by_name:
        raise InvalidEventSelectorsException("The following fields are required: [eventCategory].")
    categories = by_name["eventCategory"].get("Equals", [])
    category = categories[0] if len(categories) == 1 else ""
    if category not in _FIELDS:
        raise InvalidEventSelectorsException(f"Value {','.join(categories)} for eventCategory is invalid.")
    for field in fields:
        _validate_field(category, field)
    missing = [required for required in _SINGLE[category] if required not in by_name]
    if missing:
        raise InvalidEventSelectorsException(f"The following fields are required: [{', '.join(missing)}].")
    stored: dict[str, Any] = {} if name is None else {"Name": name}
    stored["FieldSelectors"] = fields
    return stored


def _validate_operators(field: Mapping[str, Any]) -> dict[str, Any]:
    stored: dict[str, Any] = {"Field": field.get("Field") or ""}
    for operator in _OPERATORS:
        values = field.get(operator)
        if values is None:
            continue
        if not values or not all(1 <= len(value) <= _MAX_VALUE_LENGTH for value in values):
            raise InvalidEventSelectorsException(
                f"{operator} of field {stored['Field']} takes at least one value, "
                f"each of 1 to {_MAX_VALUE_LENGTH} characters."
            )
        stored[operator] = list(values)
    if len(stored) == 1:
        raise InvalidEventSelectorsException(f"Field {stored['Field']} needs at least one operator.")
    return stored


def _validate_field(category: str, field: Mapping[str, Any]) -> None:
    name = field["Field"]
    operators = _FIELDS[category].get(name)
    if operators is None:
        raise InvalidEventSelectorsException(
            f"Field {name} is invalid for advanced event selectors with eventCategory {category}."
        )
    for operator in _OPERATORS:
        if operator not in field:
            continue
        if operator not in operators:
            raise InvalidEventSelectorsException(f"Operator {operator} is invalid for field {name}.")
        permitted = _PERMITTED_VALUES.get(name)
        if category == "Management" and name == "eventSource":
            permitted = _EXCLUDABLE
        for value in field[operator]:
            if permitted is not None and value not in permitted:
                raise InvalidEventSelectorsException(f"Value {value} for {name} is invalid.")
        if name in _SINGLE[category] and len(field[operator]) != 1:
            raise InvalidEventSelectorsException(f"Field {name} takes exactly one value.")


def advanced_categories(selectors: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The values of `eventCategory` that validated selectors can keep; others need not be decoded."""
    return frozenset(
        field["Equals"][0]
        for selector in selectors
        for field in selector["FieldSelectors"]
        if field["Field"] == "eventCategory"
    )


def compile_advanced(selectors: Sequence[Mapping[str, Any]]) -> Matches:
    """A predicate over decoded records: true when any of the validated selectors keeps the event."""
    compiled = [_compile_selector(selector) for selector in selectors]
    return lambda record: any(matches(record) for matches in compiled)


def _compile_selector(selector: Mapping[str, Any]) -> Matches:
    fields = [_compile_field(field) for field in selector["FieldSelectors"]]
    return lambda record: all(passes(record) for passes in fields)


def _compile_field(field: Mapping[str, Any]) -> Matches:
    values_of = _FIELD_VALUES[field["Field"]]
    selecting = _compile_hits(field, _SELECTING)
    deselecting = _compile_hits(field, _DESELECTING)

    def passes(record: Mapping[str, Any]) -> bool:
        values = values_of(record)
        if deselecting is not None and any(deselecting(value) for value in values):
            return False
        return selecting is None or any(selecting(value) for value in values)

    return passes


def _compile_hits(field: Mapping[str, Any], operators: tuple[str, str, str]) -> Callable[[str], bool] | None:
    equal, begin, finish = (tuple(field.get(operator, ())) for operator in operators)
    if not (equal or begin or finish):
        return None
    exact = frozenset(equal)
    # startswith and endswith of an empty tuple are false, so unused operators never hit.
    return lambda value: value in exact or value.startswith(begin) or value.endswith(finish)


def _member(name: str) -> _Values:
    def values(record: Mapping[str, Any]) -> Sequence[str]:
        value = record.get(name)
        return (value,) if isinstance(value, str) else ()

    return values


def _read_only(record: Mapping[str, Any]) -> Sequence[str]:
    value = record.get("readOnly")
    return () if value is None else ("true" if value else "false",)


def _identity_arn(record: Mapping[str, Any]) -> Sequence[str]:
    arn = (record.get("userIdentity") or {}).get("arn")
    return (arn,) if arn else ()


def _resource_types(record: Mapping[str, Any]) -> Sequence[str]:
    return [each["type"] for each in record.get("resources") or () if "type" in each]


def _resource_arns(record: Mapping[str, Any]) -> Sequence[str]:
    # The bucket that comes with every object call isn't what a data event's selector is about.
    found = record.get("resources") or ()
    objects = [each for each in found if each.get("type") != "AWS::S3::Bucket"]
    arns = [each.get("ARN") or each.get("ARNPrefix") for each in objects or found]
    return [arn for arn in arns if arn]


_FIELD_VALUES: dict[str, _Values] = {
    "eventCategory": _member("eventCategory"),
    "eventName": _member("eventName"),
    "eventSource": _member("eventSource"),
    "eventType": _member("eventType"),
    "errorCode": _member("errorCode"),
    "vpcEndpointId": _member("vpcEndpointId"),
    "sessionCredentialFromConsole": _member("sessionCredentialFromConsole"),
    "readOnly": _read_only,
    "userIdentity.arn": _identity_arn,
    "resources.type": _resource_types,
    "resources.ARN": _resource_arns,
}
"""Where the values of a field stand in a record; a field may have several (resources)."""
