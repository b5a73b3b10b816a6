"""Insights records: a Start and an End for each stretch of unusual activity.

Input: what the rule found, and who called. Output: records of `eventCategory` Insight. Facts: CloudTrail User
Guide, "CloudTrail record contents for Insights events for trails".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from s3trail.consumers.insights_rule import Baseline
from s3trail.kernel.clock import iso_seconds
from s3trail.state.views.insights import ATTRIBUTES, Series

__all__ = ["insight_record"]

_VERSION = "1.11"
_DIGITS = 10
_MOST_VALUES = 5


def insight_record(
    series: Series,
    state: str,
    *,
    minute: int,
    event_id: str,
    shared_event_id: str,
    usual: Baseline,
    calls: int,
    minutes: int,
    insight_callers: Mapping[str, Sequence[tuple[str, int]]],
    baseline_callers: Mapping[str, Sequence[tuple[str, int]]],
) -> bytes:
    """One record, minified JSON.

    Args:
        series: which calls.
        state: `Start` or `End`.
        minute: when the activity began or ended, minutes of the epoch.
        event_id: of this record.
        shared_event_id: of the pair.
        usual: what was usual before it began.
        calls: in the activity so far.
        minutes: how long it has lasted so far.
        insight_callers: for each attribute its values in the activity with their calls, the most first.
        baseline_callers: the same of the baseline.
    """
    details: dict[str, Any] = {"state": state, "eventSource": series.event_source}
    details["eventName"] = series.event_name
    details["insightType"] = series.insight_type
    if series.category != "Management":
        details["sourceEventCategory"] = series.category
    if series.error_code:
        details["errorCode"] = series.error_code
    attributions = [
        {
            "attribute": attribute,
            "insight": _averages(insight_callers.get(attribute, ()), minutes),
            "baseline": _averages(baseline_callers.get(attribute, ()), usual.minutes),
        }
        for attribute in ATTRIBUTES
        # Every call of an error rate has the same code.
        if not (attribute == "errorCode" and series.error_code)
    ]
    details["insightContext"] = {
        "statistics": {
            "baseline": {"average": round(usual.average, _DIGITS)},
            "insight": {"average": round(calls / minutes, _DIGITS)},
            "insightDuration": minutes,
            "baselineDuration": usual.minutes,
        },
        "attributions": attributions,
    }
    return orjson.dumps(
        {
            "eventVersion": _VERSION,
            "eventTime": iso_seconds(minute * 60),
            "awsRegion": series.region,
            "eventID": event_id,
            "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": series.account_id,
            "sharedEventID": shared_event_id,
            "insightDetails": details,
            "eventCategory": "Insight",
        }
    )


def _averages(values: Sequence[tuple[str, int]], minutes: int) -> list[dict[str, Any]]:
    return [
        {"value": value, "average": round(calls / minutes, _DIGITS)} for value, calls in values[:_MOST_VALUES]
    ]
