"""Managed policies with their versions: those of an account, and how those of AWS are found beside them.

The document in force lies with the policy itself, so that a call reads one document; all versions lie in
documents of kind `iam_policy_version`, named by account, policy and version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from s3trail.state.config import documents, identities
from s3trail.state.config.iam.collection import Collection
from s3trail.state.config.iam.groups import GROUPS
from s3trail.state.config.iam.roles import ROLES
from s3trail.state.environment import Tx

__all__ = [
    "AWS_OWNED",
    "POLICIES",
    "ManagedPolicy",
    "Usage",
    "delete",
    "delete_version",
    "put_version",
    "split_arn",
    "usage",
    "version_document",
]

AWS_OWNED = "aws"
"""Stands for the account in ARNs of AWS's own policies."""

_VERSION = "iam_policy_version"


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy with the document in force."""

    account_id: str
    """Owner; `aws` for AWS's own."""
    policy_name: str
    policy_id: str
    """`ANPA...`."""
    created: float
    """Epoch seconds."""
    updated: float
    """Epoch seconds of the last change of the version in force."""
    document: str
    """JSON text in force."""
    default: str = "v1"
    """Version in force."""
    versions: Mapping[str, float] = field(default_factory=dict)
    """Epoch seconds when each version was made, oldest first."""
    latest: int = 1
    """Number of the last version that was made; numbers aren't used again."""
    path: str = "/"
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """`arn:aws:iam::123456789012:policy/path/Name`."""
        return f"arn:aws:iam::{self.account_id}:policy{self.path}{self.policy_name}"


POLICIES: Collection[ManagedPolicy] = Collection(
    "iam_policy", ManagedPolicy, lambda policy: policy.policy_name
)


@dataclass(frozen=True, slots=True)
class Usage:
    """How many users, groups and roles of an account use each managed policy, by ARN."""

    attachments: Mapping[str, int]
    boundaries: Mapping[str, int]


def split_arn(arn: str) -> tuple[str, str]:
    """Account and name in the ARN of a managed policy; empty texts when it is none."""
    head, _, path = arn.partition(":policy/")
    if not path or not head.startswith("arn:aws:iam::"):
        return "", ""
    return head.removeprefix("arn:aws:iam::"), path.rpartition("/")[2]


def version_document(tx: Tx, policy: ManagedPolicy, version: str) -> str:
    """The JSON text of one of the policy's versions."""
    if version == policy.default:
        return policy.document
    found = documents.get(tx, _VERSION, _version(policy, version))
    assert found is not None, "the policy lists its versions"
    text: str = found["document"]
    return text


def put_version(tx: Tx, policy: ManagedPolicy, version: str, document: str) -> None:
    """Write the JSON text of a version."""
    documents.put(tx, _VERSION, _version(policy, version), {"document": document})


def delete_version(tx: Tx, policy: ManagedPolicy, version: str) -> None:
    """Remove the JSON text of a version."""
    documents.delete(tx, _VERSION, _version(policy, version))


def delete(tx: Tx, policy: ManagedPolicy) -> None:
    """Remove a policy with all its versions."""
    for version in policy.versions:
        delete_version(tx, policy, version)
    POLICIES.delete(tx, policy)


def usage(tx: Tx, account_id: str) -> Usage:
    """Who uses which managed policy, counted over the account."""
    attachments: Counter[str] = Counter()
    boundaries: Counter[str] = Counter()
    for user in identities.users(tx, account_id):
        attachments.update(user.attached)
        boundaries.update([user.boundary])
    for group in GROUPS.of_account(tx, account_id):
        attachments.update(group.attached)
    for role in ROLES.of_account(tx, account_id):
        attachments.update(role.attached)
        boundaries.update([role.boundary])
    return Usage(attachments, boundaries)


def _version(policy: ManagedPolicy, version: str) -> str:
    return f"{policy.account_id}/{policy.policy_name.lower()}/{version}"
