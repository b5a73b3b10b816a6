"""What identity-based policies say about a caller, ready for `policy.evaluate`.

Input: the caller, and the documents of its user or role, of the groups it is in and of the managed policies
that are attached. Output: compiled policies. Everything that is read is remembered by its bytes, so that a
call costs a few reads and a look-up: nothing is parsed again until it changes, and a change is seen by the
next call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from s3trail.kernel.caller import Caller
from s3trail.policy.document import Policy, parse_policy
from s3trail.policy.request import AttachedPolicy
from s3trail.state.config import documents, identities
from s3trail.state.config.iam.collection import Collection
from s3trail.state.config.iam.groups import GROUPS, Group
from s3trail.state.config.iam.managed import AWS_MANAGED
from s3trail.state.config.iam.policies import POLICIES, split_arn
from s3trail.state.config.iam.roles import ROLES
from s3trail.state.environment import Tx

__all__ = ["NOTHING", "IdentityPolicies", "compiled", "group_policies", "identity_policies"]

_REMEMBERED = 4096
_ANY_SIZE = 1 << 20
"""Sizes were checked when the policy was written."""

_NO_ACCESS = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'

_Source = tuple[str, str]
"""Kind and name of a document."""


@dataclass(frozen=True, slots=True)
class IdentityPolicies:
    """What is attached to a user or role."""

    identity: tuple[AttachedPolicy, ...] = ()
    """Inline and managed policies, of a user also those of its groups."""
    boundary: AttachedPolicy | None = None
    """The permissions boundary; None when it has none."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the user or role."""


NOTHING = IdentityPolicies()
"""Root, services, anonymous callers and deleted users have no policies."""


@dataclass(frozen=True, slots=True)
class _Holder:
    """A user, group or role, as far as it says where its policies are."""

    arn: str
    id: str
    """`AIDA...`, `AROA...` or `AGPA...`."""
    inline: tuple[AttachedPolicy, ...]
    attached: tuple[str, ...]
    boundary: str
    tags: Mapping[str, str]
    groups: tuple[_Source, ...]
    policies: tuple[_Source, ...]
    """Documents of attached policies and the boundary, as far as they aren't AWS's."""


_holders: dict[tuple[_Source, bytes], _Holder] = {}
_found: dict[tuple[_Source | bytes, ...], IdentityPolicies] = {}


def identity_policies(tx: Tx, caller: Caller) -> IdentityPolicies:
    """The identity-based policies of a caller.

    Those of the user, or of the user or role that a session stands for. A session whose user or role was
    deleted has none, even if another was made under the same name.
    """
    source = _source(caller)
    if source is None:
        return _of_root(caller) if caller.type == "FederatedUser" else NOTHING
    return _gathered(tx, source, "" if caller.temporary is None else caller.temporary.principal_id)


def group_policies(tx: Tx, group: Group) -> IdentityPolicies:
    """The policies of a group alone."""
    return _gathered(tx, (GROUPS.kind, GROUPS.document(group.account_id, group.group_name)))


def _gathered(tx: Tx, source: _Source, unique_id: str = "") -> IdentityPolicies:
    raw = documents.raw(tx, *source)
    if raw is None:
        return NOTHING
    own = _holder(source, raw)
    if unique_id and unique_id != own.id:
        return NOTHING
    read: list[_Source | bytes] = [source, raw]
    groups = []
    for group_source in own.groups:
        raw = documents.raw(tx, *group_source)
        if raw is not None:
            read += (group_source, raw)
            groups.append(_holder(group_source, raw))
    for holder in (own, *groups):
        for policy_source in holder.policies:
            raw = documents.raw(tx, *policy_source)
            if raw is not None:
                read += (policy_source, raw)
    key = tuple(read)
    found = _found.get(key)
    if found is None:
        found = _assemble(tx, own, groups)
        _remember(_found, key, found)
    return found


