"""Basic event selectors: which events a trail keeps.

Input: the `EventSelectors` member of PutEventSelectors, later decoded CloudTrail records. Output: the same
list with defaults filled in, and a compiled predicate. Pure; the region and account rules of a trail belong
to its delivery. Facts: CloudTrail User Guide, "Logging management events" and "Logging data events" (basic
event selectors).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from s3trail.kernel.errors import AwsError

__all__ = [
    "DEFAULT_SELECTORS",
    "InvalidEventSelectorsException",
    "Matches",
    "basic_categories",
    "compile_basic",
    "validate_basic",
]

Matches = Callable[[Mapping[str, Any]], bool]
"""Takes a decoded record; true when the selectors keep it."""

DEFAULT_SELECTORS: tuple[dict[str, Any], ...] = (
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    },
)
"""What a trail keeps until PutEventSelectors says otherwise: every management event."""

_MAX_SELECTORS = 5
_MAX_VALUES = 250
_READ_WRITE_TYPES = {"All": None, "ReadOnly": True, "WriteOnly": False}
_EXCLUDABLE = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
_S3_OBJECT = "AWS::S3::Object"
_S3_BUCKETS = "arn:aws:s3:::"
_EVERYTHING = {
    _S3_OBJECT: frozenset({"arn:aws:s3", _S3_BUCKETS}),
    "AWS::Lambda::Function": frozenset({"arn:aws:lambda"}),
    "AWS::DynamoDB::Table": frozenset({"arn:aws:dynamodb"}),
}
"""The resource types of basic selectors, with the values that mean every resource of the type."""

_SOURCES = {
    _S3_OBJECT: "s3.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::DynamoDB::Table": "dynamodb.amazonaws.com",
}


class InvalidEventSelectorsException(AwsError):
    """The selectors of PutEventSelectors don't hold together; the message names what is wrong."""

    code = "InvalidEventSelectorsException"
    status = 400
    message = "The event selectors are not valid."


