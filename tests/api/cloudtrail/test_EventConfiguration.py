"""PutEventConfiguration, GetEventConfiguration on the wire."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_puts_and_gets_a_configuration(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    put = cloudtrail.put_event_configuration(TrailName=trail["Name"], MaxEventSize="Large")
    record = recorded(server, put, "PutEventConfiguration")
    assert record["requestParameters"]["maxEventSize"] == "Large"
    got = cloudtrail.get_event_configuration(TrailName=trail["TrailARN"])
    assert (got["TrailARN"], got["MaxEventSize"]) == (trail["TrailARN"], "Large")
    recorded(server, got, "GetEventConfiguration")


def test_refuses_a_size_that_there_is_not(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    error = refused(
        cloudtrail.put_event_configuration,
        "InvalidParameterException",
        400,
        TrailName=trail["Name"],
        MaxEventSize="Huge",
    )
    recorded(server, error, "PutEventConfiguration")
