"""CreateTrail, GetTrail, DescribeTrails, ListTrails, UpdateTrail, DeleteTrail."""

from __future__ import annotations

import pytest

from s3trail.state.config import trails
from tests.unit.records import ACCOUNT, OTHER_ACCOUNT
from tests.unit.services.cloudtrail.conftest import CloudTrail

ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
LENGTH = "Trail name too {}. {} allowed length: {} characters. Specified name length: {} characters."
CHARACTERS = (
    "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), "
    "hyphens (-), and underscores (_)."
)


def test_create_answers_with_the_configuration(cloudtrail: CloudTrail) -> None:
    assert cloudtrail.create(S3KeyPrefix="audit/") == {
        "Name": "main",
        "S3BucketName": "logs",
        "S3KeyPrefix": "audit",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": False,
        "TrailARN": ARN,
        "LogFileValidationEnabled": False,
        "IsOrganizationTrail": False,
    }


def test_get_adds_what_descriptions_have(cloudtrail: CloudTrail) -> None:
    created = cloudtrail.create()
    extra = {"HomeRegion": "us-east-1", "HasCustomEventSelectors": False, "HasInsightSelectors": False}
    assert cloudtrail.call("GetTrail", {"Name": "main"}) == {"Trail": created | extra}
    assert cloudtrail.call("GetTrail", {"Name": ARN}) == {"Trail": created | extra}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "ab",
            LENGTH.format("short", "Minimum", 3, 2),
        ),
        (
            "a" * 129,
            LENGTH.format("long", "Maximum", 128, 129),
        ),
        ("-abc", "Trail name must starts with a letter or number."),
        ("abc-", "Trail name must ends with a letter or number."),
        (
            "a b",
            CHARACTERS,
        ),
        ("a.-b", "Trail name can't have adjacent periods (.), hyphens (-), or underscores (_)."),
        ("192.0.2.1", "Trail name can't be in IP address format."),
    ],
)
def test_refuses_name(cloudtrail: CloudTrail, name: str, message: str) -> None:
    code = "InvalidTrailNameException"
    assert cloudtrail.error("CreateTrail", {"Name": name, "S3BucketName": "logs"}) == (code, message)


def test_refuses_unknown_and_foreign_bucket(cloudtrail: CloudTrail) -> None:
    assert cloudtrail.error("CreateTrail", {"Name": "main", "S3BucketName": "absent"}) == (
        "S3BucketDoesNotExistException",
        "S3 bucket absent does not exist!",
    )
    assert cloudtrail.error("CreateTrail", {"Name": "main", "S3BucketName": "foreign"}) == (
        "InsufficientS3BucketPolicyException",
        "Incorrect S3 bucket policy is detected for bucket: foreign",
    )
    code, _ = cloudtrail.error("CreateTrail", {"Name": "main", "S3BucketName": "a..b"})
    assert code == "InvalidS3BucketNameException"


@pytest.mark.parametrize("prefix", ["x" * 201, "a\\b", "a<b"])
def test_refuses_prefix(cloudtrail: CloudTrail, prefix: str) -> None:
    params = {"Name": "main", "S3BucketName": "logs", "S3KeyPrefix": prefix}
    assert cloudtrail.error("CreateTrail", params)[0] == "InvalidS3PrefixException"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("SnsTopicName", "topic"),
        ("CloudWatchLogsLogGroupArn", "arn:aws:logs:us-east-1:123456789012:log-group:g:*"),
        ("CloudWatchLogsRoleArn", "arn:aws:iam::123456789012:role/r"),
        ("KmsKeyId", "alias/key"),
    ],
)
def test_names_the_member_it_does_not_support(cloudtrail: CloudTrail, member: str, value: object) -> None:
    params = {"Name": "main", "S3BucketName": "logs", member: value}
    refused = ("UnsupportedOperationException", f"{member} is not supported by this server.")
    assert cloudtrail.error("CreateTrail", params) == refused
    cloudtrail.create()
    assert cloudtrail.error("UpdateTrail", {"Name": "main", member: value}) == refused


