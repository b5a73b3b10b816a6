"""The decision: may this caller do this to that, and which statement or rule says so.

Input are a request and the policies that concern it, gathered by the caller; output a `Decision` with its
reason. Pure. Rules: IAM User Guide, "Policy evaluation logic" (within one account, across accounts,
explicit and implicit denies) and "Permissions boundaries for IAM entities"; Amazon S3 User Guide, "How
Amazon S3 authorizes a request".

1. The VPC endpoint that the request came through allows it, or nobody further is asked.
2. A statement that denies, in any policy, ends it. The root user of a bucket's account may always read,
   replace and remove the bucket's policy, so that nobody is locked out.
3. Anonymous callers and services need the resource's side alone: its policy, or (S3) its ACL. Parts of the
   server may act by a rule of the service (`service_rule`).
4. The caller's account: its identity-based policies allow, within the permissions boundary and the session
   policies. Root is allowed everything.
5. Within one account the resource's policy can stand in for the identity-based policies; if it names the
   caller itself, boundary and session policies don't matter either. A role's trust policy has to allow in
   any case.
6. Across accounts both sides have to allow.
7. S3 Block Public Access and Object Ownership cut down what policies and ACLs give to the public.
"""

from __future__ import annotations

from collections.abc import Sequence

from s3trail.policy.decision import (
    Decision,
    Reason,
    allowed_by,
    allowed_by_rule,
    denied_by,
    not_allowed_by,
    prevented_by,
)
from s3trail.policy.document import Policy, Statement
from s3trail.policy.principals import ACCOUNT, DIRECT, NOBODY, Principal, principal_of
from s3trail.policy.request import AttachedPolicy, AuthorizationRequest, Grant, Policies

__all__ = ["evaluate"]

_ROOT_KEEPS = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""What no bucket policy can take from the root user of its account (Amazon S3 API, PutBucketPolicy)."""

_FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""Actions that need no permission; a policy can't deny them either (AWS STS API reference)."""

_BUCKET_PERMISSIONS = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:PutObject": "WRITE",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
_OBJECT_PERMISSIONS = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:GetObjectTorrent": "READ",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:GetObjectVersionAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
    "s3:PutObjectVersionAcl": "WRITE_ACP",
}
"""Permission of an ACL that an action needs; Amazon S3 User Guide, "Access control list (ACL) overview"."""


def evaluate(request: AuthorizationRequest, policies: Policies) -> Decision:
    """Decide one action on one resource.

    An operation that needs several actions (`actions.needs`) is allowed when each of them is.
    """
    if request.action in _FREE and not request.caller.anonymous:
        return allowed_by_rule("no permission needed", request.action)
    principal = principal_of(
        request.caller, federated=request.federated, canonical_user=request.canonical_user
    )
    cross_account = _crosses(principal, request.resource_account)
    endpoint = policies.vpc_endpoint
    if endpoint is not None:
        refused = _endpoint(endpoint, request, principal, cross_account)
        if refused is not None:
            return refused
    denial = _explicit_deny(request, principal, policies, cross_account)
    if denial is not None:
        return denial
    decision = _allow(request, principal, policies, cross_account)
    if decision.allowed and request.makes_public:
        return _public_change(request, policies) or decision
    return decision


def _crosses(principal: Principal, owner: str) -> bool:
    """True when caller and resource belong to different accounts; services may belong to none."""
    if not owner or (principal.service and not principal.account):
        return False
    return principal.account != owner


def _applies(statement: Statement, request: AuthorizationRequest, principal: Principal) -> int:
    """How closely a statement about the action applies; `NOBODY`, which is false, when it doesn't."""
    named = DIRECT if statement.principals is None else statement.principals.names(principal)
    if named == NOBODY or not statement.covers(request.resource, request.context):
        return NOBODY
    if statement.condition is not None and not statement.condition(request.context):
        return NOBODY
    return named


