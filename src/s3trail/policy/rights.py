"""Authorization by account and rights: deny by default, the owner's account decides.

A caller may act on what its own account owns, as far as its rights go: `admin` everything, `read-only`
what reads, `none` nothing. Root is always `admin`. Everyone else, anonymous callers included, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from s3trail.kernel.caller import Caller
from s3trail.kernel.errors import AccessDenied
from s3trail.policy.actions import action

__all__ = ["Decision", "decide", "refusal"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call may go on, and why."""

    allowed: bool
    reason: str
    """`same account`, `rights`, `cross-account` or `anonymous`."""


_ALLOWED = Decision(True, "same account")
_ANONYMOUS = Decision(False, "anonymous")
_FOREIGN = Decision(False, "cross-account")
_RIGHTS = Decision(False, "rights")


def decide(caller: Caller, *, read_only: bool, owner: str) -> Decision:
    """Decide one call.

    Args:
        caller: who calls.
        read_only: whether the operation only reads.
        owner: account that owns the resource; empty when the call is about the caller's own account or
            nothing that exists.
    """
    if caller.anonymous:
        return _ANONYMOUS
    if owner and caller.account_id != owner:
        return _FOREIGN
    if caller.rights == "admin" or (read_only and caller.rights == "read-only"):
        return _ALLOWED
    return _RIGHTS


def refusal(decision: Decision, caller: Caller, service: str, operation: str, resource: str) -> AccessDenied:
    """The error of a denied call, in AWS's wording; only callers of the owner's account learn details.

    Source of the wording: IAM User Guide, "Troubleshoot access denied error messages"; S3 quotes the
    resource, other services don't.
    """
    if decision.reason != "rights":
        return AccessDenied()
    name = action(service, operation)
    on = f'"{resource}"' if service == "s3" else resource
    return AccessDenied(
        f"User: {caller.arn} is not authorized to perform: {name} on resource: {on} "
        f"because no identity-based policy allows the {name} action"
    )
