"""Whether CloudTrail may write into a bucket: the bucket's policy, asked as `cloudtrail.amazonaws.com`.

Input: a bucket and the trail that wants to write there. Output: yes or no. CreateTrail and UpdateTrail ask
before they take a bucket, and each delivery asks again. Facts: CloudTrail User Guide, "Amazon S3 bucket
policy for CloudTrail": `s3:GetBucketAcl` on the bucket, `s3:PutObject` under `AWSLogs/` with the ACL
`bucket-owner-full-control`, both with `aws:SourceArn` and `aws:SourceAccount` of the trail.

A bucket of the trail's own account needs no policy, unless `trails.require_bucket_policy` says so: whoever
makes the trail could have written the policy.
"""

from __future__ import annotations

from s3trail.kernel.arn import bucket_arn, object_arn
from s3trail.kernel.caller import Caller
from s3trail.policy.evaluate import evaluate
from s3trail.policy.request import AttachedPolicy, AuthorizationRequest, Policies
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings
from s3trail.state.objects.buckets import Bucket

__all__ = ["may_be_used", "may_put"]

_SERVICE = "cloudtrail.amazonaws.com"
_RULE = "a trail may write into a bucket of its own account"


def may_be_used(
    tx: Tx, bucket: Bucket, account_id: str, trail_arn: str, keys: tuple[str, ...], *, strict: bool
) -> bool:
    """Whether a trail may be pointed at a bucket. A policy, where there is one, has to allow it.

    Args:
        tx: any transaction.
        bucket: the bucket.
        account_id: the trail's account.
        trail_arn: the trail's ARN.
        keys: examples of the keys that the trail will write.
        strict: a bucket without a policy is refused.
    """
    policy = bucket_settings.access(tx, bucket).policy
    rule = policy is None and not strict
    actions = [("s3:GetBucketAcl", bucket_arn(bucket.name))]
    actions += [("s3:PutObject", object_arn(bucket.name, key)) for key in keys]
    return all(
        _allowed(policy, bucket, account_id, trail_arn, action, resource, rule=rule)
        for action, resource in actions
    )


def may_put(tx: Tx, bucket: Bucket, account_id: str, trail_arn: str, key: str, *, strict: bool) -> bool:
    """Whether a trail may put an object now. In a bucket of its own account only a denial stops it.

    Args:
        tx: any transaction.
        bucket: the bucket.
        account_id: the trail's account.
        trail_arn: the trail's ARN.
        key: the object's key.
        strict: the policy has to allow it in a bucket of the same account too.
    """
    policy = bucket_settings.access(tx, bucket).policy
    if policy is None and not strict:
        return bucket.account_id == account_id
    resource = object_arn(bucket.name, key)
    return _allowed(policy, bucket, account_id, trail_arn, "s3:PutObject", resource, rule=not strict)


def _allowed(
    policy: AttachedPolicy | None,
    bucket: Bucket,
    account_id: str,
    trail_arn: str,
    action: str,
    resource: str,
    *,
    rule: bool,
) -> bool:
    request = AuthorizationRequest(
        caller=Caller(type="AWSService", invoked_by=_SERVICE),
        action=action,
        resource=resource,
        resource_account=bucket.account_id,
        context={
            "aws:principalisawsservice": "true",
            "aws:principalservicename": _SERVICE,
            "aws:securetransport": "true",
            "aws:sourceaccount": account_id,
            "aws:sourcearn": trail_arn,
            "s3:x-amz-acl": "bucket-owner-full-control",
        },
    )
    own = rule and bucket.account_id == account_id
    return evaluate(request, Policies(resource=policy, service_rule=_RULE if own else "")).allowed
