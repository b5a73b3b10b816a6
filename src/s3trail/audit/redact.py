"""Members of the AWS model as a record shows them: in camelCase, times as text, without secrets.

Input: the parameters or the result of an operation, by model names. Output: plain JSON values. What is
dropped comes from the tables in `facts` (per service, with everything below) and from `NEVER`, which holds in
every service and at every depth. Bytes are payload or key material and are always dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from s3trail.audit.facts.fact import Service

__all__ = ["NEVER", "members", "without_credentials"]

NEVER = frozenset(
    {
        "apikey",
        "apikeyvalue",
        "authorization",
        "clientsecret",
        "newpassword",
        "oldpassword",
        "password",
        "privatekey",
        "secretaccesskey",
        "secretkey",
        "sessiontoken",
        "signature",
        "ssecustomerkey",
    }
)
"""Names, in lower case, that are secrets wherever they stand, in the keys of a caller's own maps too."""

_MAX_DEPTH = 64
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_USER_INFO = re.compile(r"(://)[^/?#\s]*@")
_ABSENT = object()


def without_credentials(text: str) -> str:
    """`https://user:password@host/` without `user:password@`, wherever it stands in a text."""
    return _USER_INFO.sub(r"\1", text) if "://" in text and "@" in text else text


def _date(value: Any, service: Service) -> Any:
    """`Jul 10, 2023, 12:31:14 PM`: Java's medium date form, in which records show times."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return value
    half = "AM" if moment.hour < 12 else "PM"
    comma = "," if service.date_comma else ""
    return (
        f"{_MONTHS[moment.month - 1]} {moment.day}, {moment.year}{comma} "
        f"{moment.hour % 12 or 12}:{moment:%M:%S} {half}"
    )


def _structure(value: Mapping[str, Any], service: Service, depth: int) -> dict[str, Any]:
    shown = {}
    for name, member in value.items():
        if member is None or name in service.secrets or name.lower() in NEVER or name[:1] == "_":
            continue
        if name in service.maps and isinstance(member, Mapping):
            seen: Any = _map(member, service, depth + 1)
        else:
            seen = _shown(member, service, depth + 1, timed=name in service.times)
        if seen is not _ABSENT:
            shown[name[:1].lower() + name[1:]] = seen
    return shown


def _map(value: Mapping[Any, Any], service: Service, depth: int) -> dict[str, Any]:
    shown = {}
    for key, member in value.items():
        name = str(key)
        if name in service.secrets or name.lower() in NEVER:
            continue
        seen = _shown(member, service, depth + 1)
        if seen is not _ABSENT:
            shown[name] = seen
    return shown


def _shown(value: Any, service: Service, depth: int, *, timed: bool = False) -> Any:
    if isinstance(value, str):
        return without_credentials(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, datetime)):
        return _date(value, service) if timed or isinstance(value, datetime) else value
    if isinstance(value, Mapping):
        return _structure(value, service, depth) if depth < _MAX_DEPTH else _ABSENT
    if isinstance(value, (list, tuple)):
        if depth >= _MAX_DEPTH:
            return _ABSENT
        shown = [_shown(item, service, depth + 1, timed=timed) for item in value]
        return [item for item in shown if item is not _ABSENT]
    # Bytes, and the sinks and sources of payloads.
    return _ABSENT


def members(value: Mapping[str, Any], service: Service) -> dict[str, Any] | None:
    """Parameters or a result as the record shows them; None when nothing is left.

    Members whose names begin with `_` are the operation's notes to the gateway, not part of the model.
    """
    return _structure(value, service, 0) or None
