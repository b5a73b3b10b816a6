"""GetBucketNotificationConfiguration: the default, or what was put."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_a_new_bucket_has_the_default(server: Server, s3: Any, bucket: str) -> None:
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert {member: answer[member] for member in answer if member != "ResponseMetadata"} == {}
    record = recorded(server, answer, "GetBucketNotification")
    assert record["requestParameters"]["notification"] == ""
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_gives_what_was_put(server: Server, s3: Any, bucket: str) -> None:
    document: dict[str, Any] = {
        "EventBridgeConfiguration": {},
        "TopicConfigurations": [
            {"Id": "t", "TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Events": ["s3:ObjectCreated:*"]}
        ],
    }
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=document)
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert {member: answer[member] for member in document} == document
    recorded(server, answer, "GetBucketNotification")


def test_refuses_an_unknown_bucket(server: Server, s3: Any) -> None:
    error = refused(s3.get_bucket_notification_configuration, "NoSuchBucket", 404, Bucket="nobody-made-this")
    record = recorded(server, error, "GetBucketNotification")
    assert record["requestParameters"]["bucketName"] == "nobody-made-this"
    assert "resources" not in record
