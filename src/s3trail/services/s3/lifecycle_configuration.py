"""The lifecycle rules of a bucket (API Reference, PutBucketLifecycleConfiguration).

Input is the document as it was sent; what is stored has an id for each rule and is the same else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import InvalidArgument, InvalidRequest, MalformedRequest
from s3trail.services.s3.addressing import the_bucket
from s3trail.services.s3.errors import NoSuchLifecycleConfiguration
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings

__all__ = [
    "LIFECYCLE",
    "delete_bucket_lifecycle",
    "get_bucket_lifecycle_configuration",
    "put_bucket_lifecycle_configuration",
]

LIFECYCLE = "lifecycle"
"""Kind of setting."""

_MAX_RULES = 1000
_LONGEST_ID = 255
_DAY = 86_400
_SIZE = "TransitionDefaultMinimumObjectSize"
_SIZES = ("all_storage_classes_128K", "varies_by_storage_class")
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
)
_CLASSES = frozenset(
    ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR")
)
_AFTER_30_DAYS = frozenset(("STANDARD_IA", "ONEZONE_IA"))


def put_bucket_lifecycle_configuration(
    store: Store, tx: Tx, call: Call, params: dict[str, Any]
) -> dict[str, Any]:
    """PutBucketLifecycleConfiguration: replaces all rules."""
    bucket = the_bucket(tx, params)
    rules = (params.get("LifecycleConfiguration") or {}).get("Rules") or ()
    if not 1 <= len(rules) <= _MAX_RULES:
        raise MalformedRequest()
    size = params.get(_SIZE, _SIZES[0])
    if size not in _SIZES:
        raise InvalidArgument(
            ArgumentName="x-amz-transition-default-minimum-object-size", ArgumentValue=str(size)
        )
    checked = [_rule(store, rule) for rule in rules]
    if len({rule["ID"] for rule in checked}) != len(checked):
        raise InvalidArgument("Rule ID must be unique. Found same ID for more than one rule")
    bucket_settings.put(tx, bucket, LIFECYCLE, {"Rules": checked, _SIZE: size})
    return {_SIZE: size}


def get_bucket_lifecycle_configuration(
    store: Store, tx: Tx, call: Call, params: dict[str, Any]
) -> dict[str, Any]:
    """GetBucketLifecycleConfiguration."""
    bucket = the_bucket(tx, params)
    document = bucket_settings.get(tx, bucket, LIFECYCLE)
    if document is None:
        raise NoSuchLifecycleConfiguration(BucketName=bucket.name)
    return document


def delete_bucket_lifecycle(store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DeleteBucketLifecycle; no error when there are no rules."""
    bucket_settings.delete(tx, the_bucket(tx, params), LIFECYCLE)
    return {}


def _rule(store: Store, rule: Mapping[str, Any]) -> dict[str, Any]:
    if rule.get("Status") not in ("Enabled", "Disabled"):
        raise MalformedRequest()
    if len(rule.get("ID", "")) > _LONGEST_ID:
        raise InvalidArgument(f"ID length should not exceed allowed limit of {_LONGEST_ID}")
    if ("Filter" in rule) == ("Prefix" in rule):
        raise MalformedRequest()
    if not any(rule.get(action) for action in _ACTIONS):
        raise InvalidRequest("At least one action needs to be specified in a rule")
    _check_filter(rule)
    expiration = rule.get("Expiration")
    if expiration is not None:
        if len([member for member in expiration if expiration[member] is not None]) != 1:
            raise MalformedRequest()
        _check_time("Expiration", expiration)
    for transition in rule.get("Transitions") or ():
        if ("Days" in transition) == ("Date" in transition):
            raise MalformedRequest()
        _check_class(transition, "Transition", "Days")
        _check_time("Transition", transition, least=0)
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if noncurrent is not None:
        _check_noncurrent("NoncurrentVersionExpiration", noncurrent)
    for transition in rule.get("NoncurrentVersionTransitions") or ():
        _check_class(transition, "NoncurrentVersionTransition", "NoncurrentDays")
        _check_noncurrent("NoncurrentVersionTransition", transition, least=0)
    aborted = rule.get("AbortIncompleteMultipartUpload")
    if aborted is not None:
        _check_days(
            "DaysAfterInitiation", "AbortIncompleteMultipartUpload", aborted.get("DaysAfterInitiation")
        )
    return {**rule, "ID": rule.get("ID") or store.ids.hex(24)}


def _check_filter(rule: Mapping[str, Any]) -> None:
    given = rule.get("Filter") or {}
    if len(given) > 1:
        raise MalformedRequest()
    both = given.get("And")
    if both is not None and sum(len(value) if name == "Tags" else 1 for name, value in both.items()) < 2:
        raise MalformedRequest()
    tagged = "Tag" in given or bool(both and both.get("Tags"))
    sized = any(name.startswith("ObjectSize") for name in (*given, *(both or ())))
    if tagged or sized:
        what = "Tags" if tagged else "Object Size"
        if rule.get("AbortIncompleteMultipartUpload") is not None:
            raise InvalidRequest(f"AbortIncompleteMultipartUpload cannot be specified with {what}.")
        if (rule.get("Expiration") or {}).get("ExpiredObjectDeleteMarker") is not None:
            raise InvalidRequest(f"ExpiredObjectDeleteMarker cannot be specified with {what}.")


def _check_time(action: str, given: Mapping[str, Any], least: int = 1) -> None:
    if given.get("Days") is not None:
        _check_days("Days", action, given["Days"], least)
    if given.get("Date") is not None and given["Date"] % _DAY:
        raise InvalidArgument("'Date' must be at midnight GMT")


def _check_days(member: str, action: str, days: Any, least: int = 1) -> None:
    if not isinstance(days, int):
        raise MalformedRequest()
    if days < least:
        raise InvalidArgument(
            f"'{member}' for {action} action must be a {'positive' if least else 'nonnegative'} integer",
            ArgumentName=member,
            ArgumentValue=str(days),
        )


def _check_noncurrent(action: str, given: Mapping[str, Any], least: int = 1) -> None:
    _check_days("NoncurrentDays", action, given.get("NoncurrentDays"), least)
    kept = given.get("NewerNoncurrentVersions")
    if kept is not None and not 1 <= kept <= 100:
        raise InvalidArgument("'NewerNoncurrentVersions' must be between 1 and 100")


def _check_class(transition: Mapping[str, Any], action: str, member: str) -> None:
    name = transition.get("StorageClass")
    if name not in _CLASSES:
        raise MalformedRequest()
    days = transition.get(member)
    if name in _AFTER_30_DAYS and days is not None and days < 30:
        raise InvalidArgument(
            f"'{member}' in {action} action must be greater than or equal to 30 for storageClass '{name}'"
        )
