"""GetEventSelectors: the default until others are put."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_a_new_trail_takes_all_management_events(
    server: Server, cloudtrail: Any, trail: dict[str, Any]
) -> None:
    answer = cloudtrail.get_event_selectors(TrailName=trail["Name"])
    assert answer["TrailARN"] == trail["TrailARN"]
    assert answer["EventSelectors"] == [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "DataResources": [],
            "ExcludeManagementEventSources": [],
        }
    ]
    record = recorded(server, answer, "GetEventSelectors")
    assert record["requestParameters"] == {"trailName": trail["Name"]}
    assert record["readOnly"] is True


def test_gives_what_was_put(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    selectors = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    cloudtrail.put_event_selectors(TrailName=trail["Name"], EventSelectors=selectors)
    answer = cloudtrail.get_event_selectors(TrailName=trail["Name"])
    assert [found["ReadWriteType"] for found in answer["EventSelectors"]] == ["ReadOnly"]
    recorded(server, answer, "GetEventSelectors")


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any) -> None:
    error = refused(cloudtrail.get_event_selectors, "TrailNotFoundException", 400, TrailName="no-such-trail")
    recorded(server, error, "GetEventSelectors")
