"""Records for the tests of what reads them: minified, in the key order of real ones."""

from __future__ import annotations

import uuid
from typing import Any

import orjson

from s3trail.kernel.clock import iso_seconds

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
NOW = 1_800_000_000.0


def record(
    name: str = "CreateBucket",
    *,
    account: str = ACCOUNT,
    region: str = "us-east-1",
    time: float = NOW,
    source: str = "s3.amazonaws.com",
    category: str = "Management",
    read_only: bool = False,
    identity: dict[str, Any] | None = None,
    request: dict[str, Any] | None = None,
    resources: list[dict[str, Any]] | None = None,
    event_id: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One decoded record; alice's CreateBucket unless told otherwise."""
    alice = {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEEXAMPLE12",
        "arn": f"arn:aws:iam::{account}:user/alice",
        "accountId": account,
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "userName": "alice",
    }
    fields: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": identity or alice,
        "eventTime": iso_seconds(time),
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "[Boto3/1.42.0]",
        "requestParameters": request if request is not None else {"bucketName": "logs", "Host": "127.0.0.1"},
        "responseElements": None,
        "requestID": "2T6TAP5P6J5P84Y2",
        "eventID": event_id or str(uuid.uuid4()),
        "readOnly": read_only,
    }
    if resources is not None:
        fields["resources"] = resources
    return fields | {
        "eventType": "AwsApiCall",
        "managementEvent": category == "Management",
        "recipientAccountId": account,
        "eventCategory": category,
        **more,
    }


def object_call(name: str, bucket: str, key: str, **more: Any) -> dict[str, Any]:
    """A data event on an object."""
    return record(
        name,
        category="Data",
        request={"bucketName": bucket, "key": key},
        resources=[
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
            {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ],
        **more,
    )


def encoded(fields: dict[str, Any]) -> bytes:
    """The record as the journal holds it."""
    return orjson.dumps(fields)
