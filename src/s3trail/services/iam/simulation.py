"""SimulatePrincipalPolicy and SimulateCustomPolicy: what the evaluator would decide.

The same evaluator that decides calls is asked here, with the condition keys that the caller of the simulation
gives. Keys that follow from the simulated principal are added unless they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.caller import Caller
from s3trail.kernel.clock import Clock, iso_seconds
from s3trail.kernel.operation import Operation, Result
from s3trail.policy.context import fold
from s3trail.policy.decision import Decision
from s3trail.policy.document import Statement, parse_policy
from s3trail.policy.evaluate import evaluate
from s3trail.policy.request import AttachedPolicy, AuthorizationRequest, Policies
from s3trail.policy.variables import Context
from s3trail.services.iam.errors import InvalidInput, no_such
from s3trail.services.iam.paging import page
from s3trail.state.config import identities
from s3trail.state.config.iam.grants import IdentityPolicies, group_policies, identity_policies
from s3trail.state.config.iam.groups import GROUPS
from s3trail.state.config.iam.managed import AWS_MANAGED
from s3trail.state.config.iam.roles import ROLES
from s3trail.state.environment import Tx

__all__ = ["operations"]

_LONGEST = 131072
_DECISIONS = {"allow": "allowed", "explicit deny": "explicitDeny"}
"""Every other outcome is `implicitDeny`."""


def operations(clock: Clock) -> tuple[Operation, ...]:
    """The simulations.

    Args:
        clock: gives `aws:CurrentTime` where it isn't given.
    """

    def simulate_principal_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        principal, attached = _principal(tx, call, params["PolicySourceArn"])
        excluded = params.get("PolicyExclusionList") or ()
        kept = tuple(policy for policy in attached.identity if not _is_excluded(policy, excluded))
        policies = (*kept, *_inputs(params, "PolicyInputList"))
        boundaries = _inputs(params, "PermissionsBoundaryPolicyInputList", boundary=True)
        caller = _caller(params["CallerArn"]) if params.get("CallerArn") else principal
        tags = {f"aws:PrincipalTag/{key}": value for key, value in attached.tags.items()}
        boundary = boundaries[0] if boundaries else attached.boundary
        return _simulate(params, caller, policies, boundary, _known(caller, clock) | tags)

    def simulate_custom_policy(_tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        own = f"arn:aws:iam::{call.caller.account_id}:user/simulated"
        if params.get("ResourcePolicy") and not params.get("CallerArn"):
            raise InvalidInput("CallerArn is required when ResourcePolicy is given.")
        caller = _caller(params.get("CallerArn") or own)
        policies = _inputs(params, "PolicyInputList")
        boundaries = _inputs(params, "PermissionsBoundaryPolicyInputList", boundary=True)
        known = _known(caller, clock) if params.get("CallerArn") else _times(clock)
        return _simulate(params, caller, policies, boundaries[0] if boundaries else None, known)

    return (
        Operation("iam", "SimulatePrincipalPolicy", simulate_principal_policy),
        Operation("iam", "SimulateCustomPolicy", simulate_custom_policy),
        Operation("iam", "GetContextKeysForPrincipalPolicy", _get_keys_for_principal_policy),
        Operation("iam", "GetContextKeysForCustomPolicy", _get_keys_for_custom_policy),
    )


def _get_keys_for_principal_policy(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    _, attached = _principal(tx, call, params["PolicySourceArn"])
    return _asked_for((*attached.identity, *_inputs(params, "PolicyInputList")))


def _get_keys_for_custom_policy(_tx: Tx, _call: Call, params: dict[str, Any]) -> Result:
    return _asked_for(_inputs(params, "PolicyInputList"))


def _asked_for(policies: Iterable[AttachedPolicy]) -> Result:
    """The condition keys of policies, each once, in the spelling of its first use."""
    found: dict[str, str] = {}
    for attached in policies:
        for statement in attached.policy.statements:
            for key in _keys(statement):
                found.setdefault(key.lower(), key)
    return {"ContextKeyNames": list(found.values())}


def _keys(statement: Statement) -> Iterator[str]:
    for keys in statement.source.get("Condition", {}).values():
        yield from keys


def _simulate(
    params: Mapping[str, Any],
    caller: Caller,
    identity: tuple[AttachedPolicy, ...],
    boundary: AttachedPolicy | None,
    known: Mapping[str, str],
) -> Result:
    context: Context = fold({**known, **_given(params)})
    resource = None
    if params.get("ResourcePolicy"):
        policy = parse_policy(params["ResourcePolicy"], "resource", max_size=_LONGEST, malformed=InvalidInput)
        resource = AttachedPolicy(policy, "ResourcePolicy")
    policies = Policies(identity=identity, boundary=boundary, resource=resource)
    owner = _account(params.get("ResourceOwner") or "") or caller.account_id
    pairs = [
        (action, arn) for action in params["ActionNames"] for arn in params.get("ResourceArns") or ("*",)
    ]
    for action, _ in pairs:
        service, colon, name = action.partition(":")
        if not (service and colon and name) or "*" in action:
            raise InvalidInput(f"Invalid action name: {action}")
    shown, more = page(range(len(pairs)), params, lambda at: f"{at:06d}")
    results = []
    for at in shown:
        action, arn = pairs[at]
        decision = evaluate(AuthorizationRequest(caller, action, arn, owner, context), policies)
        result = {
            "EvalActionName": action,
            "EvalResourceName": arn,
            "EvalDecision": _DECISIONS.get(decision.reason.outcome, "implicitDeny"),
            "MatchedStatements": _matched(decision),
            "MissingContextValues": _missing(action, policies, context),
        }
        if boundary is not None:
            by_boundary = decision.reason.policy_type != "boundary"
            result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": by_boundary}
        results.append(result)
    return {"EvaluationResults": results, **more}


def _matched(decision: Decision) -> list[dict[str, str]]:
    """The statement that decided; none when an Allow was missing."""
    reason = decision.reason
    if reason.statement is None:
        return []
    kind = "Resource Policy" if reason.policy_type == "resource" else "IAM Policy"
    name = reason.policy_name
    if reason.attached_to and not reason.policy_arn:
        noun = reason.attached_to.rpartition(":")[2].partition("/")[0]
        name = f"{noun}_{reason.attached_to.rpartition('/')[2]}_{name}"
    return [{"SourcePolicyId": name, "SourcePolicyType": kind}]


def _missing(action: str, policies: Policies, context: Context) -> list[str]:
    """Condition keys that statements about the action ask for and that weren't given."""
    found: dict[str, None] = {}
    for attached in (*policies.identity, policies.boundary, policies.resource):
        if attached is None:
            continue
        denying, allowing = attached.policy.on(action)
        for statement in (*denying, *allowing):
            found.update((key, None) for key in _keys(statement) if key.lower() not in context)
    return list(found)


