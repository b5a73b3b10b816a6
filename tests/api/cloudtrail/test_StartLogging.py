"""StartLogging: a trail begins to deliver."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_starts_and_may_be_repeated(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    for _ in range(2):
        answer = cloudtrail.start_logging(Name=trail["Name"])
        assert cloudtrail.get_trail_status(Name=trail["Name"])["IsLogging"] is True
        record = recorded(server, answer, "StartLogging")
        assert record["requestParameters"] == {"name": trail["Name"]}
        assert record["responseElements"] is None
        assert record["readOnly"] is False


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any) -> None:
    error = refused(cloudtrail.start_logging, "TrailNotFoundException", 400, Name="no-such-trail")
    recorded(server, error, "StartLogging")


def test_refuses_any_region_but_the_trails_home(
    server: Server, cloudtrail: Any, trail: dict[str, Any]
) -> None:
    elsewhere = server.client("cloudtrail", region="sa-east-1")
    error = refused(elsewhere.start_logging, "CloudTrailARNInvalidException", 400, Name=trail["TrailARN"])
    recorded(server, error, "StartLogging")
