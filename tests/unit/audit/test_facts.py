"""The tables of facts cover AWS's service models and say what real records say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from s3trail.audit.facts import _SERVICES, fact
from s3trail.audit.facts.fact import Fact, Service
from s3trail.audit.redact import NEVER

SERVICES = sorted(set(_SERVICES) - {"s3control"})
NOT_SECRET = {
    # The model calls every metric expression sensitive; it holds names of metrics.
    ("cloudwatch", "Expression"),
}


def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def recorded_members(service: str, style: Service) -> Iterator[tuple[str, Any, bool]]:
    """`(member name, innermost shape, marked sensitive)` of all that a record of the service can show."""
    description = model(service)
    shapes = description._service_description["shapes"]
    for name in description.operation_names:
        operation = description.operation_model(name)
        known = fact(service, name)
        waiting = [operation.input_shape, operation.output_shape if known.answered else None]
        seen = set()
        while waiting:
            shape = waiting.pop()
            if shape is None or shape.name in seen:
                continue
            seen.add(shape.name)
            if shape.type_name == "list":
                waiting.append(shape.member)
            elif shape.type_name == "map":
                waiting.append(shape.value)
            elif shape.type_name == "structure":
                for member, member_shape in shape.members.items():
                    if member in style.secrets or member.lower() in NEVER:
                        continue
                    inner = member_shape
                    while inner.type_name == "list":
                        inner = inner.member
                    sensitive = any(shapes[each.name].get("sensitive") for each in (member_shape, inner))
                    yield member, inner, sensitive
                    waiting.append(member_shape)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_the_model_has_a_row(service: str) -> None:
    table = _SERVICES[service][1]
    assert set(model(service).operation_names) - set(table) == set()


@pytest.mark.parametrize("service", SERVICES)
def test_no_row_is_for_an_operation_that_the_model_lacks(service: str) -> None:
    extra = {"PostObject", "PreflightRequest"} if service == "s3" else set()
    assert set(_SERVICES[service][1]) - set(model(service).operation_names) == extra


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "s3"])
def test_every_timestamp_that_a_record_can_show_is_in_the_table(service: str) -> None:
    style = _SERVICES[service][0]
    times = {name for name, shape, _ in recorded_members(service, style) if shape.type_name == "timestamp"}
    assert times - style.times == set()


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "s3"])
def test_every_map_that_a_record_can_show_is_in_the_table(service: str) -> None:
    style = _SERVICES[service][0]
    maps = {name for name, shape, _ in recorded_members(service, style) if shape.type_name == "map"}
    assert maps - style.maps == set()


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "s3"])
def test_every_member_that_the_model_marks_sensitive_is_dropped(service: str) -> None:
    style = _SERVICES[service][0]
    shown = {name for name, _, sensitive in recorded_members(service, style) if sensitive}
    assert {(service, name) for name in shown} - NOT_SECRET == set()


@pytest.mark.parametrize("service", ["iam", "sts", "sns"])
def test_error_names_are_those_of_the_models_exceptions(service: str) -> None:
    shapes = model(service)._service_description["shapes"]
    expected = {
        shape["error"]["code"]: name
        for name, shape in shapes.items()
        if shape.get("exception") and shape.get("error", {}).get("code", name) != name
    }
    assert dict(_SERVICES[service][0].error_names) == expected


@pytest.mark.parametrize(
    ("operation", "event_name", "read_only", "category"),
    [
        ("GetObject", "GetObject", True, "Data"),
        ("HeadObject", "HeadObject", True, "Data"),
        ("PutObject", "PutObject", False, "Data"),
        ("ListObjectsV2", "ListObjects", True, "Data"),
        ("HeadBucket", "HeadBucket", True, "Data"),
        ("ListMultipartUploads", "ListMultipartUploads", True, "Data"),
        ("PreflightRequest", "PreflightRequest", True, "Data"),
        ("SelectObjectContent", "SelectObjectContent", True, "Data"),
        ("PutObjectRetention", "PutObjectLockRetention", False, "Data"),
        ("GetObjectLegalHold", "GetObjectLockLegalHold", True, "Data"),
        ("ListBuckets", "ListBuckets", True, "Management"),
        ("PutBucketLifecycleConfiguration", "PutBucketLifecycle", False, "Management"),
        ("GetPublicAccessBlock", "GetBucketPublicAccessBlock", True, "Management"),
        ("PutObjectLockConfiguration", "PutBucketObjectLockConfiguration", False, "Management"),
        ("PutBucketNotificationConfiguration", "PutBucketNotification", False, "Management"),
        ("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration", True, "Management"),
    ],
)
def test_s3_operations_have_cloudtrails_names_and_categories(
    operation: str, event_name: str, read_only: bool, category: str
) -> None:
    known = fact("s3", operation)
    assert (known.event_name, known.read_only, known.category) == (event_name, read_only, category)


@pytest.mark.parametrize(
    ("service", "operation", "event_name", "read_only", "category"),
    [
        ("cloudtrail", "LookupEvents", "LookupEvents", True, "Management"),
        ("cloudtrail", "StartQuery", "StartQuery", False, "Management"),
        ("athena", "BatchGetQueryExecution", "BatchGetQueryExecution", True, "Management"),
        ("sts", "AssumeRole", "AssumeRole", True, "Management"),
        ("iam", "SimulatePrincipalPolicy", "SimulatePrincipalPolicy", True, "Management"),
        ("glacier", "InitiateJob", "InitiateJob", False, "Management"),
        ("lambda", "GetFunction", "GetFunction20150331v2", True, "Management"),
        ("lambda", "Invoke", "Invoke", False, "Data"),
        ("sns", "Publish", "Publish", False, "Data"),
        ("s3control", "GetPublicAccessBlock", "GetAccountPublicAccessBlock", True, "Management"),
    ],
)
def test_other_services_have_cloudtrails_names_and_categories(
    service: str, operation: str, event_name: str, read_only: bool, category: str
) -> None:
    known = fact(service, operation)
    assert (known.event_name, known.read_only, known.category) == (event_name, read_only, category)


@pytest.mark.parametrize("operation", ["", "no such", "Ünknown", "x" * 129, 'a"b'])
def test_what_names_no_operation_is_an_unknown_operation_that_counts_as_a_write(operation: str) -> None:
    known = fact("s3", operation)
    assert (known.event_name, known.read_only) == ("UnknownOperation", False)


def test_an_operation_newer_than_the_tables_keeps_its_name() -> None:
    known: Fact = fact("cloudtrail", "ListThingsOfTomorrow")
    assert (known.event_name, known.event_source) == ("ListThingsOfTomorrow", "cloudtrail.amazonaws.com")
    assert known.read_only


def test_a_service_without_a_table_has_its_own_source() -> None:
    assert fact("kms", "Decrypt").event_source == "kms.amazonaws.com"
