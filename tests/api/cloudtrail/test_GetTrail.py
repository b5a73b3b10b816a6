"""GetTrail: by name and by ARN."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_gives_the_trail_by_name_and_arn(
    server: Server, cloudtrail: Any, region: str, trail: dict[str, Any]
) -> None:
    for name in (trail["Name"], trail["TrailARN"]):
        answer = cloudtrail.get_trail(Name=name)
        assert answer["Trail"]["TrailARN"] == trail["TrailARN"]
        assert answer["Trail"]["HomeRegion"] == region
        assert answer["Trail"]["HasCustomEventSelectors"] is False
        record = recorded(server, answer, "GetTrail")
        assert record["requestParameters"] == {"name": name}
        assert record["responseElements"] is None
        assert record["readOnly"] is True


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any) -> None:
    error = refused(cloudtrail.get_trail, "TrailNotFoundException", 400, Name="no-such-trail")
    recorded(server, error, "GetTrail")
