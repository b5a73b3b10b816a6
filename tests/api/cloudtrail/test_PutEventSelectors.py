"""PutEventSelectors: what a trail takes."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_replaces_the_selectors(server: Server, cloudtrail: Any, trail: dict[str, Any], bucket: str) -> None:
    selector = {
        "ReadWriteType": "WriteOnly",
        "IncludeManagementEvents": False,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/in/"]}],
    }
    answer = cloudtrail.put_event_selectors(TrailName=trail["Name"], EventSelectors=[selector])
    assert answer["TrailARN"] == trail["TrailARN"]
    assert answer["EventSelectors"][0]["ReadWriteType"] == "WriteOnly"
    assert cloudtrail.get_trail(Name=trail["Name"])["Trail"]["HasCustomEventSelectors"] is True
    record = recorded(server, answer, "PutEventSelectors")
    sent = record["requestParameters"]["eventSelectors"][0]
    assert sent["readWriteType"] == "WriteOnly"
    assert sent["includeManagementEvents"] is False
    assert sent["dataResources"][0]["values"] == [f"arn:aws:s3:::{bucket}/in/"]


@pytest.mark.parametrize(
    "selector",
    [
        {"ReadWriteType": "Some"},
        {"ReadWriteType": "All", "IncludeManagementEvents": False, "DataResources": []},
        {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::no-slash"]}]},
        {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::star*/"]}]},
    ],
    ids=["read-write type", "nothing selected", "bucket without slash", "wildcard"],
)
def test_refuses_bad_selectors(
    server: Server, cloudtrail: Any, trail: dict[str, Any], selector: dict[str, Any]
) -> None:
    error = refused(
        cloudtrail.put_event_selectors,
        "InvalidEventSelectorsException",
        400,
        TrailName=trail["Name"],
        EventSelectors=[selector],
    )
    recorded(server, error, "PutEventSelectors")


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any) -> None:
    error = refused(
        cloudtrail.put_event_selectors,
        "TrailNotFoundException",
        400,
        TrailName="no-such-trail",
        EventSelectors=[{"ReadWriteType": "All"}],
    )
    recorded(server, error, "PutEventSelectors")
