"""CreateRole, GetRole, ListRoles, UpdateRole, UpdateAssumeRolePolicy, DeleteRole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation, Result
from s3trail.policy.document import parse_policy
from s3trail.services.iam import views
from s3trail.services.iam.boundaries import boundary_policy
from s3trail.services.iam.errors import DeleteConflict, EntityAlreadyExists, MalformedPolicyDocument, quota
from s3trail.services.iam.paging import page
from s3trail.services.iam.subjects import role_of
from s3trail.services.iam.tagging import checked_tags, tag_operations
from s3trail.state.config import identities
from s3trail.state.config.iam.roles import ROLES, Role
from s3trail.state.environment import Tx

__all__ = ["LONGEST_TRUST_POLICY", "MOST_ROLES", "operations"]

MOST_ROLES = 1000
LONGEST_TRUST_POLICY = 2048


def operations(ids: Ids, clock: Clock) -> tuple[Operation, ...]:
    """The operations on roles themselves.

    Args:
        ids: unique ids of roles.
        clock: times of creation.
    """

    def create_role(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        account_id, name = call.caller.account_id, params["RoleName"]
        if ROLES.find(tx, account_id, name) is not None:
            raise EntityAlreadyExists(f"Role with name {name} already exists.")
        if ROLES.count(tx, account_id) >= MOST_ROLES:
            raise quota("RolesPerAccount", MOST_ROLES)
        role = Role(
            account_id,
            name,
            ids.unique_id("AROA"),
            clock.now(),
            _trust(tx, params["AssumeRolePolicyDocument"]),
            path=params.get("Path") or "/",
            description=params.get("Description"),
            max_session=params.get("MaxSessionDuration") or 3600,
            boundary=boundary_policy(tx, params),
            tags=checked_tags(params.get("Tags")),
        )
        ROLES.put(tx, role)
        return {"Role": views.role(role)}

    return (
        Operation("iam", "CreateRole", create_role, writes=True),
        Operation("iam", "GetRole", _get_role),
        Operation("iam", "ListRoles", _list_roles),
        Operation("iam", "UpdateRole", _update_role, writes=True),
        Operation("iam", "UpdateRoleDescription", _update_role_description, writes=True),
        Operation("iam", "UpdateAssumeRolePolicy", _update_assume_role_policy, writes=True),
        Operation("iam", "DeleteRole", _delete_role, writes=True),
        *tag_operations("Role", role_of, ROLES.put),
    )


def _trust(tx: Tx, document: str) -> str:
    """A trust policy once it is checked.

    Users and roles that it names must be there, if their account is (IAM User Guide, "AWS JSON policy
    elements: Principal").
    """
    policy = parse_policy(document, "trust", max_size=LONGEST_TRUST_POLICY)
    for statement in policy.statements:
        for element in ("Principal", "NotPrincipal"):
            named = statement.source.get(element)
            listed = named.get("AWS", ()) if isinstance(named, Mapping) else ()
            for arn in (listed,) if isinstance(listed, str) else listed:
                if not _may_be_there(tx, arn):
                    raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{arn}"')
    return document


def _may_be_there(tx: Tx, arn: str) -> bool:
    """False for a user or role that is missing from an account of this server."""
    head, _, path = arn.partition("/")
    account_id, _, kind = head.removeprefix("arn:aws:iam::").partition(":")
    if kind not in ("user", "role") or identities.account(tx, account_id) is None:
        return True
    name = path.rpartition("/")[2]
    find = identities.find_user if kind == "user" else ROLES.find
    found = find(tx, account_id, name)
    return found is not None and found.arn == arn


def _get_role(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    return {"Role": views.role(role_of(tx, call, params))}


def _list_roles(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    prefix = params.get("PathPrefix") or "/"
    found = (role for role in ROLES.of_account(tx, call.caller.account_id) if role.path.startswith(prefix))
    shown, more = page(found, params, lambda role: role.role_name.lower())
    return {"Roles": [views.listed_role(role) for role in shown], **more}


def _update_role(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    role = role_of(tx, call, params)
    description = params.get("Description", role.description)
    max_session = params.get("MaxSessionDuration") or role.max_session
    ROLES.put(tx, replace(role, description=description, max_session=max_session))
    return {}


def _update_role_description(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    role = replace(role_of(tx, call, params), description=params["Description"])
    ROLES.put(tx, role)
    return {"Role": views.role(role)}


def _update_assume_role_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    ROLES.put(tx, replace(role_of(tx, call, params), trust=_trust(tx, params["PolicyDocument"])))
    return {}


def _delete_role(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    role = role_of(tx, call, params)
    if role.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if role.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    ROLES.delete(tx, role)
    return {}
