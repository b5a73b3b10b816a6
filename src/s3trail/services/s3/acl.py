"""GetBucketAcl, PutBucketAcl, GetObjectAcl, PutObjectAcl, and the ACL of what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from s3trail.kernel.arn import bucket_arn, object_arn
from s3trail.kernel.call import Call
from s3trail.kernel.errors import AccessDenied
from s3trail.policy.decision import prevented_by
from s3trail.policy.request import Grant
from s3trail.services.s3.addressing import encoded_key, the_bucket, the_object
from s3trail.services.s3.errors import (
    AccessControlListNotSupported,
    InvalidBucketAclWithBlockPublicAccess,
    InvalidBucketAclWithObjectOwnership,
    MissingSecurityHeader,
)
from s3trail.services.s3.grants import ACL_MEMBERS, asked, is_public, only_owner, shown
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings, versions
from s3trail.state.objects.bucket_settings import BucketAccess
from s3trail.state.objects.buckets import Bucket

__all__ = [
    "acl_document",
    "get_bucket_acl",
    "get_object_acl",
    "new_bucket_acl",
    "new_object_acl",
    "put_bucket_acl",
    "put_object_acl",
]

_ENFORCED = "BucketOwnerEnforced"


def get_bucket_acl(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetBucketAcl; also where ACLs are disabled."""
    bucket = the_bucket(tx, params)
    grants = bucket_settings.access(tx, bucket).acl
    return shown(bucket.account_id, grants or only_owner(bucket.account_id))


def put_bucket_acl(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutBucketAcl: by canned ACL, by headers, or by document."""
    bucket = the_bucket(tx, params)
    access = bucket_settings.access(tx, bucket)
    grants = asked(tx, params, bucket.account_id)
    if grants is None:
        raise MissingSecurityHeader(MissingHeaderName="x-amz-acl")
    _check(call, access, grants, bucket.account_id, "s3:PutBucketAcl", bucket_arn(bucket.name))
    bucket_settings.put(tx, bucket, bucket_settings.ACL, acl_document(grants))
    return {}


def get_object_acl(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetObjectAcl of the current version, or of the one that is named.

    Where ACLs are disabled, every object is the bucket owner's alone, whatever it was given before.
    """
    bucket = the_bucket(tx, params)
    stored = the_object(tx, bucket, params)
    if bucket_settings.access(tx, bucket).ownership == _ENFORCED:
        return shown(bucket.account_id, only_owner(bucket.account_id))
    return shown(stored.owner, stored.acl or only_owner(stored.owner))


def put_object_acl(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutObjectAcl; leaves the object's time as it is."""
    bucket = the_bucket(tx, params)
    stored = the_object(tx, bucket, params)
    grants = asked(tx, params, stored.owner, bucket.account_id)
    if grants is None:
        raise MissingSecurityHeader(MissingHeaderName="x-amz-acl")
    access = bucket_settings.access(tx, bucket)
    _check(call, access, grants, bucket.account_id, "s3:PutObjectAcl", object_arn(bucket.name, params["Key"]))
    versions.update(tx, bucket.id, encoded_key(params["Key"]), replace(stored, acl=grants))
    return {}


def acl_document(grants: Sequence[Grant]) -> dict[str, Any]:
    """How a bucket's ACL is stored."""
    return {"Grants": [[grant.grantee, grant.permission] for grant in grants]}


def _check(
    call: Call, access: BucketAccess, grants: Sequence[Grant], owner: str, action: str, resource: str
) -> None:
    # An ACL that says what holds anyway is taken: clients copy it along with an object.
    if access.ownership == _ENFORCED and tuple(grants) != only_owner(owner):
        raise AccessControlListNotSupported()
    _check_public(call, access, grants, action, resource)


def _check_public(
    call: Call, access: BucketAccess, grants: Sequence[Grant], action: str, resource: str
) -> None:
    if access.public_access.block_public_acls and is_public(grants):
        raise AccessDenied(
            prevented_by("BlockPublicAcls").message(call.caller, action, resource, quoted=True)
        )


def new_object_acl(
    tx: Tx, call: Call, bucket: Bucket, params: Mapping[str, Any]
) -> tuple[str, tuple[Grant, ...]]:
    """Owner and ACL of an object that is written; an empty ACL is the owner's alone.

    Where ACLs are disabled, the bucket's owner owns every object, and only an ACL that says so is taken.

    Raises:
        AccessControlListNotSupported: ACLs are disabled, and this one grants something.
        AccessDenied: it is public, and Block Public Access forbids that.
        AwsError: it isn't an ACL; see `grants.asked`.
    """
    owner = bucket.account_id
    writer = call.caller.account_id
    foreign = writer != owner and not call.caller.anonymous and bool(writer)
    if not foreign and ACL_MEMBERS.isdisjoint(params):
        return owner, ()
    access = bucket_settings.access(tx, bucket)
    if access.ownership == _ENFORCED:
        grants = asked(tx, params, owner, owner)
        if grants is not None and grants != only_owner(owner):
            raise AccessControlListNotSupported()
        return owner, ()
    preferred = (
        access.ownership == "BucketOwnerPreferred" and params.get("ACL") == "bucket-owner-full-control"
    )
    if foreign and not preferred:
        owner = writer
    grants = asked(tx, params, owner, bucket.account_id)
    if grants is None or grants == only_owner(owner):
        return owner, ()
    _check_public(call, access, grants, "s3:PutObject", object_arn(bucket.name, params["Key"]))
    return owner, grants


def new_bucket_acl(tx: Tx, params: Mapping[str, Any], owner: str, ownership: str) -> tuple[Grant, ...]:
    """The ACL that CreateBucket asks for; empty for the owner's alone.

    Raises:
        InvalidBucketAclWithObjectOwnership: ACLs are disabled, and this one grants something.
        InvalidBucketAclWithBlockPublicAccess: it is public, which a new bucket's Block Public Access forbids.
        AwsError: it isn't an ACL; see `grants.asked`.
    """
    grants = asked(tx, params, owner)
    if grants is None or grants == only_owner(owner):
        return ()
    if ownership == _ENFORCED:
        raise InvalidBucketAclWithObjectOwnership()
    if is_public(grants):
        raise InvalidBucketAclWithBlockPublicAccess()
    return grants
