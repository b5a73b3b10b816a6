"""S3 Block Public Access, and what makes a bucket policy public.

Input is a parsed statement's JSON; output says whether it lets in anyone at large. Rules: Amazon S3 User
Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of public": a policy is
taken to be public unless every statement that allows something is limited to fixed principals, or by a
condition to fixed values of keys that S3 trusts. A value with a wildcard or a variable isn't fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Any

from s3trail.policy.conditions import InvalidCondition, split_operator, texts_of

__all__ = ["NO_BLOCK", "PublicAccessBlock", "statement_is_public"]


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The four settings in force: a setting is on when the account or the bucket has it on."""

    block_public_acls: bool = False
    """Requests that would make an ACL public are refused."""
    ignore_public_acls: bool = False
    """Grants of ACLs to everyone count for nothing."""
    block_public_policy: bool = False
    """Bucket policies that would be public are refused."""
    restrict_public_buckets: bool = False
    """A public bucket policy lets in services and the owner's account alone."""


NO_BLOCK = PublicAccessBlock()

_OPERATORS = frozenset(
    {
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "ArnEquals",
        "ArnLike",
        "IpAddress",
    }
)
"""Operators that can limit a statement; their negations and `IfExists` leave it open."""

_FIXED_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:userid",
        "aws:vpcesourceaccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)

_WIDEST_IPV4 = 8
_WIDEST_IPV6 = 32
"""Shortest prefixes that count as a set of addresses; private ranges of IPv4 always do."""


def statement_is_public(statement: Mapping[str, Any], *, anyone: bool) -> bool:
    """Whether the statement lets in the public.

    Args:
        statement: one statement, as in the policy's JSON.
        anyone: whether its principals are everyone (`*`, or everyone but some).
    """
    if statement.get("Effect") != "Allow" or not anyone:
        return False
    conditions: Mapping[str, Mapping[str, Any]] = statement.get("Condition") or {}
    return not any(
        _limits(name, key, value) for name, keys in conditions.items() for key, value in keys.items()
    )


def _limits(name: str, key: str, value: Any) -> bool:
    try:
        which, plain, if_exists = split_operator(name)
        values = texts_of(value)
    except InvalidCondition:
        return False
    if which == "ForAllValues" or if_exists or plain not in _OPERATORS or not values:
        return False
    key = key.lower()
    if key == "aws:sourceip":
        return plain == "IpAddress" and all(_narrow(text) for text in values)
    if key not in _FIXED_KEYS:
        return False
    return all(_fixed(key, text) for text in values)


def _fixed(key: str, text: str) -> bool:
    if "${" in text:
        return False
    if key == "s3:dataaccesspointarn":
        # The name of an access point may be a wildcard, its account may not.
        text = text.removesuffix("/*")
    return "*" not in text and "?" not in text


def _narrow(text: str) -> bool:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return False
    if isinstance(network, IPv4Network):
        return network.prefixlen >= _WIDEST_IPV4
    return network.prefixlen >= _WIDEST_IPV6
