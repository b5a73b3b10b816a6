"""Permissions boundaries of users and roles: Put… and Delete…PermissionsBoundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam.errors import NoSuchEntity
from s3trail.services.iam.subjects import KINDS, Kind
from s3trail.state.config.iam import managed
from s3trail.state.environment import Tx

__all__ = ["boundary_policy", "operations"]


def boundary_policy(tx: Tx, params: Mapping[str, Any]) -> str:
    """The ARN in `PermissionsBoundary`; empty when there is none.

    Raises:
        NoSuchEntity: it isn't the ARN of a managed policy.
    """
    arn: str = params.get("PermissionsBoundary") or ""
    if arn and managed.find(tx, arn) is None:
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")
    return arn


def operations() -> tuple[Operation, ...]:
    """The operations on boundaries."""
    return tuple(operation for kind in KINDS if kind.noun != "Group" for operation in _operations_on(kind))


def _operations_on(kind: Kind) -> tuple[Operation, ...]:
    def put_boundary(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        subject = kind.find(tx, call, params)
        kind.put(tx, replace(subject, boundary=boundary_policy(tx, params)))
        return {}

    def delete_boundary(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        subject = kind.find(tx, call, params)
        if not subject.boundary:
            raise NoSuchEntity(
                f"The {kind.noun.lower()} {kind.name(subject)} does not have a permissions boundary."
            )
        kind.put(tx, replace(subject, boundary=""))
        return {}

    return (
        Operation("iam", f"Put{kind.noun}PermissionsBoundary", put_boundary, writes=True),
        Operation("iam", f"Delete{kind.noun}PermissionsBoundary", delete_boundary, writes=True),
    )
