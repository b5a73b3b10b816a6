"""userIdentity says who called, with nothing invented; recipientAccountId whose record it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from s3trail.kernel.call import Signature
from s3trail.kernel.caller import ANONYMOUS, Caller

Record = Callable[..., dict[str, Any]]
OWNER = "210987654321"
SESSION = {
    "sessionIssuer": {"type": "Role", "principalId": "AROAX", "arn": "arn:aws:iam::1:role/r"},
    "attributes": {"creationDate": "2023-07-10T12:00:00Z", "mfaAuthenticated": "false"},
}


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (
            Caller(
                "Root",
                "123456789012",
                "123456789012",
                "arn:aws:iam::123456789012:root",
                "AKIAIOSFODNN7EXAMPLE",
            ),
            {
                "type": "Root",
                "principalId": "123456789012",
                "arn": "arn:aws:iam::123456789012:root",
                "accountId": "123456789012",
                "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            },
        ),
        (
            Caller("IAMUser", "123456789012", "AIDAX", "arn:aws:iam::123456789012:user/a", "AKIAX", "a"),
            {
                "type": "IAMUser",
                "principalId": "AIDAX",
                "arn": "arn:aws:iam::123456789012:user/a",
                "accountId": "123456789012",
                "accessKeyId": "AKIAX",
                "userName": "a",
            },
        ),
        (
            Caller(
                "AssumedRole", "1", "AROAX:s", "arn:aws:sts::1:assumed-role/r/s", "ASIAX", session=SESSION
            ),
            {
                "type": "AssumedRole",
                "principalId": "AROAX:s",
                "arn": "arn:aws:sts::1:assumed-role/r/s",
                "accountId": "1",
                "accessKeyId": "ASIAX",
                "sessionContext": SESSION,
            },
        ),
        (
            ANONYMOUS,
            {"type": "AWSAccount", "principalId": "ANONYMOUS_PRINCIPAL", "accountId": "ANONYMOUS_PRINCIPAL"},
        ),
        (
            Caller("AWSService", invoked_by="cloudtrail.amazonaws.com"),
            {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"},
        ),
        (
            Caller("Unknown", access_key_id="AKIAIOSFODNN7EXAMPLE"),
            {"type": "Unknown", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
        ),
        (Caller("Unknown", access_key_id="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {"type": "Unknown"}),
        (Caller("Unknown", access_key_id="\udcff"), {"type": "Unknown"}),
        (Caller("Unknown"), {"type": "Unknown"}),
    ],
)
def test_each_kind_of_caller_has_its_members_in_order(
    record: Record, caller: Caller, expected: dict[str, Any]
) -> None:
    written = record("GetObject", call={"caller": caller})["userIdentity"]
    assert list(written.items()) == list(expected.items())


def test_a_service_with_the_callers_credentials_keeps_the_callers_identity(record: Record) -> None:
    caller = Caller("AssumedRole", "1", "AROAX:s", "arn", session=SESSION, invoked_by="s3.amazonaws.com")
    written = record("GetObject", call={"caller": caller})
    assert list(written["userIdentity"])[-2:] == ["sessionContext", "invokedBy"]
    assert written["sourceIPAddress"] == written["userAgent"] == "s3.amazonaws.com"
    assert "tlsDetails" not in written
    assert "sharedEventID" not in written


def test_a_service_acting_alone_is_its_own_source_and_agent(record: Record) -> None:
    caller = Caller("AWSService", invoked_by="cloudtrail.amazonaws.com")
    written = record("PutObject", call={"caller": caller}, bucket_account=OWNER)
    assert written["sourceIPAddress"] == written["userAgent"] == "cloudtrail.amazonaws.com"
    assert written["recipientAccountId"] == OWNER
    assert written["sharedEventID"] != written["eventID"]
    assert "tlsDetails" not in written


def test_the_callers_account_receives_the_record(record: Record) -> None:
    assert record("GetObject", bucket_account=OWNER)["recipientAccountId"] == "123456789012"


@pytest.mark.parametrize("caller", [ANONYMOUS, Caller("Unknown", access_key_id="AKIAIOSFODNN7EXAMPLE")])
def test_the_buckets_account_receives_the_record_of_a_caller_without_one(
    record: Record, caller: Caller
) -> None:
    written = record("GetObject", call={"caller": caller}, bucket_account=OWNER, default_account="1")
    assert written["recipientAccountId"] == OWNER


@pytest.mark.parametrize("caller", [ANONYMOUS, Caller("Unknown")])
def test_the_servers_first_account_receives_what_belongs_to_nobody(record: Record, caller: Caller) -> None:
    written = record(
        "ListBuckets", call={"caller": caller}, params={}, bucket_account="", default_account="123456789012"
    )
    assert written["recipientAccountId"] == "123456789012"


def test_anonymous_records_are_shared_and_say_nothing_of_signatures(record: Record) -> None:
    written = record("GetObject", call={"caller": ANONYMOUS, "signature": Signature()})
    assert written["sharedEventID"]
    assert not {"SignatureVersion", "AuthenticationMethod"} & set(written["additionalEventData"])


def test_records_of_known_callers_are_not_shared(record: Record) -> None:
    assert "sharedEventID" not in record("GetObject")
