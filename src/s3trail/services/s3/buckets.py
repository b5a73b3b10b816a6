"""CreateBucket, DeleteBucket, HeadBucket, GetBucketLocation, ListBuckets."""

from __future__ import annotations

from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import InvalidArgument, NotImplementedByServer
from s3trail.services.s3.acl import acl_document, new_bucket_acl
from s3trail.services.s3.addressing import canonical_id, the_bucket
from s3trail.services.s3.errors import BucketAlreadyExists, BucketAlreadyOwnedByYou, BucketNotEmpty
from s3trail.services.s3.grants import only_owner
from s3trail.services.s3.multipart import abort_all
from s3trail.services.s3.names import US_EAST_1, check_bucket_name, region_of_constraint
from s3trail.services.s3.ownership import OWNERSHIPS, ownership_document
from s3trail.services.s3.paging import continuation_key, continuation_token, limit
from s3trail.services.s3.store import Store
from s3trail.services.s3.tagging import BUCKET_TAGS, bucket_tags
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings, buckets
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.keys import BUCKET_ID_BYTES

__all__ = ["create_bucket", "delete_bucket", "get_bucket_location", "head_bucket", "list_buckets"]

_MAX_BUCKETS = 10_000


def create_bucket(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """CreateBucket: in the region of the location constraint, owned by the caller's account."""
    name = params["Bucket"]
    check_bucket_name(name)
    configuration = params.get("CreateBucketConfiguration") or {}
    _refuse_kinds(params, configuration)
    constraint = configuration.get("LocationConstraint") or ""
    region = region_of_constraint(constraint, call.region)
    location = f"/{name}" if region == US_EAST_1 else f"http://{name}.s3.amazonaws.com/"
    existing = buckets.get(tx, name)
    if existing is not None:
        if existing.account_id != call.caller.account_id:
            raise BucketAlreadyExists(BucketName=name)
        # us-east-1 keeps the answer of old: making one's own bucket again succeeds there.
        if not call.region == region == existing.region == US_EAST_1:
            raise BucketAlreadyOwnedByYou(BucketName=name)
        return {"Location": location}
    ownership = params.get("ObjectOwnership", "BucketOwnerEnforced")
    if ownership not in OWNERSHIPS:
        raise InvalidArgument(ArgumentName="x-amz-object-ownership", ArgumentValue=ownership)
    acl = new_bucket_acl(tx, params, call.caller.account_id, ownership)
    tags = configuration.get("Tags")
    if tags:
        bucket_tags(tags)
    bucket_id = bytes.fromhex(store.ids.hex(BUCKET_ID_BYTES))
    bucket = Bucket(name, bucket_id, call.caller.account_id, region, store.now() / 1000, constraint)
    buckets.put(tx, bucket)
    if ownership != "BucketOwnerEnforced":
        bucket = bucket_settings.put(tx, bucket, bucket_settings.OWNERSHIP, ownership_document(ownership))
        grants = acl or only_owner(bucket.account_id)
        bucket = bucket_settings.put(tx, bucket, bucket_settings.ACL, acl_document(grants))
    if tags:
        bucket_settings.put(tx, bucket, BUCKET_TAGS, {"TagSet": tags})
    return {"Location": location}


def _refuse_kinds(params: dict[str, Any], configuration: dict[str, Any]) -> None:
    refused = {
        "x-amz-bucket-object-lock-enabled": params.get("ObjectLockEnabledForBucket"),
        "x-amz-bucket-namespace": params.get("BucketNamespace", "global") != "global",
        "Bucket": configuration.get("Bucket"),
        "Location": configuration.get("Location"),
    }
    for name, asked in refused.items():
        if asked:
            raise NotImplementedByServer(
                f"A header or element you provided implies functionality that is not implemented: {name}",
                Header=name,
            )


def delete_bucket(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DeleteBucket; open multipart uploads don't hinder it, they are aborted."""
    bucket = the_bucket(tx, params)
    if not buckets.is_empty(tx, bucket):
        raise BucketNotEmpty(BucketName=bucket.name)
    abort_all(store, tx, bucket)
    bucket_settings.delete_all(tx, bucket)
    buckets.delete(tx, bucket)
    return {}


def head_bucket(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """HeadBucket."""
    return {"BucketRegion": the_bucket(tx, params).region, "AccessPointAlias": False}


def get_bucket_location(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetBucketLocation; the constraint is null (an empty element) for us-east-1."""
    return {"LocationConstraint": the_bucket(tx, params).location_constraint or None}


def list_buckets(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """ListBuckets: those of the caller's account, in order of name."""
    account_id = call.caller.account_id
    count = limit(params, "MaxBuckets", "max-buckets", least=1, most=_MAX_BUCKETS, clamp=False)
    prefix = params.get("Prefix", "")
    region = params.get("BucketRegion", "")
    after = continuation_key(params["ContinuationToken"]) if params.get("ContinuationToken") else b""
    paged = any(member in params for member in ("MaxBuckets", "ContinuationToken", "Prefix", "BucketRegion"))
    found: list[dict[str, Any]] = []
    result: dict[str, Any] = {"Buckets": found, "Owner": {"ID": canonical_id(account_id)}}
    for bucket in buckets.scan(tx, prefix, after.decode()):
        if bucket.account_id != account_id or (region and bucket.region != region):
            continue
        if len(found) == count:
            result["ContinuationToken"] = continuation_token(found[-1]["Name"].encode())
            break
        listed: dict[str, Any] = {"Name": bucket.name, "CreationDate": bucket.created}
        if paged:
            listed["BucketRegion"] = bucket.region
        found.append(listed)
    if prefix:
        result["Prefix"] = prefix
    return result
