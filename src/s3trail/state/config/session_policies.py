"""What temporary credentials say to the policy evaluator: session policies, and facts for conditions.

Session policies are what a session may do at most, whatever its role or user may do. They lie in the token:
inline as text, managed ones by their ARNs, which are read when the session calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from s3trail.kernel.caller import Caller
from s3trail.policy.context import ContextFacts
from s3trail.policy.document import Policy, parse_policy
from s3trail.policy.request import AttachedPolicy
from s3trail.state.config.iam import managed
from s3trail.state.environment import Tx

__all__ = ["session_facts", "session_policies"]

_ANY_SIZE = 1 << 20
"""Sizes were checked when the policies were given."""


def session_policies(tx: Tx, caller: Caller) -> tuple[AttachedPolicy, ...] | None:
    """The session policies of a caller, for `policy.evaluate`; None when nothing limits it.

    A managed policy that was deleted since then allows nothing.
    """
    temporary = caller.temporary
    if temporary is None or not temporary.limited:
        return None
    found = []
    if temporary.policy:
        found.append(AttachedPolicy(_compiled(temporary.policy), attached_to=caller.arn))
    for arn in temporary.policy_arns:
        policy = managed.find(tx, arn)
        if policy is not None:
            found.append(
                AttachedPolicy(_compiled(policy.document), policy.policy_name, arn, attached_to=caller.arn)
            )
    return tuple(found)


def session_facts(caller: Caller, tags: Mapping[str, str]) -> ContextFacts:
    """What conditions may ask of a caller's session; for one with lasting credentials the tags alone.

    Args:
        caller: who calls.
        tags: of its user or role; session tags win over them, whatever their case (IAM User Guide, "Pass
            session tags in AWS STS").
    """
    temporary = caller.temporary
    if temporary is None:
        return ContextFacts(principal_tags=tags)
    if temporary.tags:
        own = {key.lower() for key in temporary.tags}
        tags = {key: value for key, value in tags.items() if key.lower() not in own} | dict(temporary.tags)
    return ContextFacts(
        principal_tags=tags,
        source_identity=temporary.source_identity,
        federated_provider=temporary.federated_provider,
        mfa_authenticated=temporary.mfa_authenticated,
        token_issue_time=temporary.issued,
    )


@lru_cache(maxsize=1024)
def _compiled(document: str) -> Policy:
    return parse_policy(document, "session", max_size=_ANY_SIZE)
