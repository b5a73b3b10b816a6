"""Who an operation is about: the user, group or role that its parameters name, or the caller itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from s3trail.kernel.call import Call
from s3trail.services.iam.errors import ValidationError, no_such
from s3trail.state.config import identities
from s3trail.state.config.iam.groups import GROUPS, Group
from s3trail.state.config.iam.roles import ROLES, Role
from s3trail.state.config.identities import User
from s3trail.state.environment import Tx

__all__ = ["KINDS", "Kind", "Subject", "group_of", "role_of", "user_of", "user_or_root"]

Subject = User | Group | Role
"""What policies are attached to."""


def user_of(tx: Tx, call: Call, params: Mapping[str, Any]) -> User:
    """The user that `UserName` names, or who calls.

    Raises:
        NoSuchEntity: there is no such user.
        ValidationError: no name, and the caller is no user.
    """
    found = user_or_root(tx, call, params)
    if found is None:
        raise ValidationError("Must specify userName when calling with non-User credentials")
    return found


def user_or_root(tx: Tx, call: Call, params: Mapping[str, Any]) -> User | None:
    """As `user_of`, but None for root that calls about itself."""
    name = params.get("UserName")
    if not name:
        if call.caller.type == "Root":
            return None
        if call.caller.type != "IAMUser":
            raise ValidationError("Must specify userName when calling with non-User credentials")
        name = call.caller.user_name
    found = identities.find_user(tx, call.caller.account_id, name)
    if found is None:
        raise no_such("user", name)
    return found


def group_of(tx: Tx, call: Call, params: Mapping[str, Any]) -> Group:
    """The group that `GroupName` names.

    Raises:
        NoSuchEntity: there is no such group.
    """
    found = GROUPS.find(tx, call.caller.account_id, params["GroupName"])
    if found is None:
        raise no_such("group", params["GroupName"])
    return found


def role_of(tx: Tx, call: Call, params: Mapping[str, Any]) -> Role:
    """The role that `RoleName` names.

    Raises:
        NoSuchEntity: there is no such role.
    """
    found = ROLES.find(tx, call.caller.account_id, params["RoleName"])
    if found is None:
        raise no_such("role", params["RoleName"])
    return found


@dataclass(frozen=True, slots=True)
class Kind:
    """What operations on users, groups and roles differ in."""

    noun: str
    """As in `AttachUserPolicy`."""
    find: Callable[[Tx, Call, Mapping[str, Any]], Any]
    put: Callable[[Tx, Any], None]
    name: Callable[[Any], str]
    inline_size: int
    """Characters without white space of all inline policies together."""


KINDS = (
    Kind("User", user_of, identities.put_user, lambda user: str(user.user_name), 2048),
    Kind("Group", group_of, GROUPS.put, lambda group: str(group.group_name), 5120),
    Kind("Role", role_of, ROLES.put, lambda role: str(role.role_name), 10240),
)
"""Sizes: IAM User Guide, "IAM and AWS STS quotas"."""
