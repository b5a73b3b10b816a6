"""Errors are rendered in each protocol's form, and botocore reads them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from botocore.compat import HTTPHeaders
from botocore.parsers import create_parser

from s3trail.kernel.errors import (
    AccessDenied,
    AuditUnavailable,
    AwsError,
    InternalError,
    InvalidArgument,
    NotImplementedByServer,
)
from s3trail.wire.errors import error_code, render_error
from s3trail.wire.http import Response
from s3trail.wire.models import SERVICES

SPOKEN = [(name, protocol) for name, facts in SERVICES.items() for protocol in facts.protocols]


def read(response: Response, protocol: str) -> dict[str, Any]:
    headers = HTTPHeaders()
    # The edge adds the request ids.
    for name, value in [*response.headers, ("x-amz-request-id", "R1"), ("x-amzn-requestid", "R1")]:
        headers[name] = value
    raw = {"status_code": response.status, "headers": headers, "body": response.body}
    parsed: dict[str, Any] = create_parser(protocol).parse(raw, None)
    return parsed


def body(response: Response) -> bytes:
    assert isinstance(response.body, bytes)
    return response.body


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_botocore_reads_code_message_and_request_id(service: str, protocol: str) -> None:
    error = AwsError('No <such> & "thing"\r\n☃', code="NoSuchThing", status=404)
    response = render_error(service, error, request_id="R1", protocol=protocol)
    parsed = read(response, protocol)
    assert parsed["Error"]["Code"] == "NoSuchThing"
    assert parsed["Error"]["Message"] == error.message
    assert parsed["ResponseMetadata"]["RequestId"] == "R1"
    assert response.status == (400 if service == "cloudtrail" else 404)


@pytest.mark.parametrize(
    ("error", "s3", "json", "query"),
    [
        (AccessDenied(), "AccessDenied", "AccessDeniedException", "AccessDenied"),
        (AuditUnavailable(), "SlowDown", "ServiceUnavailable", "ServiceUnavailable"),
        (InternalError(), "InternalError", "InternalFailure", "InternalFailure"),
        (NotImplementedByServer(), "NotImplemented", "UnknownOperationException", "InvalidAction"),
    ],
)
def test_kernel_errors_have_each_protocols_code(error: AwsError, s3: str, json: str, query: str) -> None:
    assert error_code("s3", error) == s3
    assert error_code("logs", error) == error_code("glacier", error) == json
    assert error_code("iam", error) == error_code("cloudwatch", error, "query") == query


def test_s3_document_has_the_members_in_order() -> None:
    error = InvalidArgument("Bad.", ArgumentName="max-keys", ArgumentValue="<\x00>")
    response = render_error("s3", error, request_id="R1", host_id="H1")
    assert response.body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b"<Error><Code>InvalidArgument</Code><Message>Bad.</Message><ArgumentName>max-keys</ArgumentName>"
        b"<ArgumentValue>&lt;\xef\xbf\xbd&gt;</ArgumentValue>"
        b"<RequestId>R1</RequestId><HostId>H1</HostId></Error>"
    )
    assert response.headers == [("Content-Type", "application/xml")]


@pytest.mark.parametrize(("status", "head"), [(404, True), (304, False)])
def test_answer_without_body_keeps_the_errors_headers(status: int, head: bool) -> None:
    error = AwsError("m", code="C", status=status, headers=(("x-amz-delete-marker", "true"), ("X", "a\r\nb")))
    response = render_error("s3", error, request_id="R1", head=head)
    assert (response.status, response.body) == (status, b"")
    assert response.headers == [("x-amz-delete-marker", "true"), ("X", "a  b")]


def test_cloudtrail_spells_its_message_with_a_capital() -> None:
    response = render_error("cloudtrail", AccessDenied("No."), request_id="R1")
    assert orjson.loads(body(response)) == {"__type": "AccessDeniedException", "Message": "No."}
    assert (response.status, dict(response.headers)["x-amzn-ErrorType"]) == (400, "AccessDeniedException")


def test_query_error_tells_whose_fault_it_is() -> None:
    sender = render_error("iam", AccessDenied(), request_id="R1")
    receiver = render_error("iam", InternalError(), request_id="R1")
    assert b"<Type>Sender</Type>" in body(sender)
    assert b"<Type>Receiver</Type>" in body(receiver)


def test_unknown_service_is_answered_in_s3s_form() -> None:
    response = render_error("ec2", AccessDenied(), request_id="R1")
    assert read(response, "rest-xml")["Error"]["Code"] == "AccessDenied"


def test_surrogates_in_a_message_do_not_break_the_answer() -> None:
    error = AwsError("key \udcff", code="C", status=400)
    for service, protocol in SPOKEN:
        response = render_error(service, error, request_id="R1", protocol=protocol)
        assert read(response, protocol)["Error"]["Code"] == "C"
