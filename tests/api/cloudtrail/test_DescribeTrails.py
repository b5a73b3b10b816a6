"""DescribeTrails: all, some, and the shadows of multi-region trails."""

from __future__ import annotations

import uuid
from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded


def test_lists_the_regions_trails(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    answer = cloudtrail.describe_trails()
    assert trail["TrailARN"] in [found["TrailARN"] for found in answer["trailList"]]
    record = recorded(server, answer, "DescribeTrails")
    assert record["readOnly"] is True
    assert record["responseElements"] is None


def test_leaves_out_unknown_names(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    answer = cloudtrail.describe_trails(trailNameList=[trail["Name"], "no-such-trail"])
    assert [found["Name"] for found in answer["trailList"]] == [trail["Name"]]
    record = recorded(server, answer, "DescribeTrails")
    assert record["requestParameters"]["trailNameList"] == [trail["Name"], "no-such-trail"]


def test_shows_the_shadow_of_a_multi_region_trail(server: Server, cloudtrail: Any, bucket: str) -> None:
    name = f"multi-{uuid.uuid4().hex[:8]}"
    cloudtrail.create_trail(Name=name, S3BucketName=bucket, IsMultiRegionTrail=True)
    elsewhere = server.client("cloudtrail", region="sa-east-1")
    answer = elsewhere.describe_trails()
    assert name in [found["Name"] for found in answer["trailList"]]
    alone = elsewhere.describe_trails(includeShadowTrails=False)
    assert name not in [found["Name"] for found in alone["trailList"]]
    assert recorded(server, alone, "DescribeTrails")["requestParameters"] == {"includeShadowTrails": False}
    cloudtrail.delete_trail(Name=name)
