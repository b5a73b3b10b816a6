"""PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus."""

from __future__ import annotations

from typing import Any

from s3trail.kernel.arn import bucket_arn
from s3trail.kernel.call import Call
from s3trail.kernel.errors import AccessDenied
from s3trail.policy.decision import prevented_by
from s3trail.policy.document import MalformedPolicy, parse_policy
from s3trail.services.s3.addressing import the_bucket
from s3trail.services.s3.errors import NoSuchBucketPolicy
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings
from s3trail.state.objects.bucket_settings import POLICY, POLICY_LIMIT

__all__ = ["delete_bucket_policy", "get_bucket_policy", "get_bucket_policy_status", "put_bucket_policy"]


def put_bucket_policy(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """PutBucketPolicy: the text is kept as it was sent.

    Raises:
        MalformedPolicy: it isn't a policy of this bucket.
        AccessDenied: it is public, and Block Public Access forbids that.
    """
    bucket = the_bucket(tx, params)
    text = params["Policy"]
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedPolicy() from error
    policy = parse_policy(text, "resource", max_size=POLICY_LIMIT, bucket=bucket.name)
    if policy.public and bucket_settings.access(tx, bucket).public_access.block_public_policy:
        refusal = prevented_by("BlockPublicPolicy")
        raise AccessDenied(
            refusal.message(call.caller, "s3:PutBucketPolicy", bucket_arn(bucket.name), quoted=True)
        )
    bucket_settings.put(tx, bucket, POLICY, {"Policy": text})
    return {"HTTPStatusCode": 204}


def get_bucket_policy(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetBucketPolicy: the text as it was put."""
    bucket = the_bucket(tx, params)
    document = bucket_settings.get(tx, bucket, POLICY)
    if document is None:
        raise NoSuchBucketPolicy(BucketName=bucket.name)
    return {"Policy": document["Policy"]}


def delete_bucket_policy(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DeleteBucketPolicy; no error when there is none."""
    bucket_settings.delete(tx, the_bucket(tx, params), POLICY)
    return {}


def get_bucket_policy_status(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """GetBucketPolicyStatus: whether the policy lets in the public."""
    bucket = the_bucket(tx, params)
    attached = bucket_settings.access(tx, bucket).policy
    if attached is None:
        raise NoSuchBucketPolicy(BucketName=bucket.name)
    return {"PolicyStatus": {"IsPublic": attached.policy.public}}