def _denying(policy: Policy, request: AuthorizationRequest, principal: Principal) -> Statement | None:
    for statement in policy.on(request.action)[0]:
        if _applies(statement, request, principal):
            return statement
    return None


def _allowing(policy: Policy, request: AuthorizationRequest, principal: Principal) -> Statement | None:
    for statement in policy.on(request.action)[1]:
        if _applies(statement, request, principal):
            return statement
    return None


def _endpoint(
    endpoint: AttachedPolicy, request: AuthorizationRequest, principal: Principal, cross_account: bool
) -> Decision | None:
    denying = _denying(endpoint.policy, request, principal)
    if denying is not None:
        return denied_by("vpc-endpoint", endpoint, denying, cross_account)
    if _allowing(endpoint.policy, request, principal) is None:
        return not_allowed_by("vpc-endpoint", cross_account)
    return None


def _explicit_deny(
    request: AuthorizationRequest, principal: Principal, policies: Policies, cross_account: bool
) -> Decision | None:
    """The first statement that denies: identity-based, boundary, session, then the resource's own policy."""
    for attached in policies.identity:
        found = _denying(attached.policy, request, principal)
        if found is not None:
            return denied_by("identity", attached, found, cross_account)
    if policies.boundary is not None:
        found = _denying(policies.boundary.policy, request, principal)
        if found is not None:
            return denied_by("boundary", policies.boundary, found, cross_account)
    for attached in policies.session or ():
        found = _denying(attached.policy, request, principal)
        if found is not None:
            return denied_by("session", attached, found, cross_account)
    resource = policies.resource
    if resource is not None:
        found = _denying(resource.policy, request, principal)
        if found is not None and not (
            request.action in _ROOT_KEEPS and request.caller.type == "Root" and not cross_account
        ):
            return denied_by(_type_of(resource), resource, found, cross_account)
    return None


def _type_of(resource: AttachedPolicy) -> str:
    return "trust" if resource.policy.kind == "trust" else "resource"


def _allow(
    request: AuthorizationRequest, principal: Principal, policies: Policies, cross_account: bool
) -> Decision:
    """What allows a request that nothing denies."""
    owner = request.resource_account
    foreign_object = bool(policies.object_owner) and policies.object_owner != owner
    if foreign_object and request.action in _OBJECT_PERMISSIONS:
        # An object that another account wrote and owns: the bucket's policy doesn't speak for it.
        owner = policies.object_owner
        cross_account = _crosses(principal, owner)
        named, granted = NOBODY, None
    else:
        named, granted = _resource_policy(request, principal, policies, cross_account)
    if named < DIRECT:
        by_acl = _acl(request, principal, policies)
        if by_acl[0] > named:
            named, granted = by_acl
    resource_type = _type_of(policies.resource) if policies.resource is not None else "resource"
    if request.caller.anonymous or principal.service:
        if granted is not None:
            return Decision(True, granted)
        if principal.service and policies.service_rule and not cross_account:
            return allowed_by_rule("service rule", policies.service_rule)
        return not_allowed_by(resource_type, cross_account)
    if cross_account:
        return _across(request, principal, policies, resource_type, granted)
    if named == DIRECT and granted is not None:
        return Decision(True, granted)
    if resource_type == "trust" and granted is None:
        return not_allowed_by("trust", cross_account)
    if granted is not None and named > ACCOUNT:
        missing = _limits(request, principal, policies, cross_account)
        return missing or Decision(True, granted)
    return _identity(request, principal, policies, cross_account)


def _across(
    request: AuthorizationRequest,
    principal: Principal,
    policies: Policies,
    resource_type: str,
    granted: Reason | None,
) -> Decision:
    """Both accounts have to allow; the resource's side is named as the reason."""
    own = _identity(request, principal, policies, cross_account=True)
    if not own.allowed:
        return own
    if granted is None:
        return not_allowed_by(resource_type, cross_account=True)
    return Decision(True, granted, cross_account=True)


