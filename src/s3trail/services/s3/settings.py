"""Settings of buckets that are put, got and deleted as one document.

A `Setting` says what is special to one of them: its operations, where the document is in request and answer,
what is checked, and what is answered when there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from s3trail.kernel.call import Call
from s3trail.services.s3.addressing import the_bucket
from s3trail.services.s3.errors import NotFound
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import bucket_settings
from s3trail.state.objects.buckets import Bucket

__all__ = ["Document", "Setting", "reads", "writes"]

Document = Mapping[str, Any]
_Run = Callable[[Store, Tx, Call, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Setting:
    """One kind of setting."""

    kind: str
    """What it is stored under."""
    put: str
    """The operation that writes it."""
    get: str
    """The operation that reads it."""
    sent: str
    """Input member with the document."""
    check: Callable[[Store, Tx, Bucket, Document], Document]
    """Gives the document to store, or raises what it is refused for. An empty one removes the setting."""
    delete: str = ""
    """The operation that removes it; empty where there is none."""
    answered: str = ""
    """Output member with the document; empty where its members are the output's own."""
    missing: type[NotFound] | None = None
    """The answer when there is none; None for an empty document."""


def reads(setting: Setting) -> list[tuple[str, _Run]]:
    """The operations of a setting that read."""
    return [(setting.get, partial(_get, setting))]


def writes(setting: Setting) -> list[tuple[str, _Run]]:
    """The operations of a setting that write."""
    found: list[tuple[str, _Run]] = [(setting.put, partial(_put, setting))]
    if setting.delete:
        found.append((setting.delete, partial(_delete, setting)))
    return found


def _put(setting: Setting, store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    bucket = the_bucket(tx, params)
    document = setting.check(store, tx, bucket, params[setting.sent])
    if document:
        bucket_settings.put(tx, bucket, setting.kind, document)
    else:
        bucket_settings.delete(tx, bucket, setting.kind)
    return {}


def _get(setting: Setting, store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    bucket = the_bucket(tx, params)
    document = bucket_settings.get(tx, bucket, setting.kind)
    if document is None:
        if setting.missing is not None:
            raise setting.missing(BucketName=bucket.name)
        return {}
    return {setting.answered: document} if setting.answered else document


def _delete(setting: Setting, store: Store, tx: Tx, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    bucket_settings.delete(tx, the_bucket(tx, params), setting.kind)
    return {}
