"""Configurations of which a bucket may have many: analytics, inventory, intelligent-tiering, metrics.

They are stored and shown; nothing acts upon them. The four have the same operations (Put, Get, Delete,
List), which differ in names alone. Source: API Reference, PutBucketInventoryConfiguration and the like.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import AwsError, InvalidArgument, MalformedRequest
from s3trail.services.s3.addressing import the_bucket
from s3trail.services.s3.errors import NotFound
from s3trail.services.s3.paging import continuation_key, continuation_token
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings
from s3trail.state.objects.buckets import Bucket

__all__ = ["reads", "writes"]

_MOST = 1000
_PAGE = 100
_LONGEST_ID = 64
_Run = Callable[[Store, Tx, Call, dict[str, Any]], dict[str, Any]]


class TooManyConfigurations(AwsError):
    """A bucket has at most 1,000 of a kind."""

    code = "TooManyConfigurations"
    status = 400
    message = (
        "You are attempting to create a new configuration but have already reached the 1,000-configuration "
        "limit."
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    """`Analytics`, as it is in the operations' names."""
    check: Callable[[Mapping[str, Any]], None]
    """Raises what a configuration is refused for."""

    @property
    def member(self) -> str:
        """Member with one configuration."""
        return f"{self.name}Configuration"


def _put(kind: _Kind, store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    bucket = the_bucket(tx, params)
    configuration = params[kind.member]
    name = _name(params)
    if configuration.get("Id") != name:
        raise InvalidArgument(
            "The configuration Id in the request and in the document differ",
            ArgumentName="id",
            ArgumentValue=name,
        )
    kind.check(configuration)
    existing = [found for found, _ in bucket_settings.names(tx, bucket, kind.name)]
    if len(existing) >= _MOST and name not in existing:
        raise TooManyConfigurations()
    bucket_settings.put(tx, bucket, kind.name, configuration, name)
    return {}


def _get(kind: _Kind, store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    bucket = the_bucket(tx, params)
    document = bucket_settings.get(tx, bucket, kind.name, _name(params))
    if document is None:
        raise NotFound(BucketName=bucket.name)
    return {kind.member: document}


def _delete(kind: _Kind, store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    bucket = the_bucket(tx, params)
    if not bucket_settings.delete(tx, bucket, kind.name, _name(params)):
        raise NotFound(BucketName=bucket.name)
    return {}


def _list(kind: _Kind, store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    bucket: Bucket = the_bucket(tx, params)
    token = params.get("ContinuationToken")
    after = continuation_key(token).decode() if token else ""
    found: list[dict[str, Any]] = []
    result: dict[str, Any] = {f"{kind.member}List": found, "IsTruncated": False}
    if token:
        result["ContinuationToken"] = token
    for _, document in bucket_settings.names(tx, bucket, kind.name, after):
        if len(found) == _PAGE:
            result["IsTruncated"] = True
            result["NextContinuationToken"] = continuation_token(found[-1]["Id"].encode())
            break
        found.append(document)
    return result


def _name(params: Mapping[str, Any]) -> str:
    name: str = params["Id"]
    if not (1 <= len(name) <= _LONGEST_ID and name.isascii() and name.isprintable()):
        raise InvalidArgument(
            "The configuration Id is not well formed", ArgumentName="id", ArgumentValue=name
        )
    return name


def _check_analytics(configuration: Mapping[str, Any]) -> None:
    if configuration.get("StorageClassAnalysis") is None:
        raise MalformedRequest()


def _check_inventory(configuration: Mapping[str, Any]) -> None:
    destination = (configuration.get("Destination") or {}).get("S3BucketDestination") or {}
    if not str(destination.get("Bucket", "")).startswith("arn:aws:s3:::"):
        raise MalformedRequest()
    if destination.get("Format") not in ("CSV", "ORC", "Parquet"):
        raise MalformedRequest()
    if configuration.get("IncludedObjectVersions") not in ("All", "Current"):
        raise MalformedRequest()
    if (configuration.get("Schedule") or {}).get("Frequency") not in ("Daily", "Weekly"):
        raise MalformedRequest()


def _check_intelligent_tiering(configuration: Mapping[str, Any]) -> None:
    least = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
    tierings = configuration.get("Tierings")
    if not tierings or configuration.get("Status") not in ("Enabled", "Disabled"):
        raise MalformedRequest()
    for tiering in tierings:
        tier, days = tiering.get("AccessTier"), tiering.get("Days")
        if tier not in least or not isinstance(days, int):
            raise MalformedRequest()
        if not least[tier] <= days <= 730:
            raise InvalidArgument(
                f"'Days' for {tier} must be between {least[tier]} and 730",
                ArgumentName="Days",
                ArgumentValue=str(days),
            )


def _check_metrics(configuration: Mapping[str, Any]) -> None:
    both = (configuration.get("Filter") or {}).get("And")
    if both is not None and sum(len(value) if name == "Tags" else 1 for name, value in both.items()) < 2:
        raise MalformedRequest()


_KINDS = (
    _Kind("Analytics", _check_analytics),
    _Kind("Inventory", _check_inventory),
    _Kind("IntelligentTiering", _check_intelligent_tiering),
    _Kind("Metrics", _check_metrics),
)


def reads() -> list[tuple[str, _Run]]:
    """The operations that read."""
    found: list[tuple[str, _Run]] = []
    for kind in _KINDS:
        found.append((f"GetBucket{kind.member}", partial(_get, kind)))
        found.append((f"ListBucket{kind.member}s", partial(_list, kind)))
    return found


def writes() -> list[tuple[str, _Run]]:
    """The operations that write."""
    found: list[tuple[str, _Run]] = []
    for kind in _KINDS:
        found.append((f"PutBucket{kind.member}", partial(_put, kind)))
        found.append((f"DeleteBucket{kind.member}", partial(_delete, kind)))
    return found
