"""What holds for every record of STS."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from s3trail.testing.server import Record, Server

__all__ = ["recorded"]


def recorded(server: Server, answer: Any, event_name: str) -> Record:
    """The record of an answer or error of STS, which never holds a secret or a token."""
    record = server.record_of(answer)
    assert record["eventName"] == event_name
    assert record["eventSource"] == "sts.amazonaws.com"
    assert record["awsRegion"] == "us-east-1"
    assert record["eventType"] == "AwsApiCall"
    assert record["eventCategory"] == "Management"
    assert record["managementEvent"] is True
    assert record["readOnly"] is True
    text = str(record)
    if isinstance(answer, ClientError):
        assert record["errorCode"] == answer.response["Error"]["Code"]
        assert record["errorMessage"] == answer.response["Error"]["Message"]
        assert record["responseElements"] is None
    elif "Credentials" in answer:
        made = answer["Credentials"]
        assert made["SecretAccessKey"] not in text
        assert made["SessionToken"] not in text
        shown = record["responseElements"]["credentials"]
        assert set(shown) == {"accessKeyId", "expiration"}
        assert shown["accessKeyId"] == made["AccessKeyId"]
    return record
