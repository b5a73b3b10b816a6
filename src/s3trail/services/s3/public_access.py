"""PutPublicAccessBlock, GetPublicAccessBlock, DeletePublicAccessBlock.

A new bucket blocks all public access, without a stored document. Deleting the configuration stores an empty
one.
"""

from __future__ import annotations

from typing import Any

from s3trail.kernel.call import Call
from s3trail.services.s3.addressing import the_bucket
from s3trail.services.s3.errors import NoSuchPublicAccessBlockConfiguration
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings
from s3trail.state.objects.bucket_settings import PUBLIC_ACCESS_BLOCK

__all__ = ["delete_public_access_block", "get_public_access_block", "put_public_access_block"]

_MEMBERS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def put_public_access_block(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutPublicAccessBlock; a setting that isn't sent is off."""
    bucket = the_bucket(tx, params)
    sent = params["PublicAccessBlockConfiguration"]
    document = {member: bool(sent.get(member)) for member in _MEMBERS}
    bucket_settings.put(tx, bucket, PUBLIC_ACCESS_BLOCK, document)
    return {}


def get_public_access_block(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetPublicAccessBlock; of a new bucket everything is on."""
    bucket = the_bucket(tx, params)
    document = bucket_settings.get(tx, bucket, PUBLIC_ACCESS_BLOCK)
    if document is None:
        document = dict.fromkeys(_MEMBERS, True)
    if not document:
        raise NoSuchPublicAccessBlockConfiguration(BucketName=bucket.name)
    return {"PublicAccessBlockConfiguration": document}


def delete_public_access_block(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DeletePublicAccessBlock: nothing is blocked any more."""
    bucket_settings.put(tx, the_bucket(tx, params), PUBLIC_ACCESS_BLOCK, {})
    return {}
