"""The calls of Terraform's `aws_cloudtrail`, in its order: apply, plan, change, destroy.

The order is that of the provider's resource code (create, read, update, delete); each answer is looked at as
the provider does, so that a second plan shows no change.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3trail.cli.trails import bucket_policy
from s3trail.testing.server import Server

pytestmark = pytest.mark.clients

DEFAULT_SELECTOR = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}


@pytest.fixture
def region() -> str:
    """Where the tests make their trails."""
    return "ca-central-1"


def _read(cloudtrail: Any, arn: str) -> dict[str, Any]:
    """What the provider's Read makes the state of; empty when the trail is gone."""
    found = cloudtrail.describe_trails(trailNameList=[arn])["trailList"]
    if not found:
        return {}
    (trail,) = found
    state = {
        name: trail.get(name)
        for name in (
            "Name",
            "S3BucketName",
            "S3KeyPrefix",
            "IncludeGlobalServiceEvents",
            "IsMultiRegionTrail",
            "IsOrganizationTrail",
            "LogFileValidationEnabled",
            "HomeRegion",
            "TrailARN",
        )
    }
    tags = cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]
    state["Tags"] = {tag["Key"]: tag["Value"] for tag in tags}
    state["IsLogging"] = cloudtrail.get_trail_status(Name=arn)["IsLogging"]
    if trail["HasCustomEventSelectors"]:
        answer = cloudtrail.get_event_selectors(TrailName=arn)
        state["EventSelectors"] = answer.get("EventSelectors")
        state["AdvancedEventSelectors"] = answer.get("AdvancedEventSelectors")
    if trail["HasInsightSelectors"]:
        state["InsightSelectors"] = cloudtrail.get_insight_selectors(TrailName=arn)["InsightSelectors"]
    return state


@pytest.fixture
def log_bucket(server: Server, region: str) -> str:
    """A bucket with the policy that the provider's documentation gives."""
    s3 = server.client("s3")
    account_id = server.records(eventName="CreateAccount")[0]["recipientAccountId"]
    bucket = f"terraform-{uuid.uuid4().hex[:10]}"
    s3.create_bucket(Bucket=bucket)
    arn = f"arn:aws:cloudtrail:{region}:{account_id}:trail/{bucket}"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(bucket_policy(bucket, account_id, arn)))
    return bucket


def test_apply_plan_change_destroy(server: Server, region: str, log_bucket: str) -> None:
    cloudtrail = server.client("cloudtrail", region=region)
    created = cloudtrail.create_trail(
        Name=log_bucket,
        S3BucketName=log_bucket,
        IncludeGlobalServiceEvents=True,
        IsMultiRegionTrail=False,
        EnableLogFileValidation=True,
        IsOrganizationTrail=False,
        TagsList=[{"Key": "team", "Value": "platform"}],
    )
    arn = created["TrailARN"]
    cloudtrail.start_logging(Name=arn)
    selector = DEFAULT_SELECTOR | {
        "ReadWriteType": "WriteOnly",
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::photos/"]}],
    }
    cloudtrail.put_event_selectors(TrailName=arn, EventSelectors=[selector])
    cloudtrail.put_insight_selectors(TrailName=arn, InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
    applied = _read(cloudtrail, arn)
    assert applied == {
        "Name": log_bucket,
        "S3BucketName": log_bucket,
        "S3KeyPrefix": None,
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": False,
        "IsOrganizationTrail": False,
        "LogFileValidationEnabled": True,
        "HomeRegion": region,
        "TrailARN": arn,
        "Tags": {"team": "platform"},
        "IsLogging": True,
        "EventSelectors": [selector | {"ExcludeManagementEventSources": []}],
        "AdvancedEventSelectors": None,
        "InsightSelectors": [{"InsightType": "ApiCallRateInsight", "EventCategories": ["Management"]}],
    }
    assert _read(cloudtrail, arn) == applied

    cloudtrail.update_trail(Name=arn, EnableLogFileValidation=False, IncludeGlobalServiceEvents=True)
    cloudtrail.stop_logging(Name=arn)
    cloudtrail.put_event_selectors(TrailName=arn, EventSelectors=[DEFAULT_SELECTOR])
    cloudtrail.put_insight_selectors(TrailName=arn, InsightSelectors=[])
    cloudtrail.remove_tags(ResourceId=arn, TagsList=[{"Key": "team"}])
    cloudtrail.add_tags(ResourceId=arn, TagsList=[{"Key": "owner", "Value": "audit"}])
    changed = _read(cloudtrail, arn)
    assert "EventSelectors" not in changed
    assert "InsightSelectors" not in changed
    assert changed["Tags"] == {"owner": "audit"}
    assert (changed["IsLogging"], changed["LogFileValidationEnabled"]) == (False, False)

    cloudtrail.delete_trail(Name=arn)
    assert _read(cloudtrail, arn) == {}
    with pytest.raises(ClientError) as gone:
        cloudtrail.delete_trail(Name=arn)
    assert gone.value.response["Error"]["Code"] == "TrailNotFoundException"


def test_applies_advanced_selectors(server: Server, region: str, log_bucket: str) -> None:
    cloudtrail = server.client("cloudtrail", region=region)
    arn = cloudtrail.create_trail(Name=log_bucket, S3BucketName=log_bucket)["TrailARN"]
    selector = {
        "Name": "Objects",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::photos/"]},
        ],
    }
    cloudtrail.put_event_selectors(TrailName=arn, AdvancedEventSelectors=[selector])
    assert _read(cloudtrail, arn)["AdvancedEventSelectors"] == [selector]
    cloudtrail.delete_trail(Name=arn)
