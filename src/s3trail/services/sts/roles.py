"""AssumeRole: a principal takes on a role, if the role's trust policy and its own policies let it.

`policy.evaluate` decides, with the trust policy as the resource's policy, for every action that the request
comes to: `sts:AssumeRole`, and `sts:TagSession`, `sts:SetSourceIdentity`, `sts:SetContext` where it tags the
session, names a source identity or provides a context. What a session hands on when it assumes another role
(role chaining): its transitive tags, its source identity and on whose behalf it acts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.caller import Caller, TemporaryCredentials
from s3trail.kernel.errors import AccessDenied
from s3trail.kernel.operation import Operation, Params, Result
from s3trail.policy.context import ContextFacts, request_context
from s3trail.policy.document import Policy, parse_policy
from s3trail.policy.evaluate import evaluate
from s3trail.policy.request import AttachedPolicy, AuthorizationRequest, Policies
from s3trail.policy.variables import Value
from s3trail.services.sts import identity_context, mfa
from s3trail.services.sts.credentials import Issuer, session_context
from s3trail.services.sts.errors import ValidationError
from s3trail.services.sts.parameters import (
    SessionLimits,
    check_policy_arns,
    checked,
    duration,
    session_limits,
)
from s3trail.state.config.iam.grants import identity_policies
from s3trail.state.config.iam.roles import ROLES, Role
from s3trail.state.config.session_policies import session_facts, session_policies
from s3trail.state.config.sessions import Holder
from s3trail.state.environment import Tx

__all__ = ["NewSession", "find_role", "operations", "permitted", "start_session"]

_DEFAULT = 3_600
_LONGEST = 43_200
_LONGEST_CHAINED = 3_600
_TRUST_SIZE = 1 << 20
"""The size was checked when the trust policy was written."""
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role(/(?:[!-~]+/)?)([\w+=,.@-]+)", re.ASCII)
_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:\/-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A role's session that is about to start."""

    role: Role
    name: str
    """Role session name."""
    now: float
    """Epoch seconds."""
    seconds: int
    limits: SessionLimits
    tags: Mapping[str, str]
    """Session tags, those that were handed on included."""
    transitive_tags: tuple[str, ...] = ()
    source_identity: str = ""
    mfa_authenticated: bool = False
    federated_provider: str = ""
    web_identity: Mapping[str, Any] | None = None
    """`webIdFederationData`."""
    further: Mapping[str, Any] | None = None
    """`onBehalfOf` and `credentialId`."""


def operations(issuer: Issuer) -> tuple[Operation, ...]:
    """The operation of this module. It writes: an MFA code counts once."""

    def assume_role(tx: Tx, call: Call, params: Params) -> Result:
        return _assume_role(tx, call, params, issuer)

    return (Operation("sts", "AssumeRole", assume_role, writes=True),)


def _assume_role(tx: Tx, call: Call, params: Params, issuer: Issuer) -> Result:
    caller, now = call.caller, issuer.clock.now()
    name = checked(params["RoleSessionName"], "roleSessionName", _NAME, 2, 64)
    seconds = duration(params, most=_LONGEST, default=_DEFAULT)
    if "ExternalId" in params:
        checked(params["ExternalId"], "externalId", _EXTERNAL_ID, 2, 1224)
    if "SourceIdentity" in params:
        checked(params["SourceIdentity"], "sourceIdentity", _NAME, 2, 64)
    limits = session_limits(params)
    if caller.type == "Root":
        raise AccessDenied("Roles may not be assumed by root accounts.")
    role = find_role(tx, params["RoleArn"])
    if caller.type == "FederatedUser" or role is None:
        raise _refusal(caller, "sts:AssumeRole", params["RoleArn"])
    code = mfa.verified(tx, issuer.secrets, call, params, now)
    tags, transitive = _tags(caller, limits, params)
    source = _source_identity(caller, params)
    further = identity_context.on_behalf_of(
        issuer.secrets, role.account_id, params.get("ProvidedContexts") or (), now
    )
    decided = {**params, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    if source:
        decided["SourceIdentity"] = source
    _check_permitted(tx, call, decided, role, mfa_authenticated=code is not None)
    if seconds > role.max_session:
        raise ValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if caller.type == "AssumedRole" and seconds > _LONGEST_CHAINED:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
            "chaining"
        )
    check_policy_arns(tx, role.account_id, limits.policy_arns)
    answer = start_session(
        issuer,
        NewSession(
            role=role,
            name=name,
            now=now,
            seconds=seconds,
            limits=limits,
            tags=tags,
            transitive_tags=transitive,
            source_identity=source,
            mfa_authenticated=code is not None,
            further=further or _handed_on(caller),
        ),
    )
    if code is not None:
        code.mark(tx)
    return answer


def find_role(tx: Tx, arn: str) -> Role | None:
    """The role of an ARN; None when there is none.

    Raises:
        ValidationError: the text isn't the ARN of a role.
    """
    parts = _ROLE_ARN.fullmatch(arn)
    if parts is None:
        raise ValidationError(f"{arn} is invalid")
    role = ROLES.find(tx, parts[1], parts[3])
    return role if role is not None and role.arn == arn else None


