"""GetSessionToken and GetFederationToken: temporary credentials of a user or of root.

A session token stands for its user: the same identity, the same policies, with a time limit and perhaps a
proof of MFA. A federation token has a name of its own and what both its user's policies and the given
session policies allow.
"""

from __future__ import annotations

import re

from s3trail.kernel.call import Call
from s3trail.kernel.caller import Caller, TemporaryCredentials
from s3trail.kernel.errors import AccessDenied
from s3trail.kernel.operation import Operation, Params, Result
from s3trail.services.sts import mfa
from s3trail.services.sts.credentials import Issuer, session_context
from s3trail.services.sts.parameters import check_policy_arns, checked, duration, session_limits
from s3trail.state.config.sessions import Holder
from s3trail.state.environment import Tx

__all__ = ["operations"]

_DEFAULT = 43_200
_LONGEST = 129_600
_LONGEST_OF_ROOT = 3_600
"""AWS shortens what root asks for, it doesn't refuse it."""
_FEDERATED_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)


def operations(issuer: Issuer) -> tuple[Operation, ...]:
    """The operations of this module. GetSessionToken writes: an MFA code counts once."""

    def get_session_token(tx: Tx, call: Call, params: Params) -> Result:
        caller = call.caller
        _refuse_temporary(caller, "GetSessionToken")
        seconds = _seconds(params, caller)
        now = issuer.clock.now()
        code = mfa.verified(tx, issuer.secrets, call, params, now)
        temporary = TemporaryCredentials(
            issued=now,
            expires=int(now) + seconds,
            principal_id=caller.principal_id,
            mfa_authenticated=code is not None,
        )
        made = issuer.issue(
            caller._replace(
                session=session_context(now, mfa_authenticated=code is not None), temporary=temporary
            ),
            _holder(caller),
        )
        if code is not None:
            code.mark(tx)
        return {"Credentials": made}

    def get_federation_token(tx: Tx, call: Call, params: Params) -> Result:
        caller = call.caller
        _refuse_temporary(caller, "GetFederationToken")
        name = checked(params["Name"], "name", _FEDERATED_NAME, 2, 32)
        seconds = _seconds(params, caller)
        limits = session_limits(params)
        check_policy_arns(tx, caller.account_id, limits.policy_arns)
        now = issuer.clock.now()
        federated = f"{caller.account_id}:{name}"
        arn = f"arn:aws:sts::{caller.account_id}:federated-user/{name}"
        temporary = TemporaryCredentials(
            issued=now,
            expires=int(now) + seconds,
            principal_id=caller.principal_id,
            tags=limits.tags,
            policy=limits.policy,
            policy_arns=limits.policy_arns,
            limited=True,
        )
        made = issuer.issue(
            Caller(
                type="FederatedUser",
                account_id=caller.account_id,
                principal_id=federated,
                arn=arn,
                session=session_context(now, mfa_authenticated=False, issuer=_session_issuer(caller)),
                temporary=temporary,
            ),
            _holder(caller),
        )
        return {
            "Credentials": made,
            "FederatedUser": {"FederatedUserId": federated, "Arn": arn},
            "PackedPolicySize": limits.packed_size,
        }

    return (
        Operation("sts", "GetSessionToken", get_session_token, writes=True),
        Operation("sts", "GetFederationToken", get_federation_token),
    )


def _seconds(params: Params, caller: Caller) -> int:
    seconds = duration(params, most=_LONGEST, default=_DEFAULT)
    return min(seconds, _LONGEST_OF_ROOT) if caller.type == "Root" else seconds


def _refuse_temporary(caller: Caller, operation: str) -> None:
    if caller.temporary is not None:
        raise AccessDenied(f"Cannot call {operation} with session credentials")


def _holder(caller: Caller) -> Holder:
    return Holder(
        "root" if caller.type == "Root" else "user", caller.account_id, caller.user_name, caller.principal_id
    )


def _session_issuer(caller: Caller) -> dict[str, str]:
    found = {
        "type": caller.type,
        "principalId": caller.principal_id,
        "arn": caller.arn,
        "accountId": caller.account_id,
    }
    return {**found, "userName": caller.user_name} if caller.user_name else found
