"""ListInsightsData, ListInsightsMetricData: Insights events, and the rates that they are found in.

Input: a trail or an API's name. Output: events as LookupEvents gives them, newest first; calls by span of
time. Facts: the operations' reference pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.operation import Operation, Result
from s3trail.matching import insight_selectors
from s3trail.matching.insight_selectors import INSIGHT_TYPES
from s3trail.services.cloudtrail import names
from s3trail.services.cloudtrail.errors import InvalidParameterException
from s3trail.services.cloudtrail.lookup import event, page_token, place_of
from s3trail.state.environment import Tx
from s3trail.state.views.history import INSIGHT_ATTRIBUTES, History
from s3trail.state.views.insights import PERIODS, InsightCounts, Series

__all__ = ["BLOCKING", "operations"]

BLOCKING = frozenset({"ListInsightsData", "ListInsightsMetricData"})
"""Operations that read views, which may wait for their writer; the gateway runs them in a thread pool."""

_MOST_EVENTS = 50
_MOST_VALUES = 21_600
_DEFAULT_PERIOD = 300


def operations(
    history: History, counts: Callable[[], InsightCounts], clock: Clock, history_days: int
) -> tuple[Operation, ...]:
    """The operations on insights.

    Args:
        history: holds Insights events.
        counts: opens the counts of calls, or gives them again.
        clock: the end of the time that is told of.
        history_days: older events aren't found.
    """

    def list_insights_data(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        trail = names.find(tx, call, params["InsightSource"])
        _one_of("DataType", params["DataType"], ("InsightsEvents",))
        attribute, value = _dimension(params.get("Dimensions") or {})
        start, end = _range(params)
        limit = params.get("MaxResults", _MOST_EVENTS)
        _check_count("MaxResults", limit, _MOST_EVENTS)
        asked = (call.caller.account_id, call.region, trail.arn, attribute, value, start, end)
        before = place_of(params.get("NextToken"), asked, InvalidParameterException)
        oldest = clock.now() - history_days * 86400.0
        page = history.lookup(
            call.caller.account_id,
            call.region,
            attribute=attribute,
            value=value,
            start=oldest if start is None else max(oldest, start),
            end=end,
            limit=limit,
            before=before,
            insight=True,
        )
        kept = [
            event(found)
            for found in page.events
            if insight_selectors.keeps(trail.rules.insight_selectors, found.fields)
        ]
        answer: dict[str, Any] = {"Events": kept}
        if page.before is not None:
            answer["NextToken"] = page_token(page.before, asked)
        return answer

    def list_insights_metric_data(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        trail = names.find(tx, call, params["TrailName"]) if params.get("TrailName") else None
        kind = _one_of("InsightType", params["InsightType"], INSIGHT_TYPES)
        error_code = params.get("ErrorCode") or ""
        if bool(error_code) is not (kind == "ApiErrorRateInsight"):
            raise InvalidParameterException(
                "ErrorCode is required for ApiErrorRateInsight, and can't be used with ApiCallRateInsight."
            )
        period = params.get("Period", _DEFAULT_PERIOD)
        if period not in PERIODS:
            raise InvalidParameterException(f"Value {period} for Period is invalid; it is 60, 300 or 3600.")
        fill = _one_of("DataType", params.get("DataType", "NonZeroData"), ("FillWithZeros", "NonZeroData"))
        limit = params.get("MaxResults", _MOST_VALUES)
        _check_count("MaxResults", limit, _MOST_VALUES)
        start, end = _metric_range(params, period, clock.now())
        source, name = params["EventSource"], params["EventName"]
        account_id = trail.account_id if trail is not None else call.caller.account_id
        asked = (account_id, call.region, kind, source, name, error_code, period, fill, params.get("EndTime"))
        token = params.get("NextToken")
        if token is not None:
            start = max(start, place_of(token, asked, InvalidParameterException) or 0)
        series = Series(account_id, call.region, kind, "", source, name, error_code)
        found = counts().values(series, period, start, end)
        times = range(start, end, period) if fill == "FillWithZeros" else list(found)
        answer: dict[str, Any] = {"EventSource": source, "EventName": name, "InsightType": kind}
        if trail is not None:
            answer["TrailARN"] = trail.arn
        if error_code:
            answer["ErrorCode"] = error_code
        answer["Timestamps"] = [float(at) for at in times[:limit]]
        answer["Values"] = [float(found.get(at, 0)) for at in times[:limit]]
        if len(times) > limit:
            answer["NextToken"] = page_token(times[limit], asked)
        return answer

    return (
        Operation("cloudtrail", "ListInsightsData", list_insights_data),
        Operation("cloudtrail", "ListInsightsMetricData", list_insights_metric_data),
    )


def _dimension(dimensions: dict[str, str]) -> tuple[str | None, str]:
    if not dimensions:
        return None, ""
    if len(dimensions) > 1:
        raise InvalidParameterException("Specify at most one of Dimensions.")
    name, value = next(iter(dimensions.items()))
    return _one_of("Dimensions", name, INSIGHT_ATTRIBUTES), value


def _one_of(member: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidParameterException(
            f"Value {value} for {member} is invalid; it is one of {', '.join(allowed)}."
        )
    return value


def _check_count(member: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise InvalidParameterException(f"{member} must be between 1 and {most}.")


def _range(params: dict[str, Any]) -> tuple[float | None, float | None]:
    start, end = params.get("StartTime"), params.get("EndTime")
    if start is not None and end is not None and start > end:
        raise InvalidParameterException("StartTime must not be later than EndTime.")
    return start, end


def _metric_range(params: dict[str, Any], period: int, now: float) -> tuple[int, int]:
    """Beginning and end in epoch seconds, whole spans of those that are kept."""
    start, end = _range(params)
    oldest = int(now) - PERIODS[period]
    begin = oldest if start is None else max(oldest, int(start))
    finish = int(now) if end is None else min(int(now), int(end))
    return begin // period * period, finish // period * period
