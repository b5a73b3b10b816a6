"""User name, access key and resources that the Event history derives from a record."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.state.views import event_summary
from tests.unit.records import object_call, record


@pytest.mark.parametrize(
    ("identity", "username"),
    [
        ({"type": "IAMUser", "userName": "alice"}, "alice"),
        ({"type": "Root", "arn": "arn:aws:iam::123456789012:root"}, "root"),
        ({"type": "AssumedRole", "principalId": "AROAEXAMPLE:session"}, "session"),
        ({"type": "FederatedUser", "principalId": "123456789012:Bob"}, "Bob"),
        ({"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}, "cloudtrail.amazonaws.com"),
        ({"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}, ""),
        ({"type": "Unknown", "userName": "mallory"}, "mallory"),
    ],
)
def test_username_follows_the_kind_of_identity(identity: dict[str, Any], username: str) -> None:
    assert event_summary.username(record(identity=identity)) == username


def test_bucket_call_names_its_bucket() -> None:
    assert event_summary.resources(record()) == [("AWS::S3::Bucket", "logs")]


def test_object_call_names_bucket_and_object() -> None:
    assert event_summary.resources(object_call("GetObject", "b", "k")) == [
        ("AWS::S3::Bucket", "b"),
        ("AWS::S3::Object", "arn:aws:s3:::b/k"),
    ]


def test_resources_come_from_request_and_response_without_repeats() -> None:
    arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/t"
    event = record(
        "CreateTrail",
        source="cloudtrail.amazonaws.com",
        request={"name": "t", "s3BucketName": "logs"},
    )
    event["responseElements"] = {"name": "t", "s3BucketName": "logs", "trailARN": arn}
    assert event_summary.resources(event) == [
        ("AWS::CloudTrail::Trail", "t"),
        ("AWS::CloudTrail::Trail", arn),
        ("AWS::S3::Bucket", "logs"),
    ]


def test_call_without_parameters_has_no_resources() -> None:
    event = record("ListBuckets")
    event["requestParameters"] = None
    assert event_summary.resources(event) == []
