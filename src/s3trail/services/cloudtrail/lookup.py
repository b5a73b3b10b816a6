"""LookupEvents: the Event history of the caller's account and region.

Input: an attribute, a time range, a token. Output: a page of events, newest first. The history is a view that
follows the journal; a look-up waits a little for it to reach what was journaled when the look-up began, so
that callers find what they did. Facts: LookupEvents reference.

A token names the place of the page before and carries a hash of account, region, attribute and time range, so
that it fits no other look-up. It gives no access: the account is always the caller's.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from time import monotonic, sleep
from typing import Any

import orjson

from s3trail.journal import journal
from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.operation import Operation, Result
from s3trail.services.cloudtrail.errors import (
    InvalidEventCategoryException,
    InvalidLookupAttributesException,
    InvalidMaxResultsException,
    InvalidNextTokenException,
    InvalidTimeRangeException,
)
from s3trail.state.environment import Tx
from s3trail.state.views import event_summary
from s3trail.state.views.history import ATTRIBUTES, INSIGHT_ATTRIBUTES, Event, History

__all__ = ["BLOCKING", "event", "operations", "page_token", "place_of"]

BLOCKING = frozenset({"LookupEvents"})
"""Operations that may wait; the gateway runs them in a thread pool."""

_MOST = 50
_MAX_VALUE = 2000
_DOUBLE = "_ ,\n"
"""Characters that count twice in the length of a value."""
_PATIENCE = 0.25
_PAUSE = 0.003
_HASH = 12
_PLACE = struct.Struct(">q")


@dataclass(frozen=True, slots=True)
class _Request:
    attribute: str | None
    value: str
    start: float | None
    end: float | None
    limit: int


def operations(history: History, clock: Clock, retention_days: int) -> tuple[Operation, ...]:
    """LookupEvents over a history.

    Args:
        history: read only.
        clock: tells which events are older than the retention.
        retention_days: older events aren't found even while they are still stored.
    """
    retention = retention_days * 86400.0

    def lookup_events(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        insight = _insight(params)
        request = _request(params, INSIGHT_ATTRIBUTES if insight else ATTRIBUTES)
        asked = (
            call.caller.account_id,
            call.region,
            request.attribute,
            request.value,
            request.start,
            request.end,
            insight,
        )
        before = place_of(params.get("NextToken"), asked, InvalidNextTokenException)
        _await(history, journal.head(tx))
        oldest = clock.now() - retention
        page = history.lookup(
            call.caller.account_id,
            call.region,
            attribute=request.attribute,
            value=request.value,
            start=oldest if request.start is None else max(oldest, request.start),
            end=request.end,
            limit=request.limit,
            before=before,
            insight=insight,
        )
        answer: dict[str, Any] = {"Events": [event(found) for found in page.events]}
        if page.before is not None:
            answer["NextToken"] = page_token(page.before, asked)
        return answer

    return (Operation("cloudtrail", "LookupEvents", lookup_events),)


def _await(history: History, head: int, sleep: Callable[[float], None] = sleep) -> None:
    """Wait until the history has taken the journal up to `head`, at most for `_PATIENCE` seconds."""
    deadline = monotonic() + _PATIENCE
    while history.position() < head and monotonic() < deadline:
        sleep(_PAUSE)


def _request(params: dict[str, Any], allowed: tuple[str, ...]) -> _Request:
    attributes = params.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise InvalidLookupAttributesException("You can specify only one lookup attribute.")
    attribute, value = None, ""
    if attributes:
        attribute, value = attributes[0].get("AttributeKey"), attributes[0].get("AttributeValue")
        if attribute not in allowed:
            raise InvalidLookupAttributesException(
                f"Value {attribute} for AttributeKey is invalid; it is one of {', '.join(allowed)}."
            )
        if not value or len(value) + sum(value.count(each) for each in _DOUBLE) > _MAX_VALUE:
            raise InvalidLookupAttributesException(
                f"AttributeValue must have 1 to {_MAX_VALUE} characters; "
                "underscore, space, comma and newline count twice."
            )
    start, end = params.get("StartTime"), params.get("EndTime")
    if start is not None and end is not None and start > end:
        raise InvalidTimeRangeException("StartTime must not be later than EndTime.")
    limit = params.get("MaxResults", _MOST)
    if not 1 <= limit <= _MOST:
        raise InvalidMaxResultsException(f"MaxResults must be between 1 and {_MOST}.")
    return _Request(attribute, value, start, end, limit)


def _insight(params: dict[str, Any]) -> bool:
    category = params.get("EventCategory")
    if category not in (None, "insight"):
        raise InvalidEventCategoryException(
            f"Value {category} for EventCategory is invalid; it can be insight."
        )
    return category is not None


def _binding(asked: tuple[Any, ...]) -> bytes:
    return blake2b(orjson.dumps(asked), digest_size=_HASH).digest()


def page_token(place: int, asked: tuple[Any, ...]) -> str:
    """The token of the page that begins at a place, for the same question alone.

    Args:
        place: of the order that is paged through.
        asked: the parameters of the question, account and region among them.
    """
    return base64.urlsafe_b64encode(_binding(asked) + _PLACE.pack(place)).decode()


def place_of(token: str | None, asked: tuple[Any, ...], refusal: type[AwsError]) -> int | None:
    """The place that a token tells; None without a token.

    Raises:
        AwsError: `refusal`; the token isn't one, or belongs to another question.
    """
    if token is None:
        return None
    try:
        decoded = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        raise refusal(InvalidNextTokenException.message) from None
    if decoded[:_HASH] != _binding(asked) or len(decoded) != _HASH + _PLACE.size:
        raise refusal(InvalidNextTokenException.message)
    place: int = _PLACE.unpack_from(decoded, _HASH)[0]
    return place


def event(event: Event) -> dict[str, Any]:
    """The model's `Event`."""
    fields = event.fields
    if fields.get("eventCategory") == "Insight":
        details = fields["insightDetails"]
        return {
            "EventId": fields["eventID"],
            "EventName": details["eventName"],
            "EventTime": event.time,
            "EventSource": details["eventSource"],
            "Resources": [],
            "CloudTrailEvent": event.record.decode(),
        }
    answer: dict[str, Any] = {
        "EventId": fields["eventID"],
        "EventName": fields.get("eventName") or "",
        "ReadOnly": "true" if fields.get("readOnly") else "false",
    }
    access_key_id = event_summary.access_key_id(fields)
    if access_key_id:
        answer["AccessKeyId"] = access_key_id
    answer["EventTime"] = event.time
    answer["EventSource"] = fields.get("eventSource") or ""
    username = event_summary.username(fields)
    if username:
        answer["Username"] = username
    answer["Resources"] = [
        {"ResourceType": kind, "ResourceName": name} for kind, name in event_summary.resources(fields)
    ]
    answer["CloudTrailEvent"] = event.record.decode()
    return answer
