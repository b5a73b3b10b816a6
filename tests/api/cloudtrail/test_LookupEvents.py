"""LookupEvents: the Event history, at once, newest first, by every attribute."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


@pytest.fixture
def history(server: Server) -> Any:
    return server.client("cloudtrail")


def _by(key: str, value: str) -> list[dict[str, str]]:
    return [{"AttributeKey": key, "AttributeValue": value}]


def test_finds_a_call_as_soon_as_it_was_answered(server: Server, s3: Any, history: Any, bucket: str) -> None:
    made = s3.get_bucket_location(Bucket=bucket)
    event_id = server.record_of(made)["eventID"]
    answer = history.lookup_events(LookupAttributes=_by("EventId", event_id))
    (event,) = answer["Events"]
    assert event["EventName"] == "GetBucketLocation"
    assert event["EventSource"] == "s3.amazonaws.com"
    assert event["ReadOnly"] == "true"
    assert event["Username"] == "root"
    assert event["AccessKeyId"] == server.root.access_key_id
    assert {"ResourceType": "AWS::S3::Bucket", "ResourceName": bucket} in event["Resources"]
    assert json.loads(event["CloudTrailEvent"]) == server.record_of(made)
    record = recorded(server, answer, "LookupEvents")
    assert record["eventSource"] == "cloudtrail.amazonaws.com"
    assert record["readOnly"] is True
    assert record["requestParameters"]["lookupAttributes"] == [
        {"attributeKey": "EventId", "attributeValue": event_id}
    ]


def test_finds_by_every_attribute(server: Server, history: Any) -> None:
    user = server.add_user(f"user-{uuid.uuid4().hex[:8]}")
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    made = server.record_of(server.client("s3", credentials=user).create_bucket(Bucket=name))
    for key, value in (
        ("EventId", made["eventID"]),
        ("EventName", "CreateBucket"),
        ("ReadOnly", "false"),
        ("Username", user.user_name),
        ("ResourceType", "AWS::S3::Bucket"),
        ("ResourceName", name),
        ("EventSource", "s3.amazonaws.com"),
        ("AccessKeyId", user.access_key_id),
    ):
        found = history.lookup_events(LookupAttributes=_by(key, value))["Events"]
        assert made["eventID"] in [event["EventId"] for event in found], key


def test_pages_newest_first_without_gaps(server: Server, history: Any) -> None:
    user = server.add_user(f"user-{uuid.uuid4().hex[:8]}")
    client = server.client("s3", credentials=user)
    made = [server.record_of(client.list_buckets())["eventID"] for _ in range(5)]
    pages = list(
        history.get_paginator("lookup_events").paginate(
            LookupAttributes=_by("Username", user.user_name), PaginationConfig={"PageSize": 2}
        )
    )
    assert [event["EventId"] for page in pages for event in page["Events"]] == made[::-1]
    assert [len(page["Events"]) for page in pages] == [2, 2, 1]


def test_holds_management_events_only(server: Server, s3: Any, history: Any, bucket: str) -> None:
    put = server.record_of(s3.put_object(Bucket=bucket, Key="k", Body=b"x"))
    assert history.lookup_events(LookupAttributes=_by("EventId", put["eventID"]))["Events"] == []


def test_is_kept_per_region(server: Server, history: Any) -> None:
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    far = server.client("s3", region="eu-west-1")
    place = {"LocationConstraint": "eu-west-1"}
    made = server.record_of(far.create_bucket(Bucket=name, CreateBucketConfiguration=place))["eventID"]
    assert history.lookup_events(LookupAttributes=_by("EventId", made))["Events"] == []
    there = server.client("cloudtrail", region="eu-west-1")
    assert len(there.lookup_events(LookupAttributes=_by("EventId", made))["Events"]) == 1


def test_respects_the_time_range(server: Server, s3: Any, history: Any) -> None:
    made = server.record_of(s3.list_buckets())
    moment = datetime.datetime.fromisoformat(made["eventTime"])
    second = datetime.timedelta(seconds=1)
    attributes = _by("EventId", made["eventID"])
    inside = history.lookup_events(LookupAttributes=attributes, StartTime=moment, EndTime=moment + second)
    assert len(inside["Events"]) == 1
    before = history.lookup_events(LookupAttributes=attributes, EndTime=moment - second)
    assert before["Events"] == []


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        (
            "InvalidLookupAttributesException",
            {"LookupAttributes": _by("EventName", "A") + _by("Username", "b")},
        ),
        ("InvalidLookupAttributesException", {"LookupAttributes": _by("Colour", "blue")}),
        ("InvalidNextTokenException", {"NextToken": "made-up"}),
        ("InvalidEventCategoryException", {"EventCategory": "other"}),
        (
            "InvalidTimeRangeException",
            {
                "StartTime": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
                "EndTime": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
            },
        ),
    ],
    ids=["two attributes", "unknown attribute", "token", "category", "time range"],
)
def test_refuses(server: Server, history: Any, code: str, parameters: dict[str, Any]) -> None:
    recorded(server, refused(history.lookup_events, code, 400, **parameters), "LookupEvents")


def test_refuses_more_than_50_at_once(server: Server, history: Any) -> None:
    # boto3 checks the range itself; other SDKs don't.
    history = server.client("cloudtrail", region="us-west-2")
    history.meta.events.register(
        "before-call.cloudtrail.LookupEvents",
        lambda params, **_: params.update(body=b'{"MaxResults": 51}'),
        unique_id="too-many",
    )
    try:
        error = refused(history.lookup_events, "InvalidMaxResultsException", 400)
    finally:
        history.meta.events.unregister("before-call.cloudtrail.LookupEvents", unique_id="too-many")
    recorded(server, error, "LookupEvents")


def test_refuses_a_token_with_other_parameters(server: Server, s3: Any, history: Any) -> None:
    for _ in range(2):
        s3.list_buckets()
    token = history.lookup_events(LookupAttributes=_by("EventName", "ListBuckets"), MaxResults=1)["NextToken"]
    error = refused(
        history.lookup_events,
        "InvalidNextTokenException",
        400,
        LookupAttributes=_by("EventName", "CreateBucket"),
        MaxResults=1,
        NextToken=token,
    )
    recorded(server, error, "LookupEvents")
