"""A record has CloudTrail's members, in CloudTrail's order, with true values."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from s3trail.audit import build
from s3trail.audit.exchange import Exchange
from s3trail.kernel.call import Signature
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds

Record = Callable[..., dict[str, Any]]


def test_members_come_in_the_order_of_real_records(record: Record) -> None:
    denied = record(
        "GetObject", result=None, error=AwsError("no", code="AccessDenied", status=403), status=403
    )
    assert list(denied) == [
        "eventVersion",
        "userIdentity",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
        "errorMessage",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "requestID",
        "eventID",
        "readOnly",
        "resources",
        "eventType",
        "managementEvent",
        "recipientAccountId",
        "eventCategory",
        "tlsDetails",
    ]


def test_values_are_those_of_the_call(record: Record) -> None:
    written = record("GetObject")
    assert uuid.UUID(written.pop("eventID")).version == 4
    for member in ("userIdentity", "requestParameters", "additionalEventData", "resources"):
        written.pop(member)
    assert written == {
        "eventVersion": "1.11",
        "eventTime": "2023-11-14T22:13:21Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "[aws-cli/2.15]",
        "responseElements": None,
        "requestID": "2T6TAP5P6J5P84Y2",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": "123456789012",
        "eventCategory": "Data",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "b.s3.example.com",
        },
    }


def test_a_record_is_minified_utf8(exchange: Callable[..., Exchange]) -> None:
    (text,) = build.records(
        exchange("GetObject", params={"Bucket": "b", "Key": "größe \U0001f600"}), RandomIds()
    )
    assert text == orjson.dumps(orjson.loads(text))
    assert "größe \U0001f600".encode() in text


def test_additional_event_data_comes_in_the_order_of_real_records(record: Record) -> None:
    written = record(
        "PutObject",
        bytes_in=76,
        bytes_out=0,
        object_size=26,
        turn_around=0.0125,
        response_headers=[("x-amz-server-side-encryption", "AES256")],
        details={"acl_required": True},
    )["additionalEventData"]
    assert list(written.items()) == [
        ("SignatureVersion", "SigV4"),
        ("aclRequired", "Yes"),
        ("CipherSuite", "TLS_AES_128_GCM_SHA256"),
        ("objectSize", 26),
        ("bytesTransferredIn", 76),
        ("SSEApplied", "Default_SSE_S3"),
        ("startTime", 1_700_000_000_250),
        ("AuthenticationMethod", "AuthHeader"),
        ("endTime", 1_700_000_001_750),
        ("x-amz-id-2", "Zm9vYmFy"),
        ("turnAroundTime", 12),
        ("httpStatusCode", 200),
        ("bytesTransferredOut", 0),
    ]


def test_plain_unsigned_calls_say_nothing_of_tls_and_signatures(record: Record) -> None:
    written = record("GetObject", call={"tls": None, "signature": Signature()})
    assert "tlsDetails" not in written
    assert list(written["additionalEventData"]) == [
        "bytesTransferredIn",
        "startTime",
        "endTime",
        "x-amz-id-2",
        "httpStatusCode",
        "bytesTransferredOut",
    ]


@pytest.mark.parametrize(
    ("operation", "asked", "answered", "expected"),
    [
        ("PutObject", {}, {"x-amz-server-side-encryption": "AES256"}, "Default_SSE_S3"),
        (
            "PutObject",
            {"x-amz-server-side-encryption": "AES256"},
            {"X-Amz-Server-Side-Encryption": "AES256"},
            "SSE_S3",
        ),
        ("PutObject", {}, {"x-amz-server-side-encryption": "aws:kms"}, "Default_SSE_KMS"),
        (
            "PutObject",
            {"x-amz-server-side-encryption": "aws:kms"},
            {"x-amz-server-side-encryption": "aws:kms"},
            "SSE_KMS",
        ),
        ("PutObject", {}, {"x-amz-server-side-encryption-customer-algorithm": "AES256"}, "SSE_C"),
        ("PutObject", {"x-amz-server-side-encryption": "AES256"}, {}, None),
        ("PutObject", {}, {"x-amz-server-side-encryption": "rot13"}, None),
        ("GetObject", {}, {"x-amz-server-side-encryption": "AES256"}, None),
    ],
)
def test_encryption_is_what_the_answer_says(
    record: Record, operation: str, asked: dict[str, str], answered: dict[str, str], expected: str | None
) -> None:
    written = record(operation, headers=asked, response_headers=list(answered.items()))
    assert written["additionalEventData"].get("SSEApplied") == expected


def test_only_s3_has_additional_event_data_and_brackets(record: Record) -> None:
    written = record("ListTrails", call={"service": "cloudtrail", "user_agent": "aws-cli/2"})
    assert "additionalEventData" not in written
    assert written["userAgent"] == "aws-cli/2"


def test_an_empty_user_agent_is_empty_brackets_for_s3_and_absent_elsewhere(record: Record) -> None:
    assert record("GetObject", call={"user_agent": ""})["userAgent"] == "[]"
    assert "userAgent" not in record("ListTrails", call={"service": "cloudtrail", "user_agent": ""})


def test_an_error_without_a_message_has_only_its_code(record: Record) -> None:
    written = record("GetObject", result=None, error=AwsError("", code="NotModified", status=304))
    assert written["errorCode"] == "NotModified"
    assert "errorMessage" not in written


def test_iam_errors_have_their_exceptions_names(record: Record) -> None:
    error = AwsError("none", code="NoSuchEntity", status=404)
    assert (
        record("GetUser", call={"service": "iam"}, result=None, error=error)["errorCode"]
        == "NoSuchEntityException"
    )


@pytest.mark.parametrize(
    ("service", "version", "api_version"),
    [
        ("s3", "1.11", None),
        ("glacier", "1.08", None),
        ("cloudtrail", "1.11", None),
        ("logs", "1.11", "20140328"),
    ],
)
def test_versions_are_the_services(
    record: Record, service: str, version: str, api_version: str | None
) -> None:
    written = record("ListThings", call={"service": service})
    assert (written["eventVersion"], written.get("apiVersion")) == (version, api_version)


# The four entries of the user guide's example of Glacier log entries: request parameters and response
# elements.
@pytest.mark.parametrize(
    ("operation", "params", "result", "parameters", "elements"),
    [
        (
            "CreateVault",
            {"accountId": "-", "vaultName": "myVaultName"},
            {"location": "/999999999999/vaults/myVaultName"},
            {"accountId": "-", "vaultName": "myVaultName"},
            {"location": "/999999999999/vaults/myVaultName"},
        ),
        (
            "DeleteVault",
            {"accountId": "-", "vaultName": "myVaultName"},
            {},
            {"accountId": "-", "vaultName": "myVaultName"},
            None,
        ),
        ("ListVaults", {"accountId": "-"}, {"VaultList": []}, {"accountId": "-"}, None),
        (
            "DescribeVault",
            {"accountId": "-", "vaultName": "myVaultName"},
            {"VaultARN": "arn:aws:glacier:us-east-1:999999999999:vaults/myVaultName"},
            {"accountId": "-", "vaultName": "myVaultName"},
            None,
        ),
    ],
)
def test_glacier_records_are_those_of_the_user_guide(
    record: Record, operation: str, params: Any, result: Any, parameters: Any, elements: Any
) -> None:
    agent = "aws-sdk-java/1.9.6 Mac_OS_X/10.9.5 Java_HotSpot(TM)_64-Bit_Server_VM/25.25-b02/1.8.0_25"
    request_id = "HJiLgvfXCY88QJAC6rRoexS9ThvI21Q1Nqukfly02hcUPPo"
    written = record(
        operation,
        call={"service": "glacier", "user_agent": agent, "request_id": request_id},
        params=params,
        result=result,
    )
    assert written["eventSource"] == "glacier.amazonaws.com"
    assert written["eventName"] == operation
    assert (written["requestParameters"], written["responseElements"]) == (parameters, elements)
    assert (written["userAgent"], written["requestID"]) == (agent, request_id)
    assert (written["eventCategory"], written["managementEvent"]) == ("Management", True)
    assert "resources" not in written


def test_service_events_carry_their_details(record: Record) -> None:
    text = build.service_event(
        account_id="123456789012",
        region="eu-west-1",
        source="s3.amazonaws.com",
        name="ExpireObject",
        invoked_by="s3.amazonaws.com",
        details={"ruleId": "r"},
        time=1_700_000_001.75,
        ids=RandomIds(),
        category="Data",
        resources=[{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/k"}],
    )
    written = orjson.loads(text)
    assert uuid.UUID(written.pop("eventID")).version == 4
    assert list(written.items()) == [
        ("eventVersion", "1.11"),
        ("userIdentity", {"accountId": "123456789012", "invokedBy": "s3.amazonaws.com"}),
        ("eventTime", "2023-11-14T22:13:21Z"),
        ("eventSource", "s3.amazonaws.com"),
        ("eventName", "ExpireObject"),
        ("awsRegion", "eu-west-1"),
        ("sourceIPAddress", "s3.amazonaws.com"),
        ("userAgent", "s3.amazonaws.com"),
        ("requestParameters", None),
        ("responseElements", None),
        ("readOnly", False),
        ("resources", [{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/k"}]),
        ("eventType", "AwsServiceEvent"),
        ("managementEvent", False),
        ("recipientAccountId", "123456789012"),
        ("serviceEventDetails", {"ruleId": "r"}),
        ("eventCategory", "Data"),
    ]
