"""LookupEvents: members of the answer, pages and their tokens, refusals, waiting for the history."""

from __future__ import annotations

import base64
import threading
from typing import Any

import botocore.session
import pytest

from s3trail.journal import journal
from s3trail.services.cloudtrail import lookup
from tests.unit.records import NOW, OTHER_ACCOUNT, encoded, record
from tests.unit.services.cloudtrail.conftest import CloudTrail


def _fill(cloudtrail: CloudTrail, *events: dict[str, Any]) -> None:
    with cloudtrail.environment.write() as tx:
        last = journal.append_all(tx, NOW, [encoded(event) for event in events])
    first = last - len(events) + 1
    cloudtrail.history.append([(first + at, encoded(event)) for at, event in enumerate(events)], last)


def _names(cloudtrail: CloudTrail, **params: Any) -> list[str]:
    return [event["EventName"] for event in cloudtrail.call("LookupEvents", params)["Events"]]


def test_event_has_the_members_of_the_model(cloudtrail: CloudTrail) -> None:
    event = record(event_id="1111aaaa-2222-4333-8444-5555bbbb5555")
    _fill(cloudtrail, event)
    assert cloudtrail.call("LookupEvents") == {
        "Events": [
            {
                "EventId": "1111aaaa-2222-4333-8444-5555bbbb5555",
                "EventName": "CreateBucket",
                "ReadOnly": "false",
                "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "EventTime": NOW,
                "EventSource": "s3.amazonaws.com",
                "Username": "alice",
                "Resources": [{"ResourceType": "AWS::S3::Bucket", "ResourceName": "logs"}],
                "CloudTrailEvent": encoded(event).decode(),
            }
        ]
    }


def test_answer_holds_only_members_of_the_model(cloudtrail: CloudTrail) -> None:
    _fill(cloudtrail, record())
    model = botocore.session.get_session().get_service_model("cloudtrail")
    (event,) = cloudtrail.call("LookupEvents")["Events"]
    assert set(event) <= set(model.shape_for("Event").members)


def test_pages_hold_everything_once_newest_first(cloudtrail: CloudTrail) -> None:
    _fill(cloudtrail, *[record(f"At{at}", time=NOW - 100 + at) for at in range(7)])
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = cloudtrail.call("LookupEvents", {"MaxResults": 3} | token)
        found += [event["EventName"] for event in page["Events"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == [f"At{at}" for at in reversed(range(7))]


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"StartTime": NOW - 50}, {}),
        ({"EndTime": NOW}, {}),
        ({"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]}, {}),
        ({"EventCategory": "insight"}, {}),
        ({}, {"region": "eu-west-1"}),
        ({}, {"account": OTHER_ACCOUNT}),
    ],
)
def test_token_fits_its_own_look_up_alone(
    cloudtrail: CloudTrail, params: dict[str, Any], where: dict[str, str]
) -> None:
    _fill(cloudtrail, record(), record())
    token = cloudtrail.call("LookupEvents", {"MaxResults": 1})["NextToken"]
    code, _ = cloudtrail.error("LookupEvents", params | {"NextToken": token}, **where)
    assert code == "InvalidNextTokenException"


@pytest.mark.parametrize(
    "token", ["", "x", "%%%", "ä", base64.urlsafe_b64encode(bytes(20)).decode(), "A" * 99]
)
def test_refuses_a_token_it_did_not_make(cloudtrail: CloudTrail, token: str) -> None:
    assert cloudtrail.error("LookupEvents", {"NextToken": token})[0] == "InvalidNextTokenException"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"StartTime": NOW, "EndTime": NOW - 1}, "InvalidTimeRangeException"),
        ({"EventCategory": "management"}, "InvalidEventCategoryException"),
        (
            {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "A"}] * 2},
            "InvalidLookupAttributesException",
        ),
        (
            {"LookupAttributes": [{"AttributeKey": "Region", "AttributeValue": "A"}]},
            "InvalidLookupAttributesException",
        ),
        (
            {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": ""}]},
            "InvalidLookupAttributesException",
        ),
        (
            {"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "_" * 1001}]},
            "InvalidLookupAttributesException",
        ),
    ],
)
def test_refuses(cloudtrail: CloudTrail, params: dict[str, Any], code: str) -> None:
    assert cloudtrail.error("LookupEvents", params)[0] == code


def test_finds_by_attribute_and_time(cloudtrail: CloudTrail) -> None:
    _fill(cloudtrail, *[record(name, time=NOW - at) for at, name in enumerate(("A", "B", "A", "A"))])
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "A"}]
    assert _names(cloudtrail, LookupAttributes=wanted, StartTime=NOW - 2, EndTime=NOW) == ["A", "A"]


def test_finds_nothing_older_than_the_retention(cloudtrail: CloudTrail) -> None:
    _fill(cloudtrail, record("Old", time=NOW - 91 * 86400), record("New"))
    assert _names(cloudtrail) == ["New"]
    assert _names(cloudtrail, StartTime=0.0) == ["New"]


def test_insight_events_are_none(cloudtrail: CloudTrail) -> None:
    _fill(cloudtrail, record())
    assert cloudtrail.call("LookupEvents", {"EventCategory": "insight"}) == {"Events": []}


def test_waits_for_the_history_to_catch_up(cloudtrail: CloudTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    with cloudtrail.environment.write() as tx:
        journal.append(tx, NOW, encoded(record()))
    monkeypatch.setattr(lookup, "_PATIENCE", 10.0)
    looked = threading.Event()
    position = cloudtrail.history.position

    def watched() -> int:
        looked.set()
        return position()

    monkeypatch.setattr(cloudtrail.history, "position", watched)

    def catch_up() -> None:
        assert looked.wait(10)
        cloudtrail.history.append([(1, encoded(record()))], 1)

    thread = threading.Thread(target=catch_up)
    thread.start()
    assert _names(cloudtrail) == ["CreateBucket"]
    thread.join()


def test_answers_with_what_there_is_when_the_history_lags(
    cloudtrail: CloudTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(cloudtrail, record("There"))
    with cloudtrail.environment.write() as tx:
        journal.append(tx, NOW, encoded(record("Late")))
    monkeypatch.setattr(lookup, "_PATIENCE", 0.0)
    assert _names(cloudtrail) == ["There"]