def permitted(
    call: Call,
    params: Mapping[str, Any],
    role: Role,
    facts: ContextFacts,
    provider: str,
    claims: Mapping[str, Value],
) -> tuple[str, ...]:
    """The actions on a role that its trust policy doesn't let a web identity do; empty when it may.

    Args:
        call: the call, whose caller is anonymous.
        params: its parameters.
        role: the role to assume.
        facts: what conditions need.
        provider: ARN of the identity provider.
        claims: condition keys of the token's claims.
    """
    context = request_context(call, params, {}, facts, claims)
    trust = AttachedPolicy(_compiled(role.trust), role.role_name, attached_to=role.arn)
    return tuple(
        action
        for action in ("sts:AssumeRoleWithWebIdentity", *_further_actions(params))
        if not evaluate(
            AuthorizationRequest(call.caller, action, role.arn, role.account_id, context, federated=provider),
            Policies(resource=trust),
        ).allowed
    )


def start_session(issuer: Issuer, new: NewSession) -> dict[str, Any]:
    """Credentials of a role's session, and the rest of the answer that all ways to assume a role share."""
    role = new.role
    principal_id = f"{role.role_id}:{new.name}"
    arn = f"arn:aws:sts::{role.account_id}:assumed-role/{role.role_name}/{new.name}"
    caller = Caller(
        type="AssumedRole",
        account_id=role.account_id,
        principal_id=principal_id,
        arn=arn,
        session=session_context(
            new.now,
            mfa_authenticated=new.mfa_authenticated,
            issuer={
                "type": "Role",
                "principalId": role.role_id,
                "arn": role.arn,
                "accountId": role.account_id,
                "userName": role.role_name,
            },
            web_identity=new.web_identity,
            source_identity=new.source_identity,
        ),
        temporary=TemporaryCredentials(
            issued=new.now,
            expires=int(new.now) + new.seconds,
            principal_id=role.role_id,
            mfa_authenticated=new.mfa_authenticated,
            source_identity=new.source_identity,
            tags=new.tags,
            transitive_tags=new.transitive_tags,
            federated_provider=new.federated_provider,
            policy=new.limits.policy,
            policy_arns=new.limits.policy_arns,
            limited=bool(new.limits.policy or new.limits.policy_arns),
        ),
        further=new.further or {},
    )
    return {
        "Credentials": issuer.issue(caller, Holder("role", role.account_id, role.role_name, role.role_id)),
        "AssumedRoleUser": {"AssumedRoleId": principal_id, "Arn": arn},
        "PackedPolicySize": new.limits.packed_size,
        "SourceIdentity": new.source_identity or None,
    }


def _check_permitted(
    tx: Tx, call: Call, params: Mapping[str, Any], role: Role, *, mfa_authenticated: bool
) -> None:
    caller = call.caller
    granted = identity_policies(tx, caller)
    facts = replace(
        session_facts(caller, granted.tags), resource_account=role.account_id, resource_tags=lambda: role.tags
    )
    if mfa_authenticated:
        facts = replace(facts, mfa_authenticated=True, mfa_time=call.time)
    context = request_context(call, params, {}, facts)
    policies = Policies(
        identity=granted.identity,
        boundary=granted.boundary,
        session=session_policies(tx, caller),
        resource=AttachedPolicy(_compiled(role.trust), role.role_name, attached_to=role.arn),
    )
    for action in ("sts:AssumeRole", *_further_actions(params)):
        request = AuthorizationRequest(caller, action, role.arn, role.account_id, context)
        if not evaluate(request, policies).allowed:
            raise _refusal(caller, action, role.arn)


def _further_actions(params: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    if params.get("Tags"):
        found.append("sts:TagSession")
    if params.get("SourceIdentity"):
        found.append("sts:SetSourceIdentity")
    if params.get("ProvidedContexts"):
        found.append("sts:SetContext")
    return tuple(found)


def _refusal(caller: Caller, action: str, arn: str) -> AccessDenied:
    """Says neither whether there is such a role nor whom it trusts: that is its account's to know."""
    return AccessDenied(f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn}")


def _tags(caller: Caller, limits: SessionLimits, params: Params) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Session tags with those that the caller's session hands on, and which go on from here."""
    transitive = tuple(params.get("TransitiveTagKeys") or ())
    lower = {key.lower() for key in limits.tags}
    for key in transitive:
        if key.lower() not in lower:
            raise ValidationError(f"The transitive tag key {key!r} names no session tag of the request.")
    inherited: dict[str, str] = {}
    if caller.temporary is not None:
        handed = {key.lower() for key in caller.temporary.transitive_tags}
        inherited = {key: value for key, value in caller.temporary.tags.items() if key.lower() in handed}
    for key in inherited:
        if key.lower() in lower:
            raise ValidationError(
                f"The session tag {key!r} is transitive in the calling session and can't be set again.",
                code="InvalidParameterValue",
            )
    return {**inherited, **limits.tags}, (*inherited, *transitive)


def _source_identity(caller: Caller, params: Params) -> str:
    """The source identity of the new session: once set it stays."""
    kept = caller.temporary.source_identity if caller.temporary else ""
    wanted: str = params.get("SourceIdentity", "")
    if kept and wanted and wanted != kept:
        raise AccessDenied("The source identity of the calling session can't be changed.")
    return kept or wanted


def _handed_on(caller: Caller) -> Mapping[str, Any]:
    """On whose behalf the calling session acts, so does the next."""
    return caller.further if caller.type == "AssumedRole" else {}


@lru_cache(maxsize=1024)
def _compiled(trust: str) -> Policy:
    return parse_policy(trust, "trust", max_size=_TRUST_SIZE)
