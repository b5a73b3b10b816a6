"""Buckets of trails: what their policies must let CloudTrail do; and organization trails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.cli.trails import bucket_policy
from s3trail.kernel.ids import RandomIds
from s3trail.services.cloudtrail.operations import operations
from s3trail.state.config import documents, log_buckets
from s3trail.state.objects import bucket_settings, buckets
from tests.unit.records import ACCOUNT, NOW, OTHER_ACCOUNT
from tests.unit.services.cloudtrail.conftest import CloudTrail

ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
REFUSED = "InsufficientS3BucketPolicyException"


def _policy(cloudtrail: CloudTrail, bucket: str, policy: dict[str, Any]) -> None:
    with cloudtrail.environment.write() as tx:
        found = buckets.get(tx, bucket)
        assert found is not None
        bucket_settings.put(tx, found, bucket_settings.POLICY, {"Policy": json.dumps(policy)})


def _strict(cloudtrail: CloudTrail) -> None:
    made = operations(
        cloudtrail.history,
        lambda: cloudtrail.counts,
        cloudtrail.clock,
        RandomIds(),
        require_bucket_policy=True,
    )
    cloudtrail.operations = {operation.name: operation for operation in made}


def _statement(**members: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
    }
    return {"Version": "2012-10-17", "Statement": [statement | members]}


def test_the_policy_of_the_console_is_enough(cloudtrail: CloudTrail) -> None:
    _strict(cloudtrail)
    _policy(cloudtrail, "logs", bucket_policy("logs", ACCOUNT, ARN))
    assert cloudtrail.create()["TrailARN"] == ARN


@pytest.mark.parametrize(
    "policy",
    [
        bucket_policy("logs", ACCOUNT, ARN.replace("main", "other")),
        bucket_policy("logs", OTHER_ACCOUNT, ARN),
        _statement(Action="s3:GetBucketAcl", Resource="arn:aws:s3:::logs"),
        _statement(Action="s3:PutObject", Resource="arn:aws:s3:::logs/*"),
        _statement(Principal={"Service": "config.amazonaws.com"}),
        _statement(Effect="Deny"),
        _statement(Condition={"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}}),
    ],
)
def test_a_policy_that_does_not_let_cloudtrail_write_is_refused(
    cloudtrail: CloudTrail, policy: dict[str, Any]
) -> None:
    _policy(cloudtrail, "logs", policy)
    code, message = cloudtrail.error("CreateTrail", {"Name": "main", "S3BucketName": "logs"})
    assert code == REFUSED
    assert message == "Incorrect S3 bucket policy is detected for bucket: logs"


def test_a_prefix_needs_the_policy_too(cloudtrail: CloudTrail) -> None:
    _policy(cloudtrail, "logs", bucket_policy("logs", ACCOUNT, ARN))
    params = {"Name": "main", "S3BucketName": "logs", "S3KeyPrefix": "audit"}
    assert cloudtrail.error("CreateTrail", params)[0] == REFUSED


def test_without_a_policy_the_own_account_is_enough_unless_told(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    _strict(cloudtrail)
    params = {"Name": "second", "S3BucketName": "spare"}
    assert cloudtrail.error("CreateTrail", params)[0] == REFUSED


def test_a_bucket_of_another_account_needs_a_policy(cloudtrail: CloudTrail) -> None:
    params = {"Name": "main", "S3BucketName": "foreign"}
    assert cloudtrail.error("CreateTrail", params)[0] == REFUSED
    _policy(cloudtrail, "foreign", bucket_policy("foreign", ACCOUNT, ARN))
    assert cloudtrail.call("CreateTrail", params)["S3BucketName"] == "foreign"


def test_update_checks_the_new_bucket(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    _policy(
        cloudtrail,
        "spare",
        _statement(Effect="Deny", Resource=["arn:aws:s3:::spare", "arn:aws:s3:::spare/*"]),
    )
    assert cloudtrail.error("UpdateTrail", {"Name": "main", "S3BucketName": "spare"})[0] == REFUSED
    assert cloudtrail.call("GetTrail", {"Name": "main"})["Trail"]["S3BucketName"] == "logs"


@pytest.mark.parametrize(
    ("policy", "strict", "may"),
    [
        (None, False, True),
        (None, True, False),
        (_statement(), True, True),
        (_statement(Effect="Deny"), False, False),
        (_statement(Principal={"Service": "config.amazonaws.com"}), False, True),
        (_statement(Principal={"Service": "config.amazonaws.com"}), True, False),
    ],
)
def test_a_denial_stops_deliveries(
    cloudtrail: CloudTrail, policy: dict[str, Any] | None, strict: bool, may: bool
) -> None:
    if policy is not None:
        _policy(cloudtrail, "logs", policy)
    with cloudtrail.environment.read() as tx:
        bucket = buckets.get(tx, "logs")
        assert bucket is not None
        key = f"AWSLogs/{ACCOUNT}/CloudTrail/x.json.gz"
        assert log_buckets.may_put(tx, bucket, ACCOUNT, ARN, key, strict=strict) is may


def _managed(cloudtrail: CloudTrail) -> None:
    with cloudtrail.environment.write() as tx:
        for age, account in enumerate((ACCOUNT, OTHER_ACCOUNT)):
            documents.put(tx, "account", account, {"name": account, "created": NOW + age})


def test_the_management_account_makes_organization_trails(cloudtrail: CloudTrail) -> None:
    _managed(cloudtrail)
    assert cloudtrail.create(IsOrganizationTrail=True)["IsOrganizationTrail"] is True
    assert cloudtrail.call("GetTrail", {"Name": "main"})["Trail"]["IsOrganizationTrail"] is True
    params = {"Name": "theirs", "S3BucketName": "foreign", "IsOrganizationTrail": True}
    code, _ = cloudtrail.error("CreateTrail", params, account=OTHER_ACCOUNT)
    assert code == "NotOrganizationMasterAccountException"


def test_members_see_an_organization_trail_and_can_not_change_it(cloudtrail: CloudTrail) -> None:
    _managed(cloudtrail)
    cloudtrail.create(IsOrganizationTrail=True)
    seen = cloudtrail.call("DescribeTrails", account=OTHER_ACCOUNT)["trailList"]
    assert [trail["TrailARN"] for trail in seen] == [ARN]
    assert cloudtrail.call("GetTrail", {"Name": ARN}, account=OTHER_ACCOUNT)["Trail"]["TrailARN"] == ARN
    assert (
        cloudtrail.error("GetTrail", {"Name": "main"}, account=OTHER_ACCOUNT)[0] == "TrailNotFoundException"
    )
    for operation in ("StopLogging", "StartLogging", "DeleteTrail", "UpdateTrail"):
        code, _ = cloudtrail.error(operation, {"Name": ARN}, account=OTHER_ACCOUNT)
        assert code == "NotOrganizationMasterAccountException"


def test_an_organization_trail_becomes_one_of_its_account(cloudtrail: CloudTrail) -> None:
    _managed(cloudtrail)
    cloudtrail.create(IsOrganizationTrail=True)
    changed = cloudtrail.call("UpdateTrail", {"Name": "main", "IsOrganizationTrail": False})
    assert changed["IsOrganizationTrail"] is False
    assert cloudtrail.call("DescribeTrails", account=OTHER_ACCOUNT)["trailList"] == []
