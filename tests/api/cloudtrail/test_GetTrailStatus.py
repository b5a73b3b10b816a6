"""GetTrailStatus: logging or not, and since when."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_a_new_trail_is_not_logging(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    answer = cloudtrail.get_trail_status(Name=trail["Name"])
    assert answer["IsLogging"] is False
    assert "StartLoggingTime" not in answer
    assert "LatestDeliveryTime" not in answer
    record = recorded(server, answer, "GetTrailStatus")
    assert record["requestParameters"] == {"name": trail["Name"]}
    assert record["readOnly"] is True


def test_tells_when_it_delivered(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    cloudtrail.start_logging(Name=trail["Name"])
    cloudtrail.describe_trails()
    status = server.wait_until(
        lambda: next(
            (
                found
                for found in [cloudtrail.get_trail_status(Name=trail["Name"])]
                if "LatestDeliveryTime" in found
            ),
            None,
        )
    )
    assert status["LatestDeliveryTime"] >= status["StartLoggingTime"]
    assert "LatestDeliveryError" not in status
    recorded(server, status, "GetTrailStatus")


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any) -> None:
    error = refused(cloudtrail.get_trail_status, "TrailNotFoundException", 400, Name="no-such-trail")
    assert "no-such-trail" in error.response["Error"]["Message"]
    recorded(server, error, "GetTrailStatus")
