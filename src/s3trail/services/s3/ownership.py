"""PutBucketOwnershipControls, GetBucketOwnershipControls, DeleteBucketOwnershipControls.

A new bucket has `BucketOwnerEnforced`, without a stored document: its ACLs are disabled. Deleting the
controls stores empty ones: then ACLs count, and an object is its writer's.
"""

from __future__ import annotations

from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import MalformedRequest
from s3trail.services.s3.addressing import the_bucket
from s3trail.services.s3.errors import InvalidBucketAclWithObjectOwnership, OwnershipControlsNotFound
from s3trail.services.s3.grants import only_owner
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings
from s3trail.state.objects.bucket_settings import OWNERSHIP

__all__ = [
    "OWNERSHIPS",
    "delete_bucket_ownership_controls",
    "get_bucket_ownership_controls",
    "ownership_document",
    "put_bucket_ownership_controls",
]

OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")


def ownership_document(ownership: str) -> dict[str, Any]:
    """How ownership controls are stored and shown."""
    return {"Rules": [{"ObjectOwnership": ownership}]}


def put_bucket_ownership_controls(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutBucketOwnershipControls: exactly one rule.

    Raises:
        InvalidBucketAclWithObjectOwnership: ACLs are to be disabled, and the bucket's grants something.
    """
    bucket = the_bucket(tx, params)
    rules = params["OwnershipControls"].get("Rules") or []
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in OWNERSHIPS:
        raise MalformedRequest()
    ownership = rules[0]["ObjectOwnership"]
    if ownership == "BucketOwnerEnforced":
        grants = bucket_settings.access(tx, bucket).acl
        if grants and grants != only_owner(bucket.account_id):
            raise InvalidBucketAclWithObjectOwnership()
    bucket_settings.put(tx, bucket, OWNERSHIP, ownership_document(ownership))
    return {}


def get_bucket_ownership_controls(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetBucketOwnershipControls."""
    bucket = the_bucket(tx, params)
    document = bucket_settings.get(tx, bucket, OWNERSHIP)
    if document is None:
        document = ownership_document("BucketOwnerEnforced")
    if not document:
        raise OwnershipControlsNotFound(BucketName=bucket.name)
    return {"OwnershipControls": document}


def delete_bucket_ownership_controls(
    store: Store, tx: Tx, call: Call, params: dict[str, Any]
) -> dict[str, Any]:
    """DeleteBucketOwnershipControls."""
    bucket_settings.put(tx, the_bucket(tx, params), OWNERSHIP, {})
    return {}
