"""Trails: CreateTrail, GetTrail, DescribeTrails, ListTrails, UpdateTrail, DeleteTrail.

Input: parameters of the CloudTrail model. Output: members of the model; trails as documents, and beginnings
and ends of their chains of digests. What a trail delivers is up to `consumers.delivery`. Facts: the
operations' pages of the CloudTrail API Reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from s3trail.journal import journal
from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation, Result
from s3trail.services.cloudtrail import event_configuration, names, tags
from s3trail.services.cloudtrail.errors import (
    InsufficientS3BucketPolicyException,
    InvalidParameterCombinationException,
    MaximumNumberOfTrailsExceededException,
    NotOrganizationMasterAccountException,
    S3BucketDoesNotExistException,
    TrailAlreadyExistsException,
    UnsupportedOperationException,
)
from s3trail.state.config import digest_chains, log_buckets, organization, trails
from s3trail.state.config.trails import Rules, Trail
from s3trail.state.environment import Tx
from s3trail.state.objects import buckets

__all__ = ["operations"]

_NOT_OFFERED = (
    "SnsTopicName",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "KmsKeyId",
)
"""Members that need parts which this server doesn't have; false and empty values ask for nothing and pass."""


def operations(
    clock: Clock, ids: Ids, trails_per_region: int, *, require_bucket_policy: bool = False
) -> tuple[Operation, ...]:
    """The operations on trails themselves.

    Args:
        clock: times of creation and deletion.
        ids: identifiers of trails.
        trails_per_region: AWS's quota is 5.
        require_bucket_policy: buckets of the trail's own account need a policy too, as in AWS.
    """

    def create_trail(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        account_id, name = call.caller.account_id, params["Name"]
        names.check_trail_name(name)
        _refuse_not_offered(params)
        names.check_bucket_name(params["S3BucketName"])
        prefix = _prefix(params)
        rules = _rules(params, Rules(call.region))
        if params.get("IsOrganizationTrail"):
            _check_manages(tx, account_id)
        known = trails.of_account(tx, account_id)
        _check_name_is_free(known, name, rules, call)
        _check_quota(known, rules, account_id, trails_per_region)
        trail = Trail(
            ids.hex(8),
            account_id,
            name,
            params["S3BucketName"],
            rules,
            prefix,
            validation=bool(params.get("EnableLogFileValidation")),
            tags=tags.checked(params.get("TagsList") or ()),
        )
        check_bucket(tx, trail)
        if params.get("IsOrganizationTrail"):
            trail = replace(trail, rules=replace(rules, organization=organization.made_id(tx, ids)))
        trails.put(tx, trail)
        return _configuration(trail)

    def update_trail(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        trail = names.find_at_home(tx, call, params["Name"])
        _refuse_not_offered(params)
        bucket = params.get("S3BucketName") or trail.bucket
        names.check_bucket_name(bucket)
        prefix = _prefix(params) if "S3KeyPrefix" in params else trail.prefix
        rules = _rules(params, trail.rules)
        if rules.multi_region and not trail.rules.multi_region:
            others = [known for known in trails.of_account(tx, trail.account_id) if known.id != trail.id]
            _check_name_is_free(others, trail.name, rules, call)
            _check_quota(others, rules, trail.account_id, trails_per_region)
        of_organization = params.get("IsOrganizationTrail", bool(trail.rules.organization))
        if of_organization:
            _check_manages(tx, trail.account_id)
        validation = bool(params.get("EnableLogFileValidation", trail.validation))
        changed = replace(trail, bucket=bucket, prefix=prefix, validation=validation)
        if bucket != trail.bucket or prefix != trail.prefix:
            check_bucket(tx, changed)
        rules = replace(rules, organization=organization.made_id(tx, ids) if of_organization else "")
        changed = changed.keep(journal.upcoming(tx), rules)
        trails.put(tx, changed)
        _change_digests(tx, trail, changed, clock.now())
        return _configuration(changed)

    def check_bucket(tx: Tx, trail: Trail) -> None:
        _check_bucket(tx, trail, strict=require_bucket_policy)

    def delete_trail(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        trail = names.find_at_home(tx, call, params["Name"])
        tombstone = trail.delete(journal.upcoming(tx), clock.now())
        trails.deleted(tx, tombstone)
        event_configuration.forget(tx, tombstone)
        digest_chains.stop(tx, tombstone)
        return {}

    return (
        Operation("cloudtrail", "CreateTrail", create_trail, writes=True),
        Operation("cloudtrail", "UpdateTrail", update_trail, writes=True),
        Operation("cloudtrail", "DeleteTrail", delete_trail, writes=True),
        Operation("cloudtrail", "GetTrail", _get_trail),
        Operation("cloudtrail", "DescribeTrails", _describe_trails),
        Operation("cloudtrail", "ListTrails", _list_trails),
    )


def _get_trail(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    return {"Trail": _description(names.find(tx, call, params["Name"]))}


def _describe_trails(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    account_id = call.caller.account_id
    named = params.get("trailNameList") or []
    if not named:
        shadows = params.get("includeShadowTrails", True) is not False
        return {
            "trailList": [
                _description(trail) for trail in _visible(tx, call) if shadows or trail.region == call.region
            ]
        }
    found: dict[str, Trail] = {}
    for name in named:
        if name.startswith("arn:"):
            region, owner, short = names.split_arn(name)
        else:
            names.check_trail_name(name)
            region, owner, short = call.region, account_id, name
        trail = trails.get(tx, owner, region, short)
        if trail is not None and (owner == account_id or trail.rules.organization):
            found[trail.id] = trail
    return {"trailList": [_description(trail) for trail in found.values()]}


def _list_trails(tx: Tx, call: Call, _params: dict[str, Any]) -> Result:
    return {
        "Trails": [
            {"TrailARN": trail.arn, "Name": trail.name, "HomeRegion": trail.region}
            for trail in _visible(tx, call)
        ]
    }


def _visible(tx: Tx, call: Call) -> list[Trail]:
    """The trails of account and organization in the call's region, and shadows of multi-region ones."""
    own = trails.of_account(tx, call.caller.account_id)
    others = [
        trail
        for trail in trails.every(tx)
        if trail.rules.organization and trail.deleted is None and trail.account_id != call.caller.account_id
    ]
    return [trail for trail in own + others if trail.region == call.region or trail.rules.multi_region]


def _refuse_not_offered(params: dict[str, Any]) -> None:
    for member in _NOT_OFFERED:
        if params.get(member):
            raise UnsupportedOperationException(f"{member} is not supported by this server.")


def _prefix(params: dict[str, Any]) -> str:
    prefix = params.get("S3KeyPrefix") or ""
    names.check_prefix(prefix)
    return str(prefix).rstrip("/")


def _rules(params: dict[str, Any], before: Rules) -> Rules:
    multi_region = params.get("IsMultiRegionTrail", before.multi_region)
    global_services = before.global_services
    if multi_region != before.multi_region:
        # Changing the kind of trail switches global events with it; a new trail has them on.
        global_services = multi_region
    global_services = params.get("IncludeGlobalServiceEvents", global_services)
    if multi_region and not global_services:
        raise InvalidParameterCombinationException("Multi-Region trail must include global service events.")
    return replace(
        before,
        multi_region=multi_region,
        global_services=global_services,
        recursive=params.get("RecursiveLogging", before.recursive),
    )


def _check_name_is_free(known: Iterable[Trail], name: str, rules: Rules, call: Call) -> None:
    for trail in known:
        shadows = trail.rules.multi_region or rules.multi_region
        if trail.name == name and (trail.region == call.region or shadows):
            raise TrailAlreadyExistsException(
                f"Trail {name} already exists for customer: {call.caller.account_id}"
            )


def _check_quota(known: list[Trail], rules: Rules, account_id: str, quota: int) -> None:
    # A multi-region trail counts in each region, so a new one needs room in every region that has trails.
    everywhere = sum(1 for trail in known if trail.rules.multi_region)
    regions = {rules.region} | ({trail.region for trail in known} if rules.multi_region else set())
    for region in sorted(regions):
        here = sum(1 for trail in known if trail.region == region and not trail.rules.multi_region)
        if everywhere + here >= quota:
            raise MaximumNumberOfTrailsExceededException(
                f"User: {account_id} already has {quota} trails in {region}."
            )


def _change_digests(tx: Tx, before: Trail, after: Trail, now: float) -> None:
    """Let the chains of digests follow UpdateTrail."""
    if (before.bucket, before.prefix) != (after.bucket, after.prefix):
        digest_chains.move(tx, after)
    if before.validation and not after.validation:
        digest_chains.close(tx, after)
    elif before.rules.multi_region and not after.rules.multi_region:
        digest_chains.close(tx, after, region=after.region)
    if after.validation and not before.validation:
        digest_chains.begin(tx, after, now)


def _check_manages(tx: Tx, account_id: str) -> None:
    if not organization.manages(tx, account_id):
        raise NotOrganizationMasterAccountException


def _check_bucket(tx: Tx, trail: Trail, *, strict: bool) -> None:
    found = buckets.get(tx, trail.bucket)
    if found is None:
        raise S3BucketDoesNotExistException(f"S3 bucket {trail.bucket} does not exist!")
    before = f"{trail.prefix}/" if trail.prefix else ""
    keys: tuple[str, ...] = (f"{before}AWSLogs/{trail.account_id}/",)
    if trail.rules.organization:
        keys += (f"{before}AWSLogs/{trail.rules.organization}/",)
    if not log_buckets.may_be_used(tx, found, trail.account_id, trail.arn, keys, strict=strict):
        raise InsufficientS3BucketPolicyException(
            f"Incorrect S3 bucket policy is detected for bucket: {trail.bucket}"
        )


def _configuration(trail: Trail) -> dict[str, Any]:
    """The answer of CreateTrail and UpdateTrail; it lacks what only descriptions of trails have."""
    rules = trail.rules
    answer: dict[str, Any] = {"Name": trail.name, "S3BucketName": trail.bucket}
    if trail.prefix:
        answer["S3KeyPrefix"] = trail.prefix
    answer |= {
        "IncludeGlobalServiceEvents": rules.global_services,
        "IsMultiRegionTrail": rules.multi_region,
        "TrailARN": trail.arn,
        "LogFileValidationEnabled": trail.validation,
        "IsOrganizationTrail": bool(rules.organization),
    }
    if not rules.recursive:
        answer["RecursiveLogging"] = False
    return answer


def _description(trail: Trail) -> dict[str, Any]:
    """The model's `Trail`."""
    return _configuration(trail) | {
        "HomeRegion": trail.region,
        "HasCustomEventSelectors": trail.custom_selectors,
        "HasInsightSelectors": bool(trail.rules.insight_selectors),
    }
