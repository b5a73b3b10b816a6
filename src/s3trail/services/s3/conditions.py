"""Conditional requests: ETags and dates, in the order that RFC 9110 section 13.2.2 and S3 give."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from s3trail.kernel.errors import NotImplementedByServer
from s3trail.services.s3.errors import NoSuchKey, NotModified, PreconditionFailed
from s3trail.state.objects.objects import StoredObject

__all__ = ["check_copy", "check_read", "check_replace"]

READ_MEMBERS = frozenset(("IfMatch", "IfNoneMatch", "IfModifiedSince", "IfUnmodifiedSince"))
_COPY_MEMBERS = frozenset(f"CopySource{member}" for member in READ_MEMBERS)


def matches(condition: str, etag: str) -> bool:
    """Whether an `If-Match` list (`*`, or ETags with or without quotes) names this ETag."""
    return any(
        candidate.strip().removeprefix("W/").strip('"') in ("*", etag) for candidate in condition.split(",")
    )


def check_read(params: Mapping[str, Any], stored: StoredObject) -> None:
    """The conditions of GetObject and HeadObject.

    Raises:
        PreconditionFailed: If-Match or If-Unmodified-Since doesn't hold.
        NotModified: If-None-Match or If-Modified-Since says that the client has it.
    """
    if READ_MEMBERS.isdisjoint(params):
        return
    if "IfMatch" in params:
        if not matches(params["IfMatch"], stored.etag):
            raise PreconditionFailed(Condition="If-Match")
    elif "IfUnmodifiedSince" in params and _second(stored) > params["IfUnmodifiedSince"]:
        raise PreconditionFailed(Condition="If-Unmodified-Since")
    if "IfNoneMatch" in params:
        unmodified = matches(params["IfNoneMatch"], stored.etag)
    else:
        unmodified = "IfModifiedSince" in params and _second(stored) <= params["IfModifiedSince"]
    if unmodified:
        raise NotModified(
            headers=(
                ("ETag", f'"{stored.etag}"'),
                ("Last-Modified", formatdate(_second(stored), usegmt=True)),
            )
        )


def check_copy(params: Mapping[str, Any], stored: StoredObject) -> None:
    """The conditions on a copy's source; all of them fail with 412.

    Raises:
        PreconditionFailed: one doesn't hold; a true If-Match outweighs If-Unmodified-Since, and a true
        If-None-Match
            outweighs If-Modified-Since.
    """
    if _COPY_MEMBERS.isdisjoint(params):
        return
    prefix = "x-amz-copy-source-"
    if "CopySourceIfMatch" in params:
        if not matches(params["CopySourceIfMatch"], stored.etag):
            raise PreconditionFailed(Condition=f"{prefix}If-Match")
    elif "CopySourceIfUnmodifiedSince" in params and _second(stored) > params["CopySourceIfUnmodifiedSince"]:
        raise PreconditionFailed(Condition=f"{prefix}If-Unmodified-Since")
    if "CopySourceIfNoneMatch" in params:
        if matches(params["CopySourceIfNoneMatch"], stored.etag):
            raise PreconditionFailed(Condition=f"{prefix}If-None-Match")
    elif "CopySourceIfModifiedSince" in params and _second(stored) <= params["CopySourceIfModifiedSince"]:
        raise PreconditionFailed(Condition=f"{prefix}If-Modified-Since")


def check_replace(params: Mapping[str, Any], existing: StoredObject | None) -> None:
    """The conditions of a write (or delete) on the object that it replaces.

    Raises:
        PreconditionFailed: `If-None-Match: *` and there is one, or If-Match names another.
        NoSuchKey: If-Match, and there is none.
        NotImplementedByServer: If-None-Match with an ETag, which S3 doesn't do either.
    """
    if existing is not None and existing.delete_marker:
        existing = None
    if "IfNoneMatch" in params:
        if params["IfNoneMatch"].strip() != "*":
            raise NotImplementedByServer(
                "A header you provided implies functionality that is not implemented", Header="If-None-Match"
            )
        if existing is not None:
            raise PreconditionFailed(Condition="If-None-Match")
    if "IfMatch" in params:
        if existing is None:
            raise NoSuchKey(Key=params["Key"])
        if not matches(params["IfMatch"], existing.etag):
            raise PreconditionFailed(Condition="If-Match")


def _second(stored: StoredObject) -> int:
    # HTTP dates have whole seconds, so a fraction would make an object newer than its own Last-Modified.
    return stored.modified // 1000
