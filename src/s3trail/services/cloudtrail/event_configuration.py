"""PutEventConfiguration, GetEventConfiguration.

Input: the largest size of an event, context keys, aggregations. Output: a document per trail, kind
`event-configuration`, name = the trail's id. It is kept and told; events keep their standard size, and
nothing is aggregated. Facts: PutEventConfiguration reference.
"""

from __future__ import annotations

from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.services.cloudtrail import names
from s3trail.services.cloudtrail.errors import (
    InvalidParameterCombinationException,
    InvalidParameterException,
    UnsupportedOperationException,
)
from s3trail.state.config import documents
from s3trail.state.config.trails import Trail
from s3trail.state.environment import Tx

__all__ = ["forget", "operations"]

_KIND = "event-configuration"
_SIZES = ("Standard", "Large")
_CONTEXT_TYPES = ("TagContext", "RequestContext")
_TEMPLATES = ("API_ACTIVITY", "RESOURCE_ACCESS", "USER_ACTIONS")
_MOST_CONTEXT_SELECTORS, _MOST_KEYS, _LONGEST_KEY = 2, 50, 128


def operations() -> tuple[Operation, ...]:
    """The operations on a trail's event configuration."""
    return (
        Operation("cloudtrail", "PutEventConfiguration", _put_event_configuration, writes=True),
        Operation("cloudtrail", "GetEventConfiguration", _get_event_configuration),
    )


def forget(tx: Tx, trail: Trail) -> None:
    """Drop the configuration of a trail that is deleted."""
    documents.delete(tx, _KIND, trail.id)


def _put_event_configuration(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    trail = names.find_at_home(tx, call, _trail_name(params))
    if not params.keys() & {"MaxEventSize", "ContextKeySelectors", "AggregationConfigurations"}:
        raise InvalidParameterException(
            "You must specify MaxEventSize, ContextKeySelectors or AggregationConfigurations."
        )
    document = _of(tx, trail)
    if "MaxEventSize" in params:
        document["MaxEventSize"] = _one_of("MaxEventSize", params["MaxEventSize"], _SIZES)
    if "ContextKeySelectors" in params:
        document["ContextKeySelectors"] = _context_keys(params["ContextKeySelectors"])
    if "AggregationConfigurations" in params:
        document["AggregationConfigurations"] = _aggregations(params["AggregationConfigurations"])
    if document["ContextKeySelectors"] and document["MaxEventSize"] != "Large":
        raise InvalidParameterCombinationException("ContextKeySelectors need a MaxEventSize of Large.")
    documents.put(tx, _KIND, trail.id, document)
    return {"TrailARN": trail.arn, **document}


def _get_event_configuration(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    trail = names.find(tx, call, _trail_name(params), unknown_by_arn=True)
    return {"TrailARN": trail.arn, **_of(tx, trail)}


def _of(tx: Tx, trail: Trail) -> dict[str, Any]:
    return documents.get(tx, _KIND, trail.id) or {
        "MaxEventSize": "Standard",
        "ContextKeySelectors": [],
        "AggregationConfigurations": [],
    }


def _trail_name(params: dict[str, Any]) -> str:
    name, store = params.get("TrailName"), params.get("EventDataStore")
    if name and store:
        raise InvalidParameterCombinationException(
            "You can specify either a TrailName or an EventDataStore, but not both."
        )
    if store:
        raise UnsupportedOperationException("Event data stores are not supported by this server.")
    if not name:
        raise InvalidParameterException("You must specify a TrailName or an EventDataStore.")
    return str(name)


def _one_of(member: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidParameterException(
            f"Value {value} for {member} is invalid; it is one of {', '.join(allowed)}."
        )
    return value


def _context_keys(selectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(selectors) > _MOST_CONTEXT_SELECTORS:
        raise InvalidParameterException(
            f"Specify at most {_MOST_CONTEXT_SELECTORS} ContextKeySelectors; there are {len(selectors)}."
        )
    for selector in selectors:
        _one_of("ContextKeySelectors.Type", selector["Type"], _CONTEXT_TYPES)
        keys = selector["Equals"]
        if not 1 <= len(keys) <= _MOST_KEYS or not all(1 <= len(key) <= _LONGEST_KEY for key in keys):
            raise InvalidParameterException(
                f"ContextKeySelectors.Equals must have 1 to {_MOST_KEYS} keys "
                f"of 1 to {_LONGEST_KEY} characters."
            )
    types = [selector["Type"] for selector in selectors]
    if len(set(types)) < len(types):
        raise InvalidParameterException(f"ContextKeySelectors.Type {types[0]} is given more than once.")
    return [{"Type": selector["Type"], "Equals": list(selector["Equals"])} for selector in selectors]


def _aggregations(configurations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(configurations) > 1:
        raise InvalidParameterException("Specify at most one of AggregationConfigurations.")
    for configuration in configurations:
        _one_of("AggregationConfigurations.EventCategory", configuration["EventCategory"], ("Data",))
        if not configuration["Templates"]:
            raise InvalidParameterException("AggregationConfigurations.Templates must not be empty.")
        for template in configuration["Templates"]:
            _one_of("AggregationConfigurations.Templates", template, _TEMPLATES)
    return [
        {"Templates": list(each["Templates"]), "EventCategory": each["EventCategory"]}
        for each in configurations
    ]
