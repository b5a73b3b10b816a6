"""StopLogging: a trail delivers no more."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_stops_and_may_be_repeated(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    cloudtrail.start_logging(Name=trail["Name"])
    for _ in range(2):
        answer = cloudtrail.stop_logging(Name=trail["Name"])
        status = cloudtrail.get_trail_status(Name=trail["Name"])
        assert status["IsLogging"] is False
        assert status["StopLoggingTime"] >= status["StartLoggingTime"]
        assert recorded(server, answer, "StopLogging")["requestParameters"] == {"name": trail["Name"]}


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any) -> None:
    error = refused(cloudtrail.stop_logging, "TrailNotFoundException", 400, Name="no-such-trail")
    recorded(server, error, "StopLogging")