def _principal(tx: Tx, call: Call, arn: str) -> tuple[Caller, IdentityPolicies]:
    """The user, group or role that is simulated, with what is attached to it."""
    kind, _, path = arn.rpartition(":")[2].partition("/")
    account_id, name = call.caller.account_id, path.rpartition("/")[2]
    if _account(arn) != account_id or not name:
        raise InvalidInput(f"Invalid Entity Arn: {arn}")
    found: Any
    if kind == "user":
        found = identities.find_user(tx, account_id, name)
        if found is not None and found.arn == arn:
            caller = Caller("IAMUser", account_id, found.user_id, arn, user_name=found.user_name)
            return caller, identity_policies(tx, caller)
    elif kind == "role":
        found = ROLES.find(tx, account_id, name)
        if found is not None and found.arn == arn:
            caller = Caller("Role", account_id, found.role_id, arn)
            issuer = {"type": "Role", "userName": found.role_name, "accountId": account_id}
            return caller, identity_policies(tx, caller._replace(session={"sessionIssuer": issuer}))
    elif kind == "group":
        found = GROUPS.find(tx, account_id, name)
        if found is not None and found.arn == arn:
            return Caller("IAMUser", account_id, found.group_id, arn), group_policies(tx, found)
    else:
        raise InvalidInput(f"Invalid Entity Arn: {arn}")
    raise no_such(kind, name)


def _caller(arn: str) -> Caller:
    """Whom `CallerArn` stands for; users only (IAM API, SimulatePrincipalPolicy)."""
    account_id, name = _account(arn), arn.rpartition("/")[2]
    if not account_id or ":user/" not in arn:
        raise InvalidInput(f"CallerArn must be the ARN of a user: {arn}")
    return Caller("IAMUser", account_id, arn=arn, user_name=name)


def _account(arn: str) -> str:
    """The account in an IAM ARN, or an account id as it is; empty for anything else."""
    if arn.isdigit():
        return arn
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[:3] == ["arn", "aws", "iam"] else ""


def _inputs(params: Mapping[str, Any], member: str, *, boundary: bool = False) -> tuple[AttachedPolicy, ...]:
    return tuple(
        AttachedPolicy(
            parse_policy(
                document, "boundary" if boundary else "identity", max_size=_LONGEST, malformed=InvalidInput
            ),
            f"{member}.{number}",
        )
        for number, document in enumerate(params.get(member) or (), 1)
    )


def _is_excluded(policy: AttachedPolicy, excluded: Iterable[Mapping[str, Any]]) -> bool:
    for entry in excluded:
        if policy.arn and entry.get("PolicyArn") == policy.arn:
            return True
        if entry.get("PolicyType") == _policy_type(policy):
            return True
        inline = entry.get("InlinePolicyIdentifier") or {}
        holder = policy.attached_to.rpartition("/")[2]
        named = (inline.get("PolicyName"), inline.get("AttachmentName")) == (policy.name, holder)
        if named and not policy.arn:
            return True
    return False


def _policy_type(policy: AttachedPolicy) -> str:
    """`user`, `group` or `role` for an inline policy, `aws-managed` or `user-managed`."""
    if policy.arn:
        return "aws-managed" if policy.arn in AWS_MANAGED else "user-managed"
    return policy.attached_to.rpartition(":")[2].partition("/")[0]


def _given(params: Mapping[str, Any]) -> dict[str, str | Sequence[str]]:
    """The given condition keys; one value of a type that isn't a list is a single value."""
    found: dict[str, str | Sequence[str]] = {}
    for entry in params.get("ContextEntries") or ():
        name, values = entry.get("ContextKeyName"), entry.get("ContextKeyValues") or []
        if name:
            listed = str(entry.get("ContextKeyType", "")).endswith("List")
            found[name] = values if listed or len(values) != 1 else values[0]
    return found


def _known(caller: Caller, clock: Clock) -> dict[str, str]:
    """What follows from who calls."""
    known = {
        "aws:PrincipalArn": caller.arn,
        "aws:PrincipalAccount": caller.account_id,
        "aws:userid": caller.principal_id,
    }
    if caller.type == "IAMUser":
        known |= {"aws:PrincipalType": "User", "aws:username": caller.user_name}
    return {key: value for key, value in known.items() if value} | _times(clock)


def _times(clock: Clock) -> dict[str, str]:
    now = clock.now()
    return {"aws:CurrentTime": iso_seconds(now), "aws:EpochTime": str(int(now))}
