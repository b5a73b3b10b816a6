"""Every operation's answer, as it is rendered, is what botocore reads back."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.compat import HTTPHeaders
from botocore.parsers import create_parser

from s3trail.wire.http import Response
from s3trail.wire.models import SERVICES
from s3trail.wire.service import service
from tests.wire.values import EVERY_OPERATION, Generator, epochs, operation_model, without_empty

UNREAD = {("s3", "GetBucketLocation"), ("s3", "GetBucketNotification")}
"""Answers that botocore's parsers don't read: by a handler of its own, or with an element of two meanings."""

CASES = [
    (name, operation, protocol)
    for name, operation in EVERY_OPERATION
    for protocol in SERVICES[name].protocols
    if (name, operation) not in UNREAD
]
EVENT_STREAMS = {
    ("lambda", "InvokeWithResponseStream"),
    ("logs", "GetLogObject"),
    ("logs", "StartLiveTail"),
    ("s3", "SelectObjectContent"),
}


def received(response: Response) -> dict[str, Any]:
    """The answer as botocore's parsers take it."""
    headers = HTTPHeaders()
    for header, value in response.headers:
        headers[header] = value
    return {"status_code": response.status, "headers": headers, "body": response.body}


@pytest.mark.parametrize("variant", ["required", "full", "full again"])
@pytest.mark.parametrize(("name", "operation", "protocol"), CASES)
def test_answer_round_trip(name: str, operation: str, protocol: str, variant: str) -> None:
    wire = service(name).operation(operation)
    if (name, operation) in EVENT_STREAMS:
        assert not wire.renderable
        return
    model = operation_model(name, operation)
    shape = model.output_shape
    generator = Generator(f"{name} {operation} {variant}", full=variant != "required")
    result = epochs(generator.structure(shape)) if shape is not None else {}
    for member, member_shape in (shape.members if shape is not None else {}).items():
        if member_shape.serialization.get("location") == "statusCode":
            result[member] = 206
        elif member == shape.serialization.get("payload") and member_shape.type_name == "blob":
            result[member] = b"payload"

    response = wire.render(result, "request-1", protocol)
    assert wire.renderable
    parsed = create_parser(protocol).parse(received(response), shape)
    metadata = parsed.pop("ResponseMetadata", {})
    assert without_empty(epochs(parsed)) == without_empty(_read_back(result, shape))
    if protocol == "query":
        assert metadata["RequestId"] == "request-1"
    if "ContentRange" not in result and 206 not in result.values():
        assert response.status == model.http.get("responseCode", 200)


def _read_back(result: dict[str, Any], shape: Any) -> dict[str, Any]:
    """What botocore makes of a result: a payload that is text or a blob comes as text."""
    wanted = dict(result)
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload and shape.members[payload].type_name in ("blob", "string"):
        sent = wanted.get(payload, b"")
        wanted[payload] = sent.decode("utf-8") if isinstance(sent, bytes) else sent
    return wanted


def test_location_of_the_first_region_is_empty() -> None:
    response = service("s3").operation("GetBucketLocation").render({}, "")
    assert response.body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>'
    )
