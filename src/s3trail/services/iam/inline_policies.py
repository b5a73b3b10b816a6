"""Inline policies of users, groups and roles: Put…Policy, Get…Policy, Delete…Policy, List…Policies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.policy.document import parse_policy
from s3trail.services.iam import views
from s3trail.services.iam.errors import LimitExceeded, no_such
from s3trail.services.iam.paging import page
from s3trail.services.iam.subjects import KINDS, Kind
from s3trail.state.environment import Tx

__all__ = ["operations"]


def operations() -> tuple[Operation, ...]:
    """The operations on inline policies."""
    return tuple(operation for kind in KINDS for operation in _operations_on(kind))


def _operations_on(kind: Kind) -> tuple[Operation, ...]:
    noun, member = kind.noun.lower(), f"{kind.noun}Name"

    def put_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        subject = kind.find(tx, call, params)
        document = params["PolicyDocument"]
        parse_policy(document, "identity", max_size=kind.inline_size)
        together = {**subject.inline, params["PolicyName"]: document}
        if sum(map(_size, together.values())) > kind.inline_size:
            raise LimitExceeded(
                f"Maximum policy size of {kind.inline_size} bytes exceeded for {noun} {kind.name(subject)}"
            )
        kind.put(tx, replace(subject, inline=together))
        return {}

    def get_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        subject = kind.find(tx, call, params)
        name = params["PolicyName"]
        if name not in subject.inline:
            raise no_such(f"{noun} policy", name)
        return {
            member: kind.name(subject),
            "PolicyName": name,
            "PolicyDocument": views.document(subject.inline[name]),
        }

    def delete_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        subject = kind.find(tx, call, params)
        gone = params["PolicyName"]
        if gone not in subject.inline:
            raise no_such(f"{noun} policy", gone)
        left = {name: document for name, document in subject.inline.items() if name != gone}
        kind.put(tx, replace(subject, inline=left))
        return {}

    def list_policies(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        names, more = page(kind.find(tx, call, params).inline, params, lambda name: name)
        return {"PolicyNames": names, **more}

    return (
        Operation("iam", f"Put{kind.noun}Policy", put_policy, writes=True),
        Operation("iam", f"Get{kind.noun}Policy", get_policy),
        Operation("iam", f"Delete{kind.noun}Policy", delete_policy, writes=True),
        Operation("iam", f"List{kind.noun}Policies", list_policies),
    )


def _size(document: str) -> int:
    """Characters that count: white space doesn't."""
    return sum(not character.isspace() for character in document)
