"""Users, groups, roles and policies as IAM's answers show them.

Lists show fewer members than the operations on one of them (IAM API Reference, ListUsers: "IAM
resource-listing operations return a subset of the available attributes").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from s3trail.state.config.iam.groups import Group
from s3trail.state.config.iam.policies import ManagedPolicy, Usage
from s3trail.state.config.iam.roles import Role
from s3trail.state.config.identities import User

__all__ = [
    "attached",
    "boundary",
    "document",
    "group",
    "inline",
    "listed_policy",
    "listed_role",
    "listed_user",
    "policy",
    "role",
    "tags",
    "user",
]


def document(text: str) -> str:
    """A policy document as answers carry it: percent-encoded (RFC 3986)."""
    return quote(text, safe="")


def tags(found: Mapping[str, str]) -> list[dict[str, str]] | None:
    """Tags by key; None, which isn't rendered, when there are none."""
    return [{"Key": key, "Value": found[key]} for key in sorted(found)] or None


def boundary(arn: str) -> dict[str, str] | None:
    """A permissions boundary; None when there is none."""
    if not arn:
        return None
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def attached(arns: tuple[str, ...]) -> list[dict[str, str]]:
    """Attached policies."""
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]


def inline(found: Mapping[str, str]) -> list[dict[str, str]]:
    """Inline policies with their documents."""
    return [{"PolicyName": name, "PolicyDocument": document(found[name])} for name in sorted(found)]


def listed_user(found: User, password_last_used: float | None = None) -> dict[str, Any]:
    """A user in a list."""
    return {
        "Path": found.path,
        "UserName": found.user_name,
        "UserId": found.user_id,
        "Arn": found.arn,
        "CreateDate": found.created,
        "PasswordLastUsed": password_last_used,
    }


def user(found: User, password_last_used: float | None = None) -> dict[str, Any]:
    """A user with everything."""
    return {
        **listed_user(found, password_last_used),
        "PermissionsBoundary": boundary(found.boundary),
        "Tags": tags(found.tags),
    }


def group(found: Group) -> dict[str, Any]:
    """A group."""
    return {
        "Path": found.path,
        "GroupName": found.group_name,
        "GroupId": found.group_id,
        "Arn": found.arn,
        "CreateDate": found.created,
    }


def listed_role(found: Role) -> dict[str, Any]:
    """A role in a list."""
    return {
        "Path": found.path,
        "RoleName": found.role_name,
        "RoleId": found.role_id,
        "Arn": found.arn,
        "CreateDate": found.created,
        "AssumeRolePolicyDocument": document(found.trust),
        "Description": found.description,
        "MaxSessionDuration": found.max_session,
    }


def role(found: Role) -> dict[str, Any]:
    """A role with everything."""
    return {
        **listed_role(found),
        "PermissionsBoundary": boundary(found.boundary),
        "Tags": tags(found.tags),
        "RoleLastUsed": {},
    }


def listed_policy(found: ManagedPolicy, usage: Usage) -> dict[str, Any]:
    """A managed policy in a list."""
    return {
        "PolicyName": found.policy_name,
        "PolicyId": found.policy_id,
        "Arn": found.arn,
        "Path": found.path,
        "DefaultVersionId": found.default,
        "AttachmentCount": usage.attachments.get(found.arn, 0),
        "PermissionsBoundaryUsageCount": usage.boundaries.get(found.arn, 0),
        "IsAttachable": True,
        "CreateDate": found.created,
        "UpdateDate": found.updated,
    }


def policy(found: ManagedPolicy, usage: Usage) -> dict[str, Any]:
    """A managed policy with everything but its document."""
    return {**listed_policy(found, usage), "Description": found.description, "Tags": tags(found.tags)}
