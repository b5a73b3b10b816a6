"""HeadBucket: existence and region."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import ANONYMOUS, Server
from tests.api.expect import recorded, refused


def test_tells_the_region(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.head_bucket(Bucket=bucket)
    assert answer["BucketRegion"] == "us-east-1"
    record = recorded(server, answer, "HeadBucket")
    assert record["eventCategory"] == "Data"
    assert record["readOnly"] is True
    assert record["requestParameters"] == {"bucketName": bucket, "Host": f"127.0.0.1:{server.port}"}


def test_answers_404_for_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.head_bucket, "404", 404, Bucket="nobody-made-this")
    assert recorded(server, error, "HeadBucket")["errorCode"] == "NoSuchBucket"


def test_answers_403_to_an_anonymous_caller(server: Server, bucket: str) -> None:
    error = refused(server.client("s3", credentials=ANONYMOUS).head_bucket, "403", 403, Bucket=bucket)
    record = server.record_of(error)
    assert record["errorCode"] == "AccessDenied"
    assert record["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": "ANONYMOUS_PRINCIPAL",
        "accountId": "ANONYMOUS_PRINCIPAL",
    }
