"""Managed policies of users, groups and roles: what is attached to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam import views
from s3trail.services.iam.errors import NoSuchEntity, quota
from s3trail.services.iam.paging import page
from s3trail.services.iam.policies import policy_of
from s3trail.services.iam.subjects import KINDS, Kind
from s3trail.state.config import identities
from s3trail.state.config.iam.groups import GROUPS
from s3trail.state.config.iam.policies import split_arn
from s3trail.state.config.iam.roles import ROLES
from s3trail.state.environment import Tx

__all__ = ["MOST_ATTACHED", "operations"]

MOST_ATTACHED = 10
"""Managed policies of a user, group or role."""


def operations() -> tuple[Operation, ...]:
    """The operations on attachments."""
    return (
        *(operation for kind in KINDS for operation in _operations_on(kind)),
        Operation("iam", "ListEntitiesForPolicy", _list_entities_for_policy),
    )


def _operations_on(kind: Kind) -> tuple[Operation, ...]:
    def attach(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        subject = kind.find(tx, call, params)
        arn = params["PolicyArn"]
        try:
            policy_of(tx, call, params)
        except NoSuchEntity:
            raise NoSuchEntity(f"Policy {arn} does not exist or is not attachable.") from None
        if arn in subject.attached:
            return {}
        if len(subject.attached) >= MOST_ATTACHED:
            raise quota(f"PoliciesPer{kind.noun}", MOST_ATTACHED)
        kind.put(tx, replace(subject, attached=(*subject.attached, arn)))
        return {}

    def detach(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        subject = kind.find(tx, call, params)
        arn = params["PolicyArn"]
        if arn not in subject.attached:
            raise NoSuchEntity(f"Policy {arn} was not found.")
        kind.put(tx, replace(subject, attached=tuple(other for other in subject.attached if other != arn)))
        return {}

    def list_attached(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        subject = kind.find(tx, call, params)
        prefix = params.get("PathPrefix") or "/"
        found = [arn for arn in subject.attached if _path(arn).startswith(prefix)]
        shown, more = page(found, params, lambda arn: arn)
        return {"AttachedPolicies": views.attached(tuple(shown)), **more}

    plural = f"ListAttached{kind.noun}Policies"
    return (
        Operation("iam", f"Attach{kind.noun}Policy", attach, writes=True),
        Operation("iam", f"Detach{kind.noun}Policy", detach, writes=True),
        Operation("iam", plural, list_attached),
    )


def _path(arn: str) -> str:
    """The path in a policy's ARN, `/` at least."""
    return f"/{arn.partition(':policy/')[2]}"[: -len(split_arn(arn)[1])]


def _list_entities_for_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    policy = policy_of(tx, call, params)
    prefix = params.get("PathPrefix") or "/"
    usage = params.get("PolicyUsageFilter") or ""

    def uses(subject: Any) -> bool:
        attached = policy.arn in subject.attached and usage != "PermissionsBoundary"
        bounded = getattr(subject, "boundary", "") == policy.arn and usage != "PermissionsPolicy"
        return (attached or bounded) and subject.path.startswith(prefix)

    wanted = params.get("EntityFilter") or ""
    found = [entry for entry in _entities(tx, call.caller.account_id, wanted) if uses(entry[2])]
    shown, more = page(found, params, lambda entry: f"{entry[0]}/{entry[1]}")
    names = {"Group": "PolicyGroups", "User": "PolicyUsers", "Role": "PolicyRoles"}
    answer: dict[str, Any] = {member: [] for member in names.values()}
    for kind, name, subject in shown:
        unique_id = getattr(subject, f"{kind.lower()}_id")
        answer[names[kind]].append({f"{kind}Name": name, f"{kind}Id": unique_id})
    return {**answer, **more}


def _entities(tx: Tx, account_id: str, wanted: str) -> Iterator[tuple[str, str, Any]]:
    """Kind, name and value of what may have policies."""
    if wanted in ("", "Group"):
        for group in GROUPS.of_account(tx, account_id):
            yield "Group", group.group_name, group
    if wanted in ("", "User"):
        for user in identities.users(tx, account_id):
            yield "User", user.user_name, user
    if wanted in ("", "Role"):
        for role in ROLES.of_account(tx, account_id):
            yield "Role", role.role_name, role
