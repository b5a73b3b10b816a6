"""AddTags: tags of trails, and what tags may be."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def _tags(client: Any, arn: str) -> dict[str, str]:
    (listed,) = client.list_tags(ResourceIdList=[arn])["ResourceTagList"]
    return {tag["Key"]: tag["Value"] for tag in listed["TagsList"]}


def _many(count: int) -> list[dict[str, str]]:
    return [{"Key": f"key-{at}", "Value": "x"} for at in range(count)]


def test_adds_and_replaces_by_key(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    arn = trail["TrailARN"]
    cloudtrail.add_tags(ResourceId=arn, TagsList=[{"Key": "team", "Value": "a"}, {"Key": "stage"}])
    answer = cloudtrail.add_tags(ResourceId=arn, TagsList=[{"Key": "team", "Value": "b"}])
    assert _tags(cloudtrail, arn) == {"team": "b", "stage": ""}
    record = recorded(server, answer, "AddTags")
    assert record["requestParameters"] == {"resourceId": arn, "tagsList": [{"key": "team", "value": "b"}]}
    assert record["readOnly"] is False


def test_refuses_more_than_fifty(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    arn = trail["TrailARN"]
    cloudtrail.add_tags(ResourceId=arn, TagsList=_many(50))
    one_more = [{"Key": "one-more", "Value": "x"}]
    error = refused(cloudtrail.add_tags, "TagsLimitExceededException", 400, ResourceId=arn, TagsList=one_more)
    recorded(server, error, "AddTags")
    assert len(_tags(cloudtrail, arn)) == 50


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "k" * 129, "Value": "x"}],
        [{"Key": "k", "Value": "x" * 257}],
        [{"Key": "k", "Value": "a"}, {"Key": "k", "Value": "b"}],
        [{"Key": "aws:mine", "Value": "x"}],
        [{"Key": "k", "Value": "a<b"}],
    ],
    ids=["long key", "long value", "key twice", "reserved key", "character"],
)
def test_refuses_bad_tags(cloudtrail: Any, trail: dict[str, Any], tags: list[dict[str, str]]) -> None:
    refused(
        cloudtrail.add_tags, "InvalidTagParameterException", 400, ResourceId=trail["TrailARN"], TagsList=tags
    )
    assert _tags(cloudtrail, trail["TrailARN"]) == {}


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ("trail/no-such-trail", "ResourceNotFoundException"),
        ("eventdatastore/00000000-0000-4000-8000-000000000000", "EventDataStoreNotFoundException"),
        ("channel/00000000-0000-4000-8000-000000000000", "ChannelNotFoundException"),
        ("dashboard/mine", "ResourceNotFoundException"),
        ("query/mine", "ResourceTypeNotSupportedException"),
    ],
)
def test_refuses_what_is_no_trail(cloudtrail: Any, trail: dict[str, Any], resource: str, code: str) -> None:
    arn = f"{trail['TrailARN'].rpartition(':')[0]}:{resource}"
    refused(cloudtrail.add_tags, code, 400, ResourceId=arn, TagsList=_many(1))


def test_refuses_a_name_for_an_arn(cloudtrail: Any, trail: dict[str, Any]) -> None:
    code = "CloudTrailARNInvalidException"
    refused(cloudtrail.add_tags, code, 400, ResourceId=trail["Name"], TagsList=_many(1))


def test_refuses_another_region_than_home(
    server: Server, cloudtrail: Any, trail: dict[str, Any], region: str
) -> None:
    cloudtrail.update_trail(Name=trail["Name"], IsMultiRegionTrail=True)
    away = server.client("cloudtrail", region="sa-east-1")
    arn = trail["TrailARN"]
    refused(away.add_tags, "InvalidHomeRegionException", 400, ResourceId=arn, TagsList=_many(1))
    assert region in arn
    assert _tags(away, arn) == {}
