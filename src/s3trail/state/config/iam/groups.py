"""Groups of users: what their members may do. Membership is written down with the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from s3trail.state.config import identities
from s3trail.state.config.iam.collection import Collection
from s3trail.state.config.identities import User
from s3trail.state.environment import Tx

__all__ = ["GROUPS", "Group", "members", "rename"]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of users of an account."""

    account_id: str
    group_name: str
    group_id: str
    """`AGPA...`."""
    created: float
    """Epoch seconds."""
    path: str = "/"
    attached: tuple[str, ...] = ()
    """ARNs of managed policies."""
    inline: Mapping[str, str] = field(default_factory=dict)
    """Policy documents by name."""

    @property
    def arn(self) -> str:
        """`arn:aws:iam::123456789012:group/path/Name`."""
        return f"arn:aws:iam::{self.account_id}:group{self.path}{self.group_name}"


GROUPS: Collection[Group] = Collection("iam_group", Group, lambda group: group.group_name)


def members(tx: Tx, group: Group) -> Iterator[User]:
    """The users of a group by name."""
    for user in identities.users(tx, group.account_id):
        if group.group_name in user.groups:
            yield user


def rename(tx: Tx, group: Group, name: str, path: str) -> Group:
    """Give a group another name, which must be free, and path; its users stay in it."""
    renamed = replace(group, group_name=name, path=path)
    users = list(members(tx, group)) if name != group.group_name else []
    GROUPS.delete(tx, group)
    GROUPS.put(tx, renamed)
    for user in users:
        names = tuple(name if other == group.group_name else other for other in user.groups)
        identities.put_user(tx, replace(user, groups=names))
    return renamed
