"""PutInsightSelectors, GetInsightSelectors.

Input: types of insights. Output: the trail's rules; `consumers.insights` looks for unusual activity from then
on. Facts: the operations' reference pages; CloudTrail User Guide, "Working with CloudTrail Insights".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s3trail.journal import journal
from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.matching import insight_selectors
from s3trail.matching.insight_selectors import InvalidInsightSelectorsException
from s3trail.services.cloudtrail import names
from s3trail.services.cloudtrail.errors import (
    InsightNotEnabledException,
    InvalidParameterCombinationException,
    InvalidParameterException,
    UnsupportedOperationException,
)
from s3trail.state.config import trails
from s3trail.state.config.trails import Rules, Trail
from s3trail.state.environment import Tx

__all__ = ["operations"]


def operations() -> tuple[Operation, ...]:
    """The operations on a trail's Insight selectors."""
    return (
        Operation("cloudtrail", "PutInsightSelectors", _put_insight_selectors, writes=True),
        Operation("cloudtrail", "GetInsightSelectors", _get_insight_selectors),
    )


def _put_insight_selectors(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    trail = names.find_at_home(tx, call, _trail_name(params))
    selectors = insight_selectors.validate(params["InsightSelectors"])
    _check_logged(trail.rules, selectors)
    changed = trail.keep(journal.upcoming(tx), replace(trail.rules, insight_selectors=selectors))
    trails.put(tx, changed)
    return _answer(changed)


def _get_insight_selectors(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    trail = names.find(tx, call, _trail_name(params), unknown_by_arn=True)
    if not trail.rules.insight_selectors:
        raise InsightNotEnabledException(
            f"Trail {trail.arn} does not have Insights enabled. "
            "Edit the trail settings to enable Insights, and then try the operation again."
        )
    return _answer(trail)


def _trail_name(params: dict[str, Any]) -> str:
    name = params.get("TrailName")
    if params.get("EventDataStore") or params.get("InsightsDestination"):
        if name:
            raise InvalidParameterCombinationException(
                "You can specify either a TrailName or an EventDataStore, but not both."
            )
        raise UnsupportedOperationException("Insights on event data stores are not supported by this server.")
    if not name:
        raise InvalidParameterException("You must specify a TrailName or an EventDataStore.")
    return str(name)


def _check_logged(rules: Rules, selectors: tuple[dict[str, Any], ...]) -> None:
    """A trail can tell of nothing that it doesn't log.

    Raises:
        InvalidInsightSelectorsException: it logs no events of a category that the selectors ask for.
    """
    for selector in selectors:
        for category in selector["EventCategories"]:
            write_only = category == "Management" and selector["InsightType"] == "ApiCallRateInsight"
            if not _logs(rules, category, write=write_only):
                needed = "write management" if write_only else category.lower()
                raise InvalidInsightSelectorsException(
                    f"{selector['InsightType']} needs a trail that logs {needed} events."
                )


def _logs(rules: Rules, category: str, *, write: bool) -> bool:
    """Whether the event selectors let through some event of a category."""
    for selector in rules.event_selectors:
        if write and selector["ReadWriteType"] == "ReadOnly":
            continue
        if selector["IncludeManagementEvents"] if category == "Management" else selector["DataResources"]:
            return True
    for selector in rules.advanced_event_selectors:
        fields = {field["Field"]: field for field in selector["FieldSelectors"]}
        reads_only = fields.get("readOnly", {}).get("Equals") == ["true"]
        if fields["eventCategory"]["Equals"] == [category] and not (write and reads_only):
            return True
    return False


def _answer(trail: Trail) -> dict[str, Any]:
    return {"TrailARN": trail.arn, "InsightSelectors": list(trail.rules.insight_selectors)}
