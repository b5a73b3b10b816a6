"""The path of an IAM resource, which is part of its ARN but not of the parameters that name it."""

from __future__ import annotations

from typing import Any

from s3trail.state.config import identities
from s3trail.state.config.iam.groups import GROUPS
from s3trail.state.config.iam.policies import POLICIES
from s3trail.state.config.iam.roles import ROLES
from s3trail.state.environment import Tx

__all__ = ["path_of"]


def path_of(tx: Tx, account_id: str, kind: str, name: str) -> str:
    """The path, `/` for what doesn't exist or has none.

    Args:
        tx: the state in force.
        account_id: the resource's account.
        kind: as in its ARN: `user`, `group`, `role` or `policy`.
        name: its name.
    """
    found: Any = None
    if kind == "user":
        found = identities.find_user(tx, account_id, name)
    elif kind == "group":
        found = GROUPS.find(tx, account_id, name)
    elif kind == "role":
        found = ROLES.find(tx, account_id, name)
    elif kind == "policy":
        found = POLICIES.find(tx, account_id, name)
    return "/" if found is None else str(found.path)
