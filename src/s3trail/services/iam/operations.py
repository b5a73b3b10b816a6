"""All operations of the IAM API that the server carries out, in one tuple for the composition root."""

from __future__ import annotations

from dataclasses import replace

from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation
from s3trail.services.iam import (
    absent,
    access_keys,
    account,
    attachments,
    boundaries,
    groups,
    inline_policies,
    login_profiles,
    mfa_devices,
    oidc_providers,
    policies,
    roles,
    simulation,
    users,
)
from s3trail.services.iam.constraints import checked
from s3trail.state.config.secrets import Secrets

__all__ = ["BLOCKING", "operations"]

BLOCKING = frozenset(
    {
        "GetAccountAuthorizationDetails",
        "GetAccountSummary",
        "GetGroup",
        "GetPolicy",
        "ListAccessKeys",
        "ListEntitiesForPolicy",
        "ListPolicies",
        "ListRoles",
        "ListUsers",
        "SimulateCustomPolicy",
        "SimulatePrincipalPolicy",
    }
)
"""Reads that go through everything an account has, or evaluate many times; they run beside the event loop."""


def operations(secrets: Secrets, clock: Clock, ids: Ids) -> tuple[Operation, ...]:
    """The IAM operations.

    Args:
        secrets: seals secret access keys and seeds of MFA devices.
        clock: times of creation and change.
        ids: unique ids and keys.
    """
    found = (
        *users.operations(ids, clock),
        *access_keys.operations(secrets, ids, clock),
        *login_profiles.operations(clock),
        *groups.operations(ids, clock),
        *roles.operations(ids, clock),
        *policies.operations(ids, clock),
        *attachments.operations(),
        *inline_policies.operations(),
        *boundaries.operations(),
        *mfa_devices.operations(secrets, clock),
        *oidc_providers.operations(clock),
        *account.operations(),
        *absent.operations(),
        *simulation.operations(clock),
    )
    return tuple(replace(operation, run=checked(operation.run)) for operation in found)