def validate_basic(selectors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The selectors with AWS's defaults filled in, as PutEventSelectors stores and echoes them.

    Raises:
        InvalidEventSelectorsException: a number, value or combination that AWS refuses.
    """
    if not 1 <= len(selectors) <= _MAX_SELECTORS:
        raise InvalidEventSelectorsException(
            f"Specify a valid number of selectors (1 to {_MAX_SELECTORS}) for your trail."
        )
    filled = [_validate_selector(selector) for selector in selectors]
    counted = 0
    for selector in filled:
        for resource in selector["DataResources"]:
            everything = _EVERYTHING[resource["Type"]]
            counted += sum(1 for value in resource["Values"] if value not in everything)
    if counted > _MAX_VALUES:
        raise _wrong_number_of_values()
    return filled


def _wrong_number_of_values() -> InvalidEventSelectorsException:
    return InvalidEventSelectorsException(
        f"Specify a valid number of DataResources.Values (0 to {_MAX_VALUES}) for all your selectors"
    )


def _validate_selector(selector: Mapping[str, Any]) -> dict[str, Any]:
    read_write_type = selector.get("ReadWriteType") or "All"
    if read_write_type not in _READ_WRITE_TYPES:
        raise InvalidEventSelectorsException(f"Value {read_write_type} for ReadWriteType is invalid.")
    include = selector.get("IncludeManagementEvents")
    include = True if include is None else bool(include)
    resources = [_validate_resource(resource) for resource in selector.get("DataResources") or ()]
    excluded = list(selector.get("ExcludeManagementEventSources") or ())
    if not include and not resources:
        raise InvalidEventSelectorsException(
            "Invalid combination of parameters in EventSelectors. "
            "When includeManagementEvents is false, DataResources must not be empty."
        )
    for source in excluded:
        if source not in _EXCLUDABLE:
            raise InvalidEventSelectorsException(
                f"Value {source} for ExcludeManagementEventSources is invalid."
            )
    if excluded and not include:
        raise InvalidEventSelectorsException(
            "Invalid combination of parameters in EventSelectors. "
            "When includeManagementEvents is false, ExcludeManagementEventSources must be empty."
        )
    return {
        "ReadWriteType": read_write_type,
        "IncludeManagementEvents": include,
        "DataResources": resources,
        "ExcludeManagementEventSources": excluded,
    }


def _validate_resource(resource: Mapping[str, Any]) -> dict[str, Any]:
    resource_type = resource.get("Type")
    if resource_type not in _EVERYTHING:
        raise InvalidEventSelectorsException(f"Value {resource_type} for DataResources.Type is invalid.")
    values = list(resource.get("Values") or ())
    if not values:
        raise _wrong_number_of_values()
    for value in values:
        if not _valid_value(resource_type, value):
            raise InvalidEventSelectorsException(f"Value {value} for DataResources.Values is invalid.")
    return {"Type": resource_type, "Values": values}


def _valid_value(resource_type: str, value: str) -> bool:
    if value in _EVERYTHING[resource_type]:
        return True
    if "*" in value:
        return False
    if resource_type == _S3_OBJECT:
        # A bucket alone is refused: without the slash its name would be a prefix of other buckets' names.
        bucket, slash, _ = value.removeprefix(_S3_BUCKETS).partition("/")
        return value.startswith(_S3_BUCKETS) and bool(bucket) and bool(slash)
    return any(value.startswith(every + ":") for every in _EVERYTHING[resource_type])


def basic_categories(selectors: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The values of `eventCategory` that validated selectors can keep; others need not be decoded."""
    found = set()
    for selector in selectors:
        if selector["IncludeManagementEvents"]:
            found.add("Management")
        if selector["DataResources"]:
            found.add("Data")
    return frozenset(found)


def compile_basic(selectors: Sequence[Mapping[str, Any]]) -> Matches:
    """A predicate over decoded records: true when any of the validated selectors keeps the event."""
    compiled = [_compile_selector(selector) for selector in selectors]
    if len(compiled) == 1:
        return compiled[0]
    return lambda record: any(matches(record) for matches in compiled)


def _compile_selector(selector: Mapping[str, Any]) -> Matches:
    read_only = _READ_WRITE_TYPES[selector["ReadWriteType"]]
    include = bool(selector["IncludeManagementEvents"])
    excluded = frozenset(selector["ExcludeManagementEventSources"])
    resources = [_compile_resource(resource) for resource in selector["DataResources"]]

    def matches(record: Mapping[str, Any]) -> bool:
        if read_only is not None and bool(record.get("readOnly")) is not read_only:
            return False
        category = record.get("eventCategory")
        if category == "Management":
            return include and record.get("eventSource") not in excluded
        if category == "Data":
            return any(keeps(record) for keeps in resources)
        return False

    return matches


def _compile_resource(resource: Mapping[str, Any]) -> Matches:
    resource_type = resource["Type"]
    values = resource["Values"]
    if not _EVERYTHING[resource_type].isdisjoint(values):
        source = _SOURCES[resource_type]

        def keeps_all(record: Mapping[str, Any]) -> bool:
            found = record.get("resources")
            if not found:
                # Calls on absent buckets carry no resources, and are still calls on objects of the service.
                return bool(record.get("eventSource") == source)
            return any(each.get("type") == resource_type for each in found)

        return keeps_all
    if resource_type == _S3_OBJECT:
        prefixes = tuple(values)
        return lambda record: any(arn.startswith(prefixes) for arn in _arns(record, _S3_OBJECT))
    exact = frozenset(values)
    return lambda record: any(arn in exact for arn in _arns(record, resource_type))


def _arns(record: Mapping[str, Any], resource_type: str) -> list[str]:
    # Listings and bulk deletes name their objects by ARNPrefix, everything else by ARN.
    return [
        each.get("ARN") or each.get("ARNPrefix") or ""
        for each in record.get("resources") or ()
        if each.get("type") == resource_type
    ]
