"""Roles: identities without keys of their own, which whom their trust policy names may assume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from s3trail.state.config.iam.collection import Collection

__all__ = ["ROLES", "Role"]


@dataclass(frozen=True, slots=True)
class Role:
    """A role of an account."""

    account_id: str
    role_name: str
    role_id: str
    """`AROA...`."""
    created: float
    """Epoch seconds."""
    trust: str
    """The trust policy's document (`AssumeRolePolicyDocument`)."""
    path: str = "/"
    description: str | None = None
    max_session: int = 3600
    """Longest session in seconds."""
    attached: tuple[str, ...] = ()
    """ARNs of managed policies."""
    inline: Mapping[str, str] = field(default_factory=dict)
    """Policy documents by name."""
    boundary: str = ""
    """ARN of the managed policy that is its permissions boundary; empty without one."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """`arn:aws:iam::123456789012:role/path/Name`."""
        return f"arn:aws:iam::{self.account_id}:role{self.path}{self.role_name}"


ROLES: Collection[Role] = Collection("iam_role", Role, lambda role: role.role_name)
