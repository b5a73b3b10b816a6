"""Authorization: whether this caller may do this to that."""

from __future__ import annotations

from s3trail.audit.facts import fact
from s3trail.gateway.capture import Progress
from s3trail.kernel.arn import bucket_arn, object_arn
from s3trail.policy.actions import action
from s3trail.policy.rights import decide, refusal
from s3trail.state.objects.buckets import Bucket
from s3trail.wire.locate import Located

__all__ = ["authorize"]


def authorize(progress: Progress, located: Located, bucket: Bucket | None) -> None:
    """Let the call go on.

    An operation on a bucket that doesn't exist is let through: its own NoSuchBucket is the answer, as on S3.

    Raises:
        AccessDenied: it may not.
    """
    call = progress.call
    owner = bucket.account_id if bucket is not None else ""
    if (
        call.caller.anonymous
        and bucket is None
        and located.labels.get("Bucket")
        and located.operation != "CreateBucket"
    ):
        return
    if located.operation == "CreateBucket":
        owner = ""
    decision = decide(call.caller, read_only=fact(call.service, call.operation).read_only, owner=owner)
    if not decision.allowed:
        raise refusal(decision, call.caller, call.service, call.operation, _resource(progress, located))


def _resource(progress: Progress, located: Located) -> str:
    bucket, key = located.labels.get("Bucket"), located.labels.get("Key")
    if bucket is None:
        call = progress.call
        if call.service == "s3":
            return "arn:aws:s3:::*"
        return f"arn:aws:{call.service}:{call.region}:{call.caller.account_id}:*"
    if key is None or action("s3", located.operation).startswith("s3:List"):
        return bucket_arn(bucket)
    return object_arn(bucket, key)