@lru_cache(_REMEMBERED)
def compiled(document: str, *, boundary: bool = False) -> Policy:
    """A stored identity-based policy, compiled once for each text."""
    return parse_policy(document, "boundary" if boundary else "identity", max_size=_ANY_SIZE)


def _of_root(caller: Caller) -> IdentityPolicies:
    """What a federated session of root may do before its session policies limit it: everything, like root."""
    issuer = caller.session.get("sessionIssuer") or {}
    if issuer.get("type") != "Root":
        return NOTHING
    document = AWS_MANAGED[identities.ADMINISTRATOR_ACCESS].document
    return IdentityPolicies((AttachedPolicy(compiled(document), "root", attached_to=issuer.get("arn", "")),))


def _source(caller: Caller) -> _Source | None:
    kind, name = caller.type, caller.user_name
    account_id = caller.account_id
    if caller.session and kind in ("AssumedRole", "FederatedUser", "Role"):
        issuer = caller.session.get("sessionIssuer") or {}
        kind, name = issuer.get("type", ""), issuer.get("userName", "")
        account_id = issuer.get("accountId", account_id)
    if not name:
        return None
    if kind == "IAMUser":
        return "user", identities.user_document(account_id, name)
    if kind == "Role":
        return ROLES.kind, ROLES.document(account_id, name)
    return None


def _holder(source: _Source, raw: bytes) -> _Holder:
    key = (source, raw)
    found = _holders.get(key)
    if found is None:
        found = _read(source, orjson.loads(raw))
        _remember(_holders, key, found)
    return found


def _read(source: _Source, content: dict[str, Any]) -> _Holder:
    kind, name = source
    account_id = name.partition("/")[0]
    holder: Any
    if kind == "user":
        holder = identities.read_user(account_id, content)
    else:
        collection: Collection[Any] = GROUPS if kind == GROUPS.kind else ROLES
        holder = collection.read(content)
    boundary = "" if kind == GROUPS.kind else holder.boundary
    groups = holder.groups if kind == "user" else ()
    return _Holder(
        arn=holder.arn,
        id=content.get("user_id") or content.get("role_id") or content["group_id"],
        inline=tuple(
            AttachedPolicy(compiled(document), policy_name, attached_to=holder.arn)
            for policy_name, document in holder.inline.items()
        ),
        attached=tuple(holder.attached),
        boundary=boundary,
        tags=MappingProxyType({}) if kind == GROUPS.kind else MappingProxyType(dict(holder.tags)),
        groups=tuple((GROUPS.kind, GROUPS.document(account_id, group)) for group in groups),
        policies=tuple(
            (POLICIES.kind, POLICIES.document(*split_arn(arn)))
            for arn in (*holder.attached, boundary)
            if arn and arn not in AWS_MANAGED
        ),
    )


def _assemble(tx: Tx, own: _Holder, groups: Iterable[_Holder]) -> IdentityPolicies:
    identity: list[AttachedPolicy] = []
    for holder in (own, *groups):
        identity += holder.inline
        for arn in holder.attached:
            policy = _managed(tx, arn, holder)
            if policy is not None:
                identity.append(policy)
    boundary = _managed(tx, own.boundary, own, boundary=True) if own.boundary else None
    return IdentityPolicies(tuple(identity), boundary, own.tags)


def _managed(tx: Tx, arn: str, holder: _Holder, *, boundary: bool = False) -> AttachedPolicy | None:
    known = AWS_MANAGED.get(arn)
    found = known if known is not None else POLICIES.find(tx, *split_arn(arn))
    if found is None:
        # A boundary that can't be read must not become no boundary.
        return AttachedPolicy(compiled(_NO_ACCESS, boundary=True), "", arn, holder.arn) if boundary else None
    return AttachedPolicy(compiled(found.document, boundary=boundary), found.policy_name, arn, holder.arn)


def _remember(memory: dict[Any, Any], key: Any, value: Any) -> None:
    # Emptied at once rather than one by one: that happens only where thousands of identities are in use.
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value
