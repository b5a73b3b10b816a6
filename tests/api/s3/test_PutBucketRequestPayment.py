"""PutBucketRequestPayment: what is put is stored, what is wrong refused."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {"Payer": "Requester"}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketRequestPayment")
    assert record["requestParameters"]["requestPayment"] == ""
    assert "RequestPaymentConfiguration" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    answer = s3.get_bucket_request_payment(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration=_DOCUMENT)
    wrong: dict[str, Any] = {"Payer": "Nobody"}
    error = refused(
        s3.put_bucket_request_payment, "MalformedXML", 400, Bucket=bucket, RequestPaymentConfiguration=wrong
    )
    recorded(server, error, "PutBucketRequestPayment")
    answer = s3.get_bucket_request_payment(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_request_payment,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        RequestPaymentConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketRequestPayment")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
