"""Managed policies and their versions: CreatePolicy to DeletePolicyVersion.

An account's own policies can be changed, AWS's only be looked at and attached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AccessDenied
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation, Result
from s3trail.policy.document import parse_policy
from s3trail.services.iam import views
from s3trail.services.iam.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    LimitExceeded,
    NoSuchEntity,
    ValidationError,
    quota,
)
from s3trail.services.iam.paging import page
from s3trail.services.iam.tagging import checked_tags, tag_operations
from s3trail.state.config.iam import managed, policies
from s3trail.state.config.iam.managed import AWS_MANAGED
from s3trail.state.config.iam.policies import AWS_OWNED, POLICIES, ManagedPolicy, Usage, split_arn
from s3trail.state.environment import Tx

__all__ = ["LONGEST_POLICY", "MOST_POLICIES", "MOST_VERSIONS", "operations", "policy_of"]

MOST_POLICIES = 1500
MOST_VERSIONS = 5
LONGEST_POLICY = 6144
"""Characters that aren't white space."""


def operations(ids: Ids, clock: Clock) -> tuple[Operation, ...]:
    """The operations on managed policies.

    Args:
        ids: unique ids of policies.
        clock: times of creation and change.
    """

    def create_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        account_id, name, document = call.caller.account_id, params["PolicyName"], params["PolicyDocument"]
        _check_document(document)
        if POLICIES.find(tx, account_id, name) is not None:
            raise EntityAlreadyExists(
                f"A policy called {name} already exists. Duplicate names are not allowed."
            )
        if POLICIES.count(tx, account_id) >= MOST_POLICIES:
            raise quota("PoliciesPerAccount", MOST_POLICIES)
        now = clock.now()
        policy = ManagedPolicy(
            account_id,
            name,
            ids.unique_id("ANPA"),
            created=now,
            updated=now,
            document=document,
            versions={"v1": now},
            path=params.get("Path") or "/",
            description=params.get("Description"),
            tags=checked_tags(params.get("Tags")),
        )
        POLICIES.put(tx, policy)
        policies.put_version(tx, policy, "v1", document)
        return {"Policy": views.policy(policy, Usage({}, {}))}

    def create_policy_version(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        policy, document = _changeable(tx, call, params), params["PolicyDocument"]
        _check_document(document)
        if len(policy.versions) >= MOST_VERSIONS:
            raise LimitExceeded(
                f"A managed policy can have up to {MOST_VERSIONS} versions. Before you create a new version, "
                "you must delete an existing version."
            )
        now, number = clock.now(), policy.latest + 1
        version = f"v{number}"
        grown = replace(policy, latest=number, versions={**policy.versions, version: now}, updated=now)
        if params.get("SetAsDefault"):
            grown = replace(grown, default=version, document=document)
        policies.put_version(tx, grown, version, document)
        POLICIES.put(tx, grown)
        return {"PolicyVersion": _version(grown, version)}

    def set_default_policy_version(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        policy, version = _changeable(tx, call, params), params["VersionId"]
        _check_version(policy, version)
        document = policies.version_document(tx, policy, version)
        POLICIES.put(tx, replace(policy, default=version, document=document, updated=clock.now()))
        return {}

    return (
        Operation("iam", "CreatePolicy", create_policy, writes=True),
        Operation("iam", "GetPolicy", _get_policy),
        Operation("iam", "ListPolicies", _list_policies),
        Operation("iam", "DeletePolicy", _delete_policy, writes=True),
        Operation("iam", "CreatePolicyVersion", create_policy_version, writes=True),
        Operation("iam", "GetPolicyVersion", _get_policy_version),
        Operation("iam", "ListPolicyVersions", _list_policy_versions),
        Operation("iam", "SetDefaultPolicyVersion", set_default_policy_version, writes=True),
        Operation("iam", "DeletePolicyVersion", _delete_policy_version, writes=True),
        *tag_operations("Policy", policy_of, POLICIES.put, _changeable),
    )


def policy_of(tx: Tx, call: Call, params: Mapping[str, Any]) -> ManagedPolicy:
    """The managed policy that `PolicyArn` names, AWS's or one of the caller's account.

    Raises:
        ValidationError: it is no ARN of a policy.
        NoSuchEntity: there is no such policy.
        AccessDenied: it is another account's.
    """
    arn = params["PolicyArn"]
    account_id, name = split_arn(arn)
    if not name:
        raise ValidationError(f"ARN {arn} is not valid.")
    if account_id not in (AWS_OWNED, call.caller.account_id):
        raise AccessDenied(f"The policy {arn} belongs to another account.")
    found = managed.find(tx, arn)
    if found is None:
        raise NoSuchEntity(f"Policy {arn} was not found.")
    return found


def _changeable(tx: Tx, call: Call, params: Mapping[str, Any]) -> ManagedPolicy:
    policy = policy_of(tx, call, params)
    if policy.account_id == AWS_OWNED:
        raise AccessDenied(f"{policy.arn} is managed by AWS and can't be changed.")
    return policy


def _check_document(document: str) -> None:
    parse_policy(document, "identity", max_size=LONGEST_POLICY)


def _check_version(policy: ManagedPolicy, version: str) -> None:
    if version not in policy.versions:
        raise NoSuchEntity(f"Policy {policy.arn} version {version} does not exist or is not attachable.")


def _version(policy: ManagedPolicy, version: str, document: str | None = None) -> dict[str, Any]:
    return {
        "Document": None if document is None else views.document(document),
        "VersionId": version,
        "IsDefaultVersion": version == policy.default,
        "CreateDate": policy.versions[version],
    }


def _get_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    policy = policy_of(tx, call, params)
    return {"Policy": views.policy(policy, policies.usage(tx, call.caller.account_id))}


def _list_policies(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    account_id = call.caller.account_id
    usage = policies.usage(tx, account_id)
    prefix = params.get("PathPrefix") or "/"
    counted = {
        "PermissionsPolicy": (usage.attachments,),
        "PermissionsBoundary": (usage.boundaries,),
    }.get(params.get("PolicyUsageFilter", ""), (usage.attachments, usage.boundaries))
    used = bool(params.get("OnlyAttached")) or "PolicyUsageFilter" in params
    found = (
        policy
        for policy in _in_scope(tx, account_id, params.get("Scope") or "All")
        if policy.path.startswith(prefix) and (not used or any(policy.arn in counts for counts in counted))
    )
    shown, more = page(found, params, lambda policy: policy.arn)
    return {"Policies": [views.listed_policy(policy, usage) for policy in shown], **more}


def _in_scope(tx: Tx, account_id: str, scope: str) -> Iterator[ManagedPolicy]:
    if scope != "AWS":
        yield from POLICIES.of_account(tx, account_id)
    if scope != "Local":
        yield from AWS_MANAGED.values()


def _delete_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    policy = _changeable(tx, call, params)
    usage = policies.usage(tx, policy.account_id)
    if usage.attachments.get(policy.arn) or usage.boundaries.get(policy.arn):
        raise DeleteConflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions. The default version is deleted with the policy."
        )
    policies.delete(tx, policy)
    return {}


def _get_policy_version(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    policy, version = policy_of(tx, call, params), params["VersionId"]
    _check_version(policy, version)
    return {"PolicyVersion": _version(policy, version, policies.version_document(tx, policy, version))}


def _list_policy_versions(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    policy = policy_of(tx, call, params)
    # The newest first: markers sort by the distance from an end that no version reaches.
    shown, more = page(policy.versions, params, lambda version: f"{10**9 - int(version[1:]):010d}")
    return {"Versions": [_version(policy, version) for version in shown], **more}


def _delete_policy_version(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    policy, version = _changeable(tx, call, params), params["VersionId"]
    _check_version(policy, version)
    if version == policy.default:
        raise DeleteConflict("Cannot delete the default version of a policy.")
    left = {other: made for other, made in policy.versions.items() if other != version}
    policies.delete_version(tx, policy, version)
    POLICIES.put(tx, replace(policy, versions=left))
    return {}