def _identity(
    request: AuthorizationRequest, principal: Principal, policies: Policies, cross_account: bool
) -> Decision:
    """The caller's own side: identity-based policies within boundary and session policies."""
    if request.caller.type == "Root":
        return allowed_by_rule("root user", principal.account, cross_account)
    if not principal.account:
        return not_allowed_by("identity", cross_account)
    for attached in policies.identity:
        found = _allowing(attached.policy, request, principal)
        if found is not None:
            missing = _limits(request, principal, policies, cross_account)
            return missing or allowed_by("identity", attached, found, cross_account)
    return not_allowed_by("identity", cross_account)


def _limits(
    request: AuthorizationRequest, principal: Principal, policies: Policies, cross_account: bool
) -> Decision | None:
    """The permissions boundary or the session policies, if they don't allow; None when they do."""
    boundary = policies.boundary
    if boundary is not None and _allowing(boundary.policy, request, principal) is None:
        return not_allowed_by("boundary", cross_account)
    if policies.session is not None and not _any_allows(policies.session, request, principal):
        return not_allowed_by("session", cross_account)
    return None


def _any_allows(
    attached: Sequence[AttachedPolicy], request: AuthorizationRequest, principal: Principal
) -> bool:
    return any(_allowing(each.policy, request, principal) is not None for each in attached)


def _resource_policy(
    request: AuthorizationRequest, principal: Principal, policies: Policies, cross_account: bool
) -> tuple[int, Reason | None]:
    """How closely the resource's policy names the caller where it allows the action, and the statement."""
    resource = policies.resource
    if resource is None:
        return NOBODY, None
    if (
        policies.public_access.restrict_public_buckets
        and resource.policy.public
        and not principal.service
        and (cross_account or request.caller.anonymous)
    ):
        return NOBODY, None
    closest, by = NOBODY, None
    for statement in resource.policy.on(request.action)[1]:
        named = _applies(statement, request, principal)
        if named > closest:
            closest, by = named, statement
            if named == DIRECT:
                break
    if by is None:
        return NOBODY, None
    return closest, allowed_by(_type_of(resource), resource, by).reason


def _acl(
    request: AuthorizationRequest, principal: Principal, policies: Policies
) -> tuple[int, Reason | None]:
    """What the ACL of the bucket or object grants; nothing where Object Ownership has disabled ACLs."""
    if not policies.acl or policies.ownership == "BucketOwnerEnforced":
        return NOBODY, None
    permission = (
        _OBJECT_PERMISSIONS.get(request.action)
        if policies.acl_of_object
        else _BUCKET_PERMISSIONS.get(request.action)
    )
    if permission is None:
        return NOBODY, None
    closest, by = NOBODY, None
    for grant in policies.acl:
        if grant.permission in (permission, "FULL_CONTROL"):
            named = _granted(grant, request, principal, policies)
            if named > closest:
                closest, by = named, grant
    if by is None:
        return NOBODY, None
    return closest, Reason("allow", "acl", detail=f"{by.permission} to {by.grantee}")


def _granted(grant: Grant, request: AuthorizationRequest, principal: Principal, policies: Policies) -> int:
    if grant.grantee == "AllUsers":
        public = True
    elif grant.grantee == "AuthenticatedUsers":
        public = True
        if request.caller.anonymous or principal.service:
            return NOBODY
    elif grant.grantee == "LogDelivery":
        return DIRECT if principal.service == "logging.s3.amazonaws.com" else NOBODY
    else:
        public = False
    if public:
        return NOBODY if policies.public_access.ignore_public_acls else DIRECT
    return ACCOUNT if principal.account and grant.grantee == principal.account else NOBODY


def _public_change(request: AuthorizationRequest, policies: Policies) -> Decision | None:
    """The refusal of a call that would make something public, where Block Public Access forbids it."""
    block = policies.public_access
    if request.makes_public == "policy" and block.block_public_policy:
        return prevented_by("BlockPublicPolicy")
    if request.makes_public == "acl" and block.block_public_acls:
        return prevented_by("BlockPublicAcls")
    return None
