"""DeleteTrail: the trail is gone, its log files stay."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_deletes(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    answer = cloudtrail.delete_trail(Name=trail["Name"])
    refused(cloudtrail.get_trail, "TrailNotFoundException", 400, Name=trail["Name"])
    record = recorded(server, answer, "DeleteTrail")
    assert record["requestParameters"] == {"name": trail["Name"]}
    assert record["readOnly"] is False


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any) -> None:
    error = refused(cloudtrail.delete_trail, "TrailNotFoundException", 400, Name="no-such-trail")
    recorded(server, error, "DeleteTrail")