def test_takes_members_that_ask_for_nothing(cloudtrail: CloudTrail) -> None:
    assert cloudtrail.create(
        EnableLogFileValidation=False, IsOrganizationTrail=False, TagsList=[], SnsTopicName=""
    )


def test_refuses_a_name_that_is_taken(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    taken = ("TrailAlreadyExistsException", f"Trail main already exists for customer: {ACCOUNT}")
    assert cloudtrail.error("CreateTrail", {"Name": "main", "S3BucketName": "logs"}) == taken
    cloudtrail.create(region="eu-west-1")
    cloudtrail.create("wide", IsMultiRegionTrail=True)
    params = {"Name": "wide", "S3BucketName": "logs"}
    assert cloudtrail.error("CreateTrail", params, region="eu-west-1")[0] == "TrailAlreadyExistsException"


def test_account_has_five_trails_in_a_region(cloudtrail: CloudTrail) -> None:
    cloudtrail.create("wide", IsMultiRegionTrail=True, region="eu-west-1")
    for at in range(4):
        cloudtrail.create(f"trail{at}")
    assert cloudtrail.error("CreateTrail", {"Name": "sixth", "S3BucketName": "logs"}) == (
        "MaximumNumberOfTrailsExceededException",
        f"User: {ACCOUNT} already has 5 trails in us-east-1.",
    )
    params = {"Name": "sixth", "S3BucketName": "logs", "IsMultiRegionTrail": True}
    code, _ = cloudtrail.error("CreateTrail", params, region="ap-south-1")
    assert code == "MaximumNumberOfTrailsExceededException"
    cloudtrail.create("sixth", region="ap-south-1")


def test_multi_region_trail_needs_global_events(cloudtrail: CloudTrail) -> None:
    params = {
        "Name": "main",
        "S3BucketName": "logs",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": False,
    }
    assert cloudtrail.error("CreateTrail", params) == (
        "InvalidParameterCombinationException",
        "Multi-Region trail must include global service events.",
    )


def _described(cloudtrail: CloudTrail, region: str, **params: object) -> list[str]:
    return [trail["Name"] for trail in cloudtrail.call("DescribeTrails", params, region=region)["trailList"]]


def test_describe_shows_shadows_unless_told(cloudtrail: CloudTrail) -> None:
    cloudtrail.create("wide", IsMultiRegionTrail=True)
    cloudtrail.create("here")
    cloudtrail.create("there", region="eu-west-1")
    assert _described(cloudtrail, "us-east-1") == ["here", "wide"]
    assert _described(cloudtrail, "eu-west-1") == ["there", "wide"]
    assert _described(cloudtrail, "eu-west-1", includeShadowTrails=False) == ["there"]
    listed = cloudtrail.call("ListTrails", region="eu-west-1")["Trails"]
    assert [(each["Name"], each["HomeRegion"]) for each in listed] == [
        ("there", "eu-west-1"),
        ("wide", "us-east-1"),
    ]


def test_describe_by_name_leaves_out_the_unknown_and_takes_arns_of_other_regions(
    cloudtrail: CloudTrail,
) -> None:
    cloudtrail.create()
    assert _described(cloudtrail, "us-east-1", trailNameList=["main", "absent"]) == ["main"]
    assert _described(cloudtrail, "eu-west-1", trailNameList=["main"]) == []
    assert _described(cloudtrail, "eu-west-1", trailNameList=[ARN]) == ["main"]
    assert (
        cloudtrail.error("DescribeTrails", {"trailNameList": ["arn:aws:s3:::b"]})[0]
        == "CloudTrailARNInvalidException"
    )


def test_accounts_do_not_see_each_other(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    assert cloudtrail.call("DescribeTrails", account=OTHER_ACCOUNT) == {"trailList": []}
    assert cloudtrail.error("GetTrail", {"Name": ARN}, account=OTHER_ACCOUNT)[0] == "TrailNotFoundException"


def test_unknown_trail_is_named(cloudtrail: CloudTrail) -> None:
    by_name = ("TrailNotFoundException", f"Unknown trail: main for the user: {ACCOUNT}")
    for name in ("UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"):
        assert cloudtrail.error(name, {"Name": "main"}) == by_name
    by_arn = ("TrailNotFoundException", f"Unknown trail: {ARN} for the user: {ACCOUNT}")
    assert cloudtrail.error("GetTrailStatus", {"Name": "main"}) == by_arn
    assert cloudtrail.error("GetEventSelectors", {"TrailName": "main"}) == by_arn


def test_arn_of_another_region_is_refused_unless_multi_region(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    assert cloudtrail.error("GetTrail", {"Name": ARN}, region="eu-west-1") == (
        "CloudTrailARNInvalidException",
        "Region in ARN is wrong, you can only access resources in region eu-west-1.",
    )
    cloudtrail.call("UpdateTrail", {"Name": "main", "IsMultiRegionTrail": True})
    assert (
        cloudtrail.call("GetTrail", {"Name": ARN}, region="eu-west-1")["Trail"]["HomeRegion"] == "us-east-1"
    )


@pytest.mark.parametrize("name", ["UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"])
def test_shadow_can_not_be_changed(cloudtrail: CloudTrail, name: str) -> None:
    cloudtrail.create(IsMultiRegionTrail=True)
    for given in ("main", ARN):
        code, _ = cloudtrail.error(name, {"Name": given}, region="eu-west-1")
        assert code == "InvalidHomeRegionException"


def test_update_changes_given_members_alone(cloudtrail: CloudTrail) -> None:
    created = cloudtrail.create(S3KeyPrefix="audit")
    changed = cloudtrail.call("UpdateTrail", {"Name": "main", "S3BucketName": "spare"})
    assert changed == created | {"S3BucketName": "spare"}
    assert "S3KeyPrefix" not in cloudtrail.call("UpdateTrail", {"Name": "main", "S3KeyPrefix": ""})
    code, _ = cloudtrail.error("UpdateTrail", {"Name": "main", "S3BucketName": "absent"})
    assert code == "S3BucketDoesNotExistException"


def test_kind_of_trail_switches_global_events(cloudtrail: CloudTrail) -> None:
    cloudtrail.create(IncludeGlobalServiceEvents=False)
    wide = cloudtrail.call("UpdateTrail", {"Name": "main", "IsMultiRegionTrail": True})
    assert (wide["IsMultiRegionTrail"], wide["IncludeGlobalServiceEvents"]) == (True, True)
    single = cloudtrail.call("UpdateTrail", {"Name": "main", "IsMultiRegionTrail": False})
    assert (single["IsMultiRegionTrail"], single["IncludeGlobalServiceEvents"]) == (False, False)


def test_refused_change_leaves_nothing_behind(cloudtrail: CloudTrail) -> None:
    created = cloudtrail.create()
    cloudtrail.error("UpdateTrail", {"Name": "main", "S3KeyPrefix": "new", "S3BucketName": "absent"})
    assert created.items() <= cloudtrail.call("GetTrail", {"Name": "main"})["Trail"].items()


def test_delete_removes_the_trail_and_keeps_a_tombstone_while_it_has_leftovers(
    cloudtrail: CloudTrail,
) -> None:
    cloudtrail.create()
    cloudtrail.call("DeleteTrail", {"Name": "main"})
    assert cloudtrail.error("GetTrail", {"Name": "main"})[0] == "TrailNotFoundException"
    cloudtrail.create()
    cloudtrail.call("StartLogging", {"Name": "main"})
    assert cloudtrail.call("DeleteTrail", {"Name": "main"}) == {}
    with cloudtrail.environment.read() as tx:
        (tombstone,) = trails.every(tx)
    assert tombstone.deleted == cloudtrail.clock.now()
    assert cloudtrail.call("ListTrails") == {"Trails": []}
