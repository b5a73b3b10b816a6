"""CloudTrail's size limits, and the last step of every record: a dict becomes JSON.

1 KB for the user agent, error code, error message and request id: cut there. 28 KB for `additionalEventData`,
100 KB for `requestParameters`, `responseElements` and `serviceEventDetails`: the content is left out and a
marker stands in its place. 256 KB for a whole record: fields give way in CloudTrail's order until it fits.
Source: reference sheet `cloudtrail-records.md`, sections 1.2 and 1.3. The marker's form is our choice
(`{"omitted": true, "originalSize": bytes}`), since no real one is known; bucket and key stay readable in
`resources`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson

__all__ = ["MAX_RECORD", "cut", "to_json"]

MAX_RECORD = 256 * 1024
_MAX_TEXT = 1024
_MAX_CONTENT = {
    "additionalEventData": 28 * 1024,
    "serviceEventDetails": 100 * 1024,
    "responseElements": 100 * 1024,
    "requestParameters": 100 * 1024,
}
_MAX_DEPTH = 100
_SMALLEST_LIMIT = min(_MAX_CONTENT.values())
_GIVE_WAY = (
    "requestID",
    "additionalEventData",
    "serviceEventDetails",
    "userAgent",
    "errorCode",
    "responseElements",
    "requestParameters",
    "errorMessage",
)
"""What a record that is too long loses first; annotations and event context are never in ours."""


def cut(text: str, limit: int = _MAX_TEXT) -> str:
    """The text's first `limit` bytes of UTF-8, never half a character."""
    if len(text) * 4 <= limit:
        return text
    data = text.encode("utf-8", "replace")
    return text if len(data) <= limit else data[:limit].decode("utf-8", "ignore")


def _plain(value: Any, depth: int = 0) -> Any:
    """The same value as JSON can say it: no lone surrogates, no integers over 64 bits, bounded depth."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, bool) or value is None or isinstance(value, orjson.Fragment):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= _MAX_DEPTH:
        return ""
    if isinstance(value, Mapping):
        return {_plain(str(name)): _plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, depth + 1) for item in value]
    return type(value).__name__


def _marker(size: int) -> dict[str, Any]:
    return {"omitted": True, "originalSize": size}


def _fitted(record: dict[str, Any]) -> bytes:
    for name, limit in _MAX_CONTENT.items():
        if record.get(name):
            size = len(orjson.dumps(record[name]))
            if size > limit:
                record[name] = _marker(size)
    data = orjson.dumps(record)
    for name in _GIVE_WAY:
        if len(data) <= MAX_RECORD:
            break
        if record.get(name):
            size = len(orjson.dumps(record[name]))
            record[name] = _marker(size) if name in _MAX_CONTENT else ""
            data = orjson.dumps(record)
    return data


def to_json(record: dict[str, Any]) -> bytes:
    """A record as minified UTF-8 JSON within CloudTrail's limits, whatever a client sent."""
    try:
        data = orjson.dumps(record)
    except TypeError:
        # Header bytes that are no UTF-8 arrive as lone surrogates.
        record = _plain(record)
        data = orjson.dumps(record)
    return data if len(data) <= _SMALLEST_LIMIT else _fitted(record)
