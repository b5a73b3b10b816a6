"""A decision with its reason, and the reason in AWS's words.

Wordings: IAM User Guide, "Troubleshoot access denied error messages"; Amazon S3 User Guide, "Troubleshoot
    access denied (403 Forbidden) errors in Amazon S3"; reference records of S3 and Glacier. S3 quotes the
    resource, other services don't. S3 tells nothing to callers of other accounts and to anonymous ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from s3trail.kernel.caller import Caller
from s3trail.policy.document import Statement
from s3trail.policy.request import AttachedPolicy

__all__ = [
    "Decision",
    "Reason",
    "allowed_by",
    "allowed_by_rule",
    "denied_by",
    "not_allowed_by",
    "prevented_by",
]

Outcome = Literal["allow", "explicit deny", "implicit deny", "public access block"]

_TERSE = "Access Denied"
_NO_RESOURCE = frozenset({"*", "arn:aws:s3:::*"})
_TYPES = {
    "identity": ("an identity-based policy", "identity-based policy"),
    "boundary": ("a permissions boundary", "permissions boundary"),
    "session": ("a session policy", "session policy"),
    "resource": ("a resource-based policy", "resource-based policy"),
    "trust": ("the role trust policy", "role trust policy"),
    "vpc-endpoint": ("a VPC endpoint policy", "VPC endpoint policy"),
}
_PREVENTED = {
    "BlockPublicPolicy": "public policies are prevented by the BlockPublicPolicy setting",
    "BlockPublicAcls": "public ACLs are prevented by the BlockPublicAcls setting",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision fell as it did."""

    outcome: Outcome
    policy_type: str
    """`identity`, `boundary`, `session`, `resource`, `trust` or `vpc-endpoint`: the policy that decided, or
    where an Allow was missing. Else `acl`, `public access block`, or the rule: `root user`, `service rule`,
    `no permission needed`."""
    policy_name: str = ""
    policy_arn: str = ""
    attached_to: str = ""
    """ARN of the user, group, role or resource that has the policy."""
    sid: str = ""
    statement: int | None = None
    """Position of the deciding statement in its policy, from 0; None when no statement decided."""
    detail: str = ""
    """The ACL's grant, the setting, or the rule, in a few words."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may go on, and why."""

    allowed: bool
    reason: Reason
    cross_account: bool = False
    """True when caller and resource belong to different accounts."""

    def message(self, caller: Caller, action: str, resource: str, *, quoted: bool) -> str:
        """The text of the refusal.

        Args:
            caller: who called.
            action: IAM action that was refused.
            resource: ARN; left out of the text where S3 names none.
            quoted: True for S3, which puts the ARN in quotes and is terse to strangers.
        """
        if caller.anonymous:
            with_token = action.startswith("sts:AssumeRoleWith")
            return f"Not authorized to perform {action}" if with_token else _TERSE
        if not caller.arn or (quoted and self.cross_account):
            return _TERSE
        on = ""
        if not quoted:
            on = f" on resource: {resource}"
        elif resource not in _NO_RESOURCE:
            on = f' on resource: "{resource}"'
        return f"User: {caller.arn} is not authorized to perform: {action}{on} {self._cause(action)}"

    def _cause(self, action: str) -> str:
        reason = self.reason
        if reason.outcome == "public access block":
            return f"because {_PREVENTED[reason.detail]} in S3 Block Public Access."
        with_article, plain = _TYPES[reason.policy_type]
        if reason.outcome == "explicit deny":
            return f"with an explicit deny in {with_article}"
        return f"because no {plain} allows the {action} action"


def allowed_by(
    policy_type: str, attached: AttachedPolicy, statement: Statement, cross_account: bool = False
) -> Decision:
    """Allowed by a statement."""
    return Decision(True, _by("allow", policy_type, attached, statement), cross_account)


def denied_by(
    policy_type: str, attached: AttachedPolicy, statement: Statement, cross_account: bool
) -> Decision:
    """Denied by a statement."""
    return Decision(False, _by("explicit deny", policy_type, attached, statement), cross_account)


def not_allowed_by(policy_type: str, cross_account: bool) -> Decision:
    """Denied because no policy of this type allows."""
    return _MISSING[policy_type, cross_account]


def allowed_by_rule(rule: str, detail: str, cross_account: bool = False) -> Decision:
    """Allowed without a policy."""
    return Decision(True, Reason("allow", rule, detail=detail), cross_account)


def prevented_by(setting: str) -> Decision:
    """Denied by a setting of S3 Block Public Access."""
    return Decision(False, Reason("public access block", "public access block", detail=setting))


def _by(outcome: Outcome, policy_type: str, attached: AttachedPolicy, statement: Statement) -> Reason:
    return Reason(
        outcome,
        policy_type,
        attached.name,
        attached.arn,
        attached.attached_to,
        statement.sid,
        statement.index,
    )


_MISSING = {
    (policy_type, cross_account): Decision(False, Reason("implicit deny", policy_type), cross_account)
    for policy_type in _TYPES
    for cross_account in (False, True)
}
