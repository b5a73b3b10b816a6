"""DeleteObjects writes a record for the call and one for every key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from s3trail.audit.exchange import Exchange
from s3trail.kernel.caller import ANONYMOUS

DELETED = [
    {"Key": "a"},
    {"Key": "b", "VersionId": "v1"},
    {"Key": "c", "Code": "AccessDenied", "Message": "Access Denied"},
]


@pytest.fixture
def found(
    exchange: Callable[..., Exchange], written: Callable[[Exchange], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    return written(
        exchange(
            "DeleteObjects",
            params={"Bucket": "b"},
            query=[("delete", "")],
            bytes_in=200,
            bytes_out=100,
            details={"deleted": DELETED},
        )
    )


def test_the_summary_comes_first_and_names_no_key(found: list[dict[str, Any]]) -> None:
    summary = found[0]
    assert summary["eventName"] == "DeleteObjects"
    assert summary["eventType"] == "AwsApiCall"
    assert summary["requestParameters"] == {"bucketName": "b", "Host": "b.s3.example.com", "delete": ""}
    assert summary["resources"][1] == {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b/"}
    assert summary["additionalEventData"]["bytesTransferredIn"] == 200


def test_each_key_has_its_record_in_order(found: list[dict[str, Any]]) -> None:
    host = "b.s3.example.com"
    assert [record["requestParameters"] for record in found[1:]] == [
        {"bucketName": "b", "Host": host, "key": "a"},
        {"bucketName": "b", "Host": host, "key": "b", "versionId": "v1"},
        {"bucketName": "b", "Host": host, "key": "c"},
    ]
    assert {record["eventName"] for record in found[1:]} == {"DeleteObject"}
    assert [record["resources"][1]["ARN"] for record in found[1:]] == [
        f"arn:aws:s3:::b/{key}" for key in "abc"
    ]


def test_only_the_failed_key_has_an_error(found: list[dict[str, Any]]) -> None:
    assert [record.get("errorCode") for record in found] == [None, None, None, "AccessDenied"]
    names = list(found[3])
    assert names[names.index("userAgent") + 1 :][:3] == ["errorCode", "errorMessage", "requestParameters"]


def test_keys_share_the_request_but_not_the_event_id(found: list[dict[str, Any]]) -> None:
    assert {record["requestID"] for record in found} == {"2T6TAP5P6J5P84Y2"}
    assert len({record["eventID"] for record in found}) == 4


def test_keys_are_service_events_that_say_who_called(found: list[dict[str, Any]]) -> None:
    for record in found[1:]:
        assert record["eventType"] == "AwsServiceEvent"
        assert record["userIdentity"] == found[0]["userIdentity"]
        assert (record["readOnly"], record["eventCategory"]) == (False, "Data")


def test_keys_moved_no_bytes_of_their_own(found: list[dict[str, Any]]) -> None:
    assert list(found[1]["additionalEventData"].items()) == [
        ("SignatureVersion", "SigV4"),
        ("CipherSuite", "TLS_AES_128_GCM_SHA256"),
        ("bytesTransferredIn", 0),
        ("AuthenticationMethod", "AuthHeader"),
        ("x-amz-id-2", "Zm9vYmFy"),
        ("bytesTransferredOut", 0),
    ]


def test_records_of_anonymous_bulk_deletes_are_each_shared(
    exchange: Callable[..., Exchange], written: Callable[[Exchange], list[dict[str, Any]]]
) -> None:
    found = written(exchange("DeleteObjects", call={"caller": ANONYMOUS}, details={"deleted": DELETED}))
    assert len({record["sharedEventID"] for record in found}) == 4


def test_other_operations_have_no_records_of_keys(
    exchange: Callable[..., Exchange], written: Callable[[Exchange], list[dict[str, Any]]]
) -> None:
    assert len(written(exchange("DeleteObject", details={"deleted": DELETED}))) == 1
