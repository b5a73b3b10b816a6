"""The event notifications of a bucket (Amazon S3 User Guide, "Amazon S3 Event Notifications").

Each configuration is stored with an id; none at all takes notifications off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3trail.kernel.errors import InvalidArgument, MalformedRequest
from s3trail.services.s3.settings import Document, Setting
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects.buckets import Bucket

__all__ = ["NOTIFICATION"]

_DESTINATIONS = {
    "TopicConfigurations": ("TopicArn", "sns"),
    "QueueConfigurations": ("QueueArn", "sqs"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "lambda"),
}
_EVENTS = frozenset(
    f"s3:{event}"
    for event in (
        "TestEvent",
        "ReducedRedundancyLostObject",
        "ObjectCreated:*",
        "ObjectCreated:Put",
        "ObjectCreated:Post",
        "ObjectCreated:Copy",
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectRemoved:*",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRestore:*",
        "ObjectRestore:Post",
        "ObjectRestore:Completed",
        "ObjectRestore:Delete",
        "Replication:*",
        "Replication:OperationFailedReplication",
        "Replication:OperationNotTracked",
        "Replication:OperationMissedThreshold",
        "Replication:OperationReplicatedAfterThreshold",
        "LifecycleTransition",
        "LifecycleExpiration:*",
        "LifecycleExpiration:Delete",
        "LifecycleExpiration:DeleteMarkerCreated",
        "IntelligentTiering",
        "ObjectAcl:Put",
        "ObjectTagging:*",
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
    )
)


def _check(store: Store, tx: Tx, bucket: Bucket, document: Document) -> Document:
    stored: dict[str, Any] = {}
    if document.get("EventBridgeConfiguration") is not None:
        stored["EventBridgeConfiguration"] = {}
    for member, (arn, vendor) in _DESTINATIONS.items():
        configurations = document.get(member)
        if configurations:
            stored[member] = [_configuration(store, given, arn, vendor) for given in configurations]
    ids = [given["Id"] for member in _DESTINATIONS for given in stored.get(member, ())]
    if len(set(ids)) != len(ids):
        raise InvalidArgument("Same ID used for multiple configurations. IDs must be unique")
    return stored


def _configuration(store: Store, given: Mapping[str, Any], arn: str, vendor: str) -> dict[str, Any]:
    destination = given.get(arn) or ""
    parts = destination.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != vendor or not all(parts[3:]):
        raise InvalidArgument(
            "The ARN could not be parsed", ArgumentName=arn.removesuffix("Arn"), ArgumentValue=destination
        )
    events = given.get("Events")
    if not events:
        raise MalformedRequest()
    for event in events:
        if event not in _EVENTS:
            raise InvalidArgument(
                "The event is not supported for notifications", ArgumentName="Event", ArgumentValue=event
            )
    names = set()
    for rule in ((given.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ():
        name = str(rule.get("Name", "")).lower()
        if name not in ("prefix", "suffix"):
            raise InvalidArgument(
                "filter rule name must be either prefix or suffix", ArgumentName="FilterRule.Name"
            )
        if name in names:
            raise InvalidArgument(f"Cannot specify more than one {name} rule in a filter.")
        names.add(name)
    return {**given, "Id": given.get("Id") or store.ids.hex(18)}


NOTIFICATION = Setting(
    "notification",
    "PutBucketNotificationConfiguration",
    "GetBucketNotificationConfiguration",
    "NotificationConfiguration",
    _check,
)
