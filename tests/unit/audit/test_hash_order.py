"""Members of requestParameters come in the order in which real records have them."""

from __future__ import annotations

import pytest

from s3trail.audit.hash_order import in_copied_order, in_grown_order

REAL_ORDERS = """
    bucketName Host acl
    logging bucketName Host
    bucket Host maxResults
    publicAccessBlock bucketName Host
    bucketName Host policyStatus
    tagging bucketName Host
    bucketName Host policy
    lifecycle bucketName Host
    accelerate bucketName Host
    bucketName Host requestPayment
    bucketName object-lock Host
    bucketName Host encryption
    bucketName Host versioning
    bucketName website Host
    bucketName Host cors
    replication bucketName Host
    bucketName location Host
    bucketName Host x-amz-acl
    Tagging tagging bucketName Host
    bucketPolicy bucketName Host policy
    lifecycle bucketName LifecycleConfiguration Host
    bucketName Host key
    list-type bucketName Host encoding-type
    list-type bucketName max-keys encoding-type x-amz-request-payer Host
    bucketName Host max-keys prefix
    list-type bucketName encoding-type prefix delimiter Host
"""
"""Key orders of real records of 2022 and 2023 (invictus-ir aws_dataset, OTRF Security-Datasets)."""

ADDED_LAST = ["bucketName", "key", "Host", "Tagging", "LifecycleConfiguration", "bucketPolicy"]


@pytest.mark.parametrize("line", REAL_ORDERS.strip().splitlines())
def test_request_parameters_have_the_order_of_real_records(line: str) -> None:
    order = line.split()
    # Query values and headers first, in a real record's own order where two share a slot.
    came = [name for name in order if name not in ADDED_LAST] + [name for name in ADDED_LAST if name in order]
    assert list(in_copied_order(dict.fromkeys(came, ""))) == order
    assert list(in_copied_order(dict.fromkeys(came, ""), strange=True)) == order


@pytest.mark.parametrize("line", ["Value Key", "Status Filter Expiration ID", "xmlns TagSet", "xmlns Rule"])
def test_documents_have_the_order_of_real_records(line: str) -> None:
    assert list(in_grown_order(dict.fromkeys(reversed(line.split()), ""))) == line.split()


def test_the_order_of_s3s_additional_event_data_is_the_same_rule() -> None:
    order = [
        "SignatureVersion",
        "CipherSuite",
        "objectSize",
        "bytesTransferredIn",
        "startTime",
        "AuthenticationMethod",
        "endTime",
        "x-amz-id-2",
        "turnAroundTime",
        "httpStatusCode",
        "bytesTransferredOut",
    ]
    # The last two share a slot, so they stay as they came.
    came = [*sorted(order[:-2]), *order[-2:]]
    assert list(in_grown_order(dict.fromkeys(came, 0))) == order


def test_any_text_can_be_a_name() -> None:
    names = dict.fromkeys(["", "ü", "\U0001f600", "\udc80"], 1)
    assert in_grown_order(names) == names
