"""Authorization: whether this caller may do this to that, by every policy that concerns it.

Gathers the policies (identity, session, bucket, ACL, Block Public Access) and what their conditions ask
for, has
`policy.evaluate` decide each permission that the operation needs, and raises the refusal in AWS's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from s3trail.gateway.capture import Progress
from s3trail.kernel.caller import Caller
from s3trail.kernel.errors import AccessDenied
from s3trail.policy.actions import Need, needs
from s3trail.policy.context import ContextFacts, request_context
from s3trail.policy.decision import Decision, allowed_by_rule
from s3trail.policy.evaluate import evaluate
from s3trail.policy.request import AuthorizationRequest, Grant, Policies
from s3trail.state.config.iam import grants, paths
from s3trail.state.config.iam.grants import IdentityPolicies
from s3trail.state.config.iam.login_profiles import PASSWORD_POLICIES
from s3trail.state.config.session_policies import session_facts, session_policies
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings, buckets, objects, versions
from s3trail.state.objects.bucket_settings import BucketAccess
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.objects import StoredObject
from s3trail.wire.locate import Located

__all__ = ["authorize"]

_DECIDED_THERE = frozenset(
    {
        ("sts", "AssumeRole"),
        ("sts", "AssumeRoleWithSAML"),
        ("sts", "AssumeRoleWithWebIdentity"),
        ("sts", "GetCallerIdentity"),
        ("sts", "GetSessionToken"),
    }
)
"""Operations that need no permission, or that ask the role's trust policy themselves."""
_NO_ACCESS = BucketAccess()
_ROOT = allowed_by_rule("root user", "")
_ANY_SIZE = 1 << 20


def authorize(tx: Tx, progress: Progress, located: Located, bucket: Bucket | None) -> None:
    """Let the call go on.

    An operation on a bucket that doesn't exist is let through when nobody else could be asked: its own
    NoSuchBucket is the answer, as on S3. Of DeleteObjects each key is decided for itself; the refused ones
    are
    told to the operation as `_denied`.

    Raises:
        AccessDenied: it may not.
    """
    call = progress.call
    if (call.service, call.operation) in _DECIDED_THERE:
        return
    if call.caller.anonymous and bucket is None and located.labels.get("Bucket"):
        return
    own = grants.identity_policies(tx, call.caller)
    account = call.caller.account_id
    if call.operation == "ChangePassword" and _may_change_password(tx, call.caller):
        return
    wanted = needs(
        call.service,
        call.operation,
        progress.params,
        call.region,
        account,
        path_of=partial(paths.path_of, tx, account),
        own_user=call.caller.user_name,
    )
    bulk = call.service == "s3" and call.operation == "DeleteObjects"
    denied: dict[tuple[str, str], str] = {}
    for need in wanted:
        decision = _decide(tx, progress, need, own, bucket)
        if decision.allowed:
            continue
        message = decision.message(call.caller, need.action, need.resource, quoted=call.service == "s3")
        if not bulk:
            raise AccessDenied(message)
        denied[need.key, need.version_id] = message
    if denied:
        progress.params["_denied"] = denied


def _decide(tx: Tx, progress: Progress, need: Need, own: IdentityPolicies, bucket: Bucket | None) -> Decision:
    call = progress.call
    of = _bucket_of(tx, need, bucket)
    if call.operation == "CreateBucket":
        of = None
    access = bucket_settings.access(tx, of) if of is not None else _NO_ACCESS
    owner = of.account_id if of is not None else ""
    caller = call.caller
    if caller.type == "Root" and access.policy is None and owner in ("", caller.account_id):
        # Nothing but a resource's policy can limit root in its own account.
        return _ROOT
    request = AuthorizationRequest(
        caller=caller,
        action=need.action,
        resource=need.resource,
        resource_account=owner,
        context=request_context(
            call, progress.params, progress.headers, _facts(tx, call.caller, own, of, need, owner)
        ),
    )
    policies = Policies(
        identity=own.identity,
        boundary=own.boundary,
        session=session_policies(tx, call.caller),
        resource=access.policy,
        acl=access.acl,
        ownership=access.ownership,
        public_access=access.public_access,
    )
    if of is not None and need.key and access.ownership != "BucketOwnerEnforced":
        stored = _existing(tx, of, need)
        if stored is not None:
            policies = replace(
                policies,
                acl=stored.acl or (Grant(stored.owner, "FULL_CONTROL"),),
                acl_of_object=True,
                object_owner=stored.owner,
            )
    return evaluate(request, policies)


def _may_change_password(tx: Tx, caller: Caller) -> bool:
    """Whether the account lets its users change their own passwords without a policy that says so."""
    if caller.type != "IAMUser":
        return False
    policy = PASSWORD_POLICIES.find(tx, caller.account_id, "")
    return policy is not None and policy.users_may_change


def _bucket_of(tx: Tx, need: Need, bucket: Bucket | None) -> Bucket | None:
    if not need.bucket:
        return None
    if bucket is not None and bucket.name == need.bucket:
        return bucket
    return buckets.get(tx, need.bucket)


def _existing(tx: Tx, bucket: Bucket, need: Need) -> StoredObject | None:
    key = need.key.encode("utf-8", "surrogatepass")
    if need.version_id:
        stored = versions.find(tx, bucket.id, key, need.version_id)
    else:
        stored = objects.get(tx, bucket.id, key)
    return None if stored is None or stored.delete_marker else stored


def _facts(
    tx: Tx, caller: Caller, own: IdentityPolicies, bucket: Bucket | None, need: Need, owner: str
) -> ContextFacts:
    def existing_tags() -> Mapping[str, str]:
        stored = _existing(tx, bucket, need) if bucket is not None and need.key else None
        return {} if stored is None else stored.tags

    return replace(
        session_facts(caller, own.tags), resource_account=owner, existing_object_tags=existing_tags
    )
