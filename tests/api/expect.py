"""What holds for every answer and its record, so that each test states only what is special to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3trail.testing.server import Credentials, Record, Server

__all__ = ["recorded", "refused"]


def recorded(server: Server, answer: Any, event_name: str, *, caller: Credentials | None = None) -> Record:
    """The record of a boto3 answer or error, once everything is checked that holds for every call.

    Args:
        server: the server that was called.
        answer: boto3's answer, or the ClientError that it raised.
        event_name: the eventName that the record must have.
        caller: whose key signed the call; root's when None.
    """
    response = answer.response if isinstance(answer, ClientError) else answer
    metadata = response["ResponseMetadata"]
    record = server.record_of(answer)
    assert record["eventName"] == event_name
    assert record["eventType"] == "AwsApiCall"
    assert record["requestID"] == metadata["RequestId"]
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert "Boto3/" in record["userAgent"]
    assert record["managementEvent"] == (record["eventCategory"] == "Management")
    assert len(record["recipientAccountId"]) == 12
    assert "tlsDetails" not in record
    _check_identity(record, caller or server.root)
    if record["eventSource"] == "s3.amazonaws.com":
        _check_s3(server, record, metadata)
    if isinstance(answer, ClientError):
        code = answer.response["Error"]["Code"]
        # An answer to HEAD has no body, so botocore can only name the status.
        if not code.isdigit():
            assert record["errorCode"] == code
            assert record["errorMessage"] == answer.response["Error"]["Message"]
        if record["eventSource"] != "s3.amazonaws.com":
            assert record["responseElements"] is None
    else:
        assert "errorCode" not in record
        assert "errorMessage" not in record
    return record


def _check_identity(record: Record, caller: Credentials) -> None:
    identity = record["userIdentity"]
    assert identity["accessKeyId"] == caller.access_key_id
    assert identity["accountId"] == record["recipientAccountId"]
    if caller.user_name:
        assert identity["type"] == "IAMUser"
        assert identity["userName"] == caller.user_name
        assert identity["arn"] == f"arn:aws:iam::{identity['accountId']}:user/{caller.user_name}"
        assert identity["principalId"].startswith("AIDA")
    else:
        assert identity["type"] == "Root"
        assert identity["arn"] == f"arn:aws:iam::{identity['accountId']}:root"
        assert identity["principalId"] == identity["accountId"]


def _check_s3(server: Server, record: Record, metadata: dict[str, Any]) -> None:
    data = record["additionalEventData"]
    assert record["eventVersion"] == "1.11"
    assert record["userAgent"].startswith("[")
    assert record["requestParameters"]["Host"] == f"127.0.0.1:{server.port}"
    assert data["SignatureVersion"] == "SigV4"
    assert data["AuthenticationMethod"] == "AuthHeader"
    assert "CipherSuite" not in data
    assert data["x-amz-id-2"] == metadata["HostId"]
    assert data["httpStatusCode"] == metadata["HTTPStatusCode"]
    length = metadata["HTTPHeaders"].get("content-length", "0")
    if record["eventName"] in {"HeadObject", "HeadBucket"}:
        assert data["bytesTransferredOut"] == 0
    else:
        assert data["bytesTransferredOut"] == int(length)
    assert data["startTime"] <= data["endTime"]


def refused(call: Callable[..., Any], code: str, status: int, **parameters: Any) -> ClientError:
    """The error of a call that must be refused with an error code and an HTTP status."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    return caught.value
