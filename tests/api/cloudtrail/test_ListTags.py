"""ListTags: the tags of several trails."""

from __future__ import annotations

import uuid
from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def test_lists_tags_of_each_trail_in_order(
    server: Server, cloudtrail: Any, trail: dict[str, Any], bucket: str
) -> None:
    name = f"tagged-{uuid.uuid4().hex[:8]}"
    tags = [{"Key": "team", "Value": "audit"}]
    tagged = cloudtrail.create_trail(Name=name, S3BucketName=bucket, TagsList=tags)["TrailARN"]
    answer = cloudtrail.list_tags(ResourceIdList=[tagged, trail["TrailARN"]])
    assert answer["ResourceTagList"] == [
        {"ResourceId": tagged, "TagsList": tags},
        {"ResourceId": trail["TrailARN"], "TagsList": []},
    ]
    assert "NextToken" not in answer
    assert recorded(server, answer, "ListTags")["readOnly"] is True
    cloudtrail.delete_trail(Name=name)


def test_refuses_more_than_twenty(cloudtrail: Any, trail: dict[str, Any]) -> None:
    arns = [trail["TrailARN"]] * 21
    refused(cloudtrail.list_tags, "InvalidParameterException", 400, ResourceIdList=arns)


def test_refuses_an_unknown_trail(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    arns = [trail["TrailARN"], trail["TrailARN"] + "-not"]
    error = refused(cloudtrail.list_tags, "ResourceNotFoundException", 400, ResourceIdList=arns)
    recorded(server, error, "ListTags")


def test_refuses_a_token_that_was_never_given(cloudtrail: Any, trail: dict[str, Any]) -> None:
    arns = [trail["TrailARN"]]
    refused(cloudtrail.list_tags, "InvalidTokenException", 400, ResourceIdList=arns, NextToken="x")
