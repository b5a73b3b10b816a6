"""What a decision is made from: the request, and the policies that concern it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from s3trail.kernel.caller import Caller
from s3trail.policy.document import Policy
from s3trail.policy.public_access import NO_BLOCK, PublicAccessBlock
from s3trail.policy.variables import Context

__all__ = ["AttachedPolicy", "AuthorizationRequest", "Grant", "ObjectOwnership", "Policies"]

ObjectOwnership = Literal["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One action on one resource by one caller."""

    caller: Caller
    action: str
    """IAM action, as AWS spells it: `s3:GetObject`."""
    resource: str
    """ARN of the resource, or `*`."""
    resource_account: str
    """Account that owns the resource; empty when the call is about nothing that exists, or about the caller's
    own account."""
    context: Context = field(default_factory=dict)
    """Condition keys by name in lower case; see `context.request_context`."""
    federated: str = ""
    """Identity provider that vouches for the caller of AssumeRoleWithWebIdentity or AssumeRoleWithSAML."""
    canonical_user: str = ""
    """Canonical user id of the caller's account, where known."""
    makes_public: Literal["", "acl", "policy"] = ""
    """What the call would make public, if anything: Block Public Access may forbid it."""


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """A policy, and where it is attached."""

    policy: Policy
    name: str = ""
    """Its name; of a resource's policy, the resource's."""
    arn: str = ""
    """ARN of a managed policy; empty for an inline one."""
    attached_to: str = ""
    """ARN of the user, group, role or resource that has it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant of an S3 ACL."""

    grantee: str
    """Account id, or a group: `AllUsers`, `AuthenticatedUsers`, `LogDelivery`."""
    permission: Literal["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"]


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy that concerns one request. Absent ones don't limit it."""

    identity: tuple[AttachedPolicy, ...] = ()
    """Of the user and its groups, or of the role."""
    boundary: AttachedPolicy | None = None
    """Permissions boundary of the user or role."""
    session: tuple[AttachedPolicy, ...] | None = None
    """Session policies, of which one has to allow; None when the session was made without. Empty for a
    session that GetFederationToken made without: it may do only what resources allow it directly."""
    resource: AttachedPolicy | None = None
    """Policy of the bucket, vault, topic, ..., or the trust policy of the role."""
    vpc_endpoint: AttachedPolicy | None = None
    """Policy of the endpoint that the request came through."""
    service_rule: str = ""
    """For a service's call within the resource's account: the rule by which it may act without a policy."""
    acl: tuple[Grant, ...] = ()
    """ACL of the bucket or object (S3)."""
    acl_of_object: bool = False
    """Whether `acl` is an object's."""
    ownership: ObjectOwnership = "BucketOwnerEnforced"
    """Object Ownership of the bucket; `BucketOwnerEnforced` disables ACLs."""
    object_owner: str = ""
    """Account that owns the object, where it may be another than the bucket's."""
    public_access: PublicAccessBlock = NO_BLOCK
    """Block Public Access of bucket and account together."""
