"""What STS's operations share of their input: durations, names, session policies and session tags.

Limits and wordings: AWS STS API Reference and IAM User Guide, "IAM and AWS STS quotas".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3trail.policy.document import parse_policy
from s3trail.services.sts.errors import PackedPolicyTooLarge, ValidationError
from s3trail.state.config.iam import managed
from s3trail.state.environment import Tx

__all__ = ["SessionLimits", "check_policy_arns", "checked", "duration", "session_limits"]

_POLICY_CHARACTERS = 2048
_POLICY_ARNS = 10
_TAGS = 50
_PACKED = 12_288
"""Characters that policies, ARNs and tags of one session may have together. What AWS allots isn't published;
ours keeps a token well under the longest request head."""
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?:aws|\d{12}):policy/[\w+=,.@/-]+", re.ASCII)
_TAG_TEXT = re.compile(r"[\w\s.:/=+\-@]*")


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What a request narrows its session to, and tags it with."""

    policy: str = ""
    """Inline session policy as JSON; empty without one."""
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    packed_size: int | None = None
    """`PackedPolicySize`: percent of what a session may have; None when there was nothing to pack."""


def duration(params: Mapping[str, Any], *, least: int = 900, most: int, default: int) -> int:
    """`DurationSeconds`, or the default.

    Raises:
        ValidationError: it is less or more than allowed.
    """
    seconds = params.get("DurationSeconds")
    if seconds is None:
        return default
    if seconds < least:
        raise _invalid(seconds, "durationSeconds", f"Member must have value greater than or equal to {least}")
    if seconds > most:
        raise _invalid(seconds, "durationSeconds", f"Member must have value less than or equal to {most}")
    return int(seconds)


def checked(value: str, member: str, pattern: re.Pattern[str], least: int, most: int) -> str:
    """A text member, if it has the form that the model gives it.

    Args:
        value: as sent.
        member: its name, for the message: `roleSessionName`.
        pattern: what its characters may be.
        least: shortest length.
        most: longest length.

    Raises:
        ValidationError: it hasn't.
    """
    if len(value) < least:
        raise _invalid(value, member, f"Member must have length greater than or equal to {least}")
    if len(value) > most:
        raise _invalid(value, member, f"Member must have length less than or equal to {most}")
    if not pattern.fullmatch(value):
        raise _invalid(value, member, f"Member must satisfy regular expression pattern: {pattern.pattern}")
    return value


def session_limits(params: Mapping[str, Any]) -> SessionLimits:
    """`Policy`, `PolicyArns` and `Tags` of a request.

    Raises:
        MalformedPolicyDocument: the inline policy isn't one.
        PackedPolicyTooLarge: all together are too long.
        ValidationError: an ARN or a tag isn't one, or there are too many.
    """
    policy = params.get("Policy", "")
    if policy:
        parse_policy(policy, "session", max_size=_POLICY_CHARACTERS)
    arns = tuple(each.get("arn", "") for each in params.get("PolicyArns") or ())
    if len(arns) > _POLICY_ARNS:
        raise ValidationError(f"Cannot exceed quota for PolicyArns: {_POLICY_ARNS}")
    for arn in arns:
        if not _POLICY_ARN.fullmatch(arn):
            raise ValidationError(f"ARN {arn} is not valid.")
    tags = _tags(params.get("Tags") or ())
    size = len(policy) + sum(map(len, arns)) + sum(len(key) + len(value) for key, value in tags.items())
    if size > _PACKED:
        raise PackedPolicyTooLarge(
            f"Packed size of session policies and tags consumes {size * 100 // _PACKED}% of allotted space."
        )
    # AWS rounds up: whoever sends something has used something.
    return SessionLimits(policy, arns, tags, -(-size * 100 // _PACKED) if size else None)


def check_policy_arns(tx: Tx, account_id: str, arns: Iterable[str]) -> None:
    """Refuse managed policies that don't exist, or that belong to another account.

    Raises:
        ValidationError: naming the first.
    """
    for arn in arns:
        owner = arn.split(":")[4]
        if owner not in ("aws", account_id) or managed.find(tx, arn) is None:
            raise ValidationError(f"ARN {arn} is not valid.")


def _tags(listed: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    if len(listed) > _TAGS:
        raise _invalid(listed, "tags", f"Member must have length less than or equal to {_TAGS}")
    for tag in listed:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if not 1 <= len(key) <= 128 or not _TAG_TEXT.fullmatch(key) or key.lower().startswith("aws:"):
            raise ValidationError(f"The tag key {key!r} is not valid.")
        if len(value) > 256 or not _TAG_TEXT.fullmatch(value):
            raise ValidationError(f"The value of the tag {key!r} is not valid.")
        if key.lower() in {known.lower() for known in found}:
            raise ValidationError(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                code="InvalidParameterValue",
            )
        found[key] = value
    return found


def _invalid(value: object, member: str, constraint: str) -> ValidationError:
    return ValidationError(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"{constraint}"
    )
