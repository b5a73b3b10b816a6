"""Replication rules, stored and shown; nothing acts upon them (API Reference, PutBucketReplication)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3trail.kernel.errors import InvalidArgument, InvalidRequest, MalformedRequest
from s3trail.services.s3.errors import ReplicationConfigurationNotFound
from s3trail.services.s3.settings import Document, Setting
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects.buckets import Bucket

__all__ = ["REPLICATION"]

_MAX_RULES = 1000


def _check(store: Store, tx: Tx, bucket: Bucket, document: Document) -> Document:
    rules = document.get("Rules") or ()
    if not document.get("Role") or not 1 <= len(rules) <= _MAX_RULES:
        raise MalformedRequest()
    if bucket.versioning != "Enabled":
        raise InvalidRequest(
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        )
    checked = [_rule(store, rule) for rule in rules]
    if len({rule["ID"] for rule in checked}) != len(checked):
        raise InvalidArgument("Rule Id must be unique")
    return {**document, "Rules": checked}


def _rule(store: Store, rule: Mapping[str, Any]) -> dict[str, Any]:
    if rule.get("Status") not in ("Enabled", "Disabled"):
        raise MalformedRequest()
    destination = (rule.get("Destination") or {}).get("Bucket", "")
    if not destination.startswith("arn:aws:s3:::") or not destination.removeprefix("arn:aws:s3:::"):
        raise InvalidArgument("Invalid bucket ARN", ArgumentName="Destination", ArgumentValue=destination)
    return {**rule, "ID": rule.get("ID") or store.ids.hex(24)}


REPLICATION = Setting(
    "replication",
    "PutBucketReplication",
    "GetBucketReplication",
    "ReplicationConfiguration",
    _check,
    delete="DeleteBucketReplication",
    answered="ReplicationConfiguration",
    missing=ReplicationConfigurationNotFound,
)
