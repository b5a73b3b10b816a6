"""PutBucketNotificationConfiguration: what is put is stored, what is wrong refused."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

_DOCUMENT: dict[str, Any] = {
    "EventBridgeConfiguration": {},
    "TopicConfigurations": [
        {"Id": "t", "TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Events": ["s3:ObjectCreated:*"]}
    ],
}


def test_what_is_put_is_there(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=_DOCUMENT)
    record = recorded(server, answer, "PutBucketNotification")
    assert record["requestParameters"]["notification"] == ""
    assert "NotificationConfiguration" in record["requestParameters"]
    assert record["responseElements"] is None
    assert record["readOnly"] is False
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_what_is_wrong_and_changes_nothing(server: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=_DOCUMENT)
    wrong: dict[str, Any] = {
        "TopicConfigurations": [
            {"TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Events": ["s3:Nothing"]}
        ]
    }
    error = refused(
        s3.put_bucket_notification_configuration,
        "InvalidArgument",
        400,
        Bucket=bucket,
        NotificationConfiguration=wrong,
    )
    recorded(server, error, "PutBucketNotification")
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert {member: answer[member] for member in _DOCUMENT} == _DOCUMENT


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(
        s3.put_bucket_notification_configuration,
        "NoSuchBucket",
        404,
        Bucket="nobody-made-this",
        NotificationConfiguration=_DOCUMENT,
    )
    record = recorded(server, error, "PutBucketNotification")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
