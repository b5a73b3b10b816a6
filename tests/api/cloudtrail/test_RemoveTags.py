"""RemoveTags: by key, whatever the value."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_removes_by_key(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    arn = trail["TrailARN"]
    cloudtrail.add_tags(
        ResourceId=arn, TagsList=[{"Key": key, "Value": key.upper()} for key in ("a", "b", "c")]
    )
    answer = cloudtrail.remove_tags(
        ResourceId=arn, TagsList=[{"Key": "a"}, {"Key": "b", "Value": "other"}, {"Key": "z"}]
    )
    (listed,) = cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"]
    assert listed["TagsList"] == [{"Key": "c", "Value": "C"}]
    record = recorded(server, answer, "RemoveTags")
    assert record["requestParameters"]["resourceId"] == arn
    assert record["readOnly"] is False


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    error = refused(
        cloudtrail.remove_tags,
        "ResourceNotFoundException",
        400,
        ResourceId=trail["TrailARN"] + "-not",
        TagsList=[{"Key": "a"}],
    )
    recorded(server, error, "RemoveTags")
