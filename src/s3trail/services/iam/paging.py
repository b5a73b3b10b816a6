"""Pages of lists: `Marker` and `MaxItems` in, `IsTruncated` and `Marker` out.

A marker is the key of the last item that was listed, so that a page goes on rightly when items come and go
meanwhile.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from s3trail.services.iam.errors import ValidationError

__all__ = ["page"]

T = TypeVar("T")

_USUAL = 100


def page(
    items: Iterable[T], params: Mapping[str, Any], key: Callable[[T], str]
) -> tuple[list[T], dict[str, Any]]:
    """One page of a list.

    Args:
        items: everything, in any order.
        params: the operation's input.
        key: unique text of an item, by which the list is sorted.

    Returns:
        The items of the page, and the members of the answer that say whether there are more.

    Raises:
        ValidationError: the marker isn't one that a list gave out.
    """
    after = _read(params["Marker"]) if params.get("Marker") else None
    left = sorted((found for found in items if after is None or key(found) > after), key=key)
    most = params.get("MaxItems") or _USUAL
    if len(left) <= most:
        return left, {"IsTruncated": False}
    shown = left[:most]
    return shown, {"IsTruncated": True, "Marker": base64.urlsafe_b64encode(key(shown[-1]).encode()).decode()}


def _read(marker: str) -> str:
    try:
        return base64.urlsafe_b64decode(marker.encode("ascii")).decode()
    except (binascii.Error, ValueError):
        raise ValidationError(f"Invalid Marker: {marker}") from None
