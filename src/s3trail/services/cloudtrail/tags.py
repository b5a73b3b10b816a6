"""AddTags, RemoveTags, ListTags, and the tags of CreateTrail.

Input: ARNs of trails and tags. Output: tags as parts of trails. Facts: the operations' pages of the
CloudTrail API Reference, and "Tagging AWS resources" for what all services refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.services.cloudtrail import names
from s3trail.services.cloudtrail.errors import (
    ChannelNotFoundException,
    CloudTrailARNInvalidException,
    EventDataStoreNotFoundException,
    InvalidParameterException,
    InvalidTagParameterException,
    InvalidTokenException,
    ResourceNotFoundException,
    ResourceTypeNotSupportedException,
    TagsLimitExceededException,
    TrailNotFoundException,
)
from s3trail.state.config import trails
from s3trail.state.config.trails import Trail
from s3trail.state.environment import Tx

__all__ = ["checked", "operations"]

_MOST_TAGS = 50
_MOST_RESOURCES = 20
_LONGEST_KEY, _LONGEST_VALUE = 128, 256
_CHARACTERS = re.compile(r"[\w\s.:/=+\-@]*")
"""Letters, digits and spaces of all scripts, and what AWS names besides."""
_RESOURCE = re.compile(r"arn:aws[a-z-]*:cloudtrail:[a-z0-9-]*:\d{12}:([a-z]+)/.+")
_UNKNOWN = {
    "eventdatastore": EventDataStoreNotFoundException,
    "channel": ChannelNotFoundException,
    "dashboard": ResourceNotFoundException,
}
"""What can have tags too, but isn't there."""


def operations() -> tuple[Operation, ...]:
    """The operations on tags."""
    return (
        Operation("cloudtrail", "AddTags", _add_tags, writes=True),
        Operation("cloudtrail", "RemoveTags", _remove_tags, writes=True),
        Operation("cloudtrail", "ListTags", _list_tags),
    )


def checked(tags: Iterable[Mapping[str, str]], before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Tags by key after `tags` were added.

    Raises:
        InvalidTagParameterException: a key twice, or a key or value that isn't allowed.
        TagsLimitExceededException: more than 50.
    """
    added: dict[str, str] = {}
    for tag in tags:
        key, value = _checked(tag)
        if key in added:
            raise InvalidTagParameterException(f"The tag key {key} is given more than once.")
        added[key] = value
    together = {**(before or {}), **added}
    if len(together) > _MOST_TAGS:
        raise TagsLimitExceededException(
            f"A resource can have {_MOST_TAGS} tags at most; it would have {len(together)}."
        )
    return together


def _checked(tag: Mapping[str, str]) -> tuple[str, str]:
    key, value = tag.get("Key") or "", tag.get("Value") or ""
    if not 1 <= len(key) <= _LONGEST_KEY:
        raise InvalidTagParameterException(
            f"A tag key has 1 to {_LONGEST_KEY} characters; this one has {len(key)}."
        )
    if len(value) > _LONGEST_VALUE:
        raise InvalidTagParameterException(
            f"A tag value has {_LONGEST_VALUE} characters at most; that of {key} has {len(value)}."
        )
    if key.lower().startswith("aws:"):
        raise InvalidTagParameterException(f"Tag keys that begin with aws: are reserved: {key}")
    if not (_CHARACTERS.fullmatch(key) and _CHARACTERS.fullmatch(value)):
        raise InvalidTagParameterException(
            f"The tag {key} has characters that are not allowed; "
            "allowed are letters, digits, spaces and _ . : / = + - @"
        )
    return key, value


def _add_tags(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    trail = _trail(tx, call, params["ResourceId"], change=True)
    trails.put(tx, replace(trail, tags=checked(params["TagsList"], trail.tags)))
    return {}


def _remove_tags(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    trail = _trail(tx, call, params["ResourceId"], change=True)
    gone = {_checked(tag)[0] for tag in params["TagsList"]}
    left = {key: value for key, value in trail.tags.items() if key not in gone}
    trails.put(tx, replace(trail, tags=left))
    return {}


def _list_tags(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    if params.get("NextToken"):
        raise InvalidTokenException("The NextToken is invalid: the tags are always on one page.")
    arns = params["ResourceIdList"]
    if not 1 <= len(arns) <= _MOST_RESOURCES:
        raise InvalidParameterException(
            f"ResourceIdList has 1 to {_MOST_RESOURCES} ARNs; this one has {len(arns)}."
        )
    return {
        "ResourceTagList": [
            {
                "ResourceId": arn,
                "TagsList": [
                    {"Key": key, "Value": value} for key, value in _trail(tx, call, arn).tags.items()
                ],
            }
            for arn in arns
        ]
    }


def _trail(tx: Tx, call: Call, arn: str, *, change: bool = False) -> Trail:
    """The trail of an ARN.

    Raises:
        CloudTrailARNInvalidException: it is no ARN of CloudTrail.
        ResourceTypeNotSupportedException: what it names can't have tags.
        ResourceNotFoundException: there is no such trail.
        InvalidHomeRegionException: `change` is asked for outside of the trail's home region.
    """
    parts = _RESOURCE.fullmatch(arn)
    if parts is None:
        raise CloudTrailARNInvalidException(f"The ARN {arn} is not valid.")
    if parts[1] in _UNKNOWN:
        raise _UNKNOWN[parts[1]](f"There is no such resource: {arn}")
    if parts[1] != "trail":
        raise ResourceTypeNotSupportedException(f"Resources of type {parts[1]} can't be tagged: {arn}")
    try:
        return names.find_at_home(tx, call, arn) if change else names.find(tx, call, arn)
    except TrailNotFoundException as error:
        raise ResourceNotFoundException(error.message) from None
