"""PutEventSelectors, GetEventSelectors.

Input: basic or advanced selectors. Output: the trail's rules, in force from the PutEventSelectors event on.
The one kind replaces the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s3trail.journal import journal
from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.matching.advanced_selectors import validate_advanced
from s3trail.matching.selectors import InvalidEventSelectorsException, validate_basic
from s3trail.services.cloudtrail import names
from s3trail.state.config import trails
from s3trail.state.config.trails import Trail
from s3trail.state.environment import Tx

__all__ = ["operations"]


def operations() -> tuple[Operation, ...]:
    """The operations on a trail's event selectors."""
    return (
        Operation("cloudtrail", "PutEventSelectors", _put_event_selectors, writes=True),
        Operation("cloudtrail", "GetEventSelectors", _get_event_selectors),
    )


def _put_event_selectors(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    trail = names.find_at_home(tx, call, params["TrailName"])
    basic, advanced = params.get("EventSelectors"), params.get("AdvancedEventSelectors")
    if basic and advanced:
        raise InvalidEventSelectorsException(
            "EventSelectors and AdvancedEventSelectors can't be used together on a trail."
        )
    if advanced:
        rules = replace(
            trail.rules, event_selectors=(), advanced_event_selectors=tuple(validate_advanced(advanced))
        )
    else:
        rules = replace(
            trail.rules, event_selectors=tuple(validate_basic(basic or ())), advanced_event_selectors=()
        )
    changed = trail.keep(journal.upcoming(tx), rules)
    trails.put(tx, changed)
    return _selectors(changed)


def _get_event_selectors(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    return _selectors(names.find(tx, call, params["TrailName"], unknown_by_arn=True))


def _selectors(trail: Trail) -> dict[str, Any]:
    if trail.rules.advanced_event_selectors:
        return {"TrailARN": trail.arn, "AdvancedEventSelectors": list(trail.rules.advanced_event_selectors)}
    return {"TrailARN": trail.arn, "EventSelectors": list(trail.rules.event_selectors)}
