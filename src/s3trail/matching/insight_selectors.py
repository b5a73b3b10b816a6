"""Insight selectors: which unusual activity a trail tells of.

Input: the `InsightSelectors` member of PutInsightSelectors, later Insights records. Output: the same list
with defaults filled in, and decisions. Pure. Facts: PutInsightSelectors reference; CloudTrail User Guide,
"Working with CloudTrail Insights".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from s3trail.kernel.errors import AwsError

__all__ = ["INSIGHT_TYPES", "InvalidInsightSelectorsException", "keeps", "selects", "validate"]

INSIGHT_TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")
_CATEGORIES = ("Management", "Data")


class InvalidInsightSelectorsException(AwsError):
    """The selectors of PutInsightSelectors don't hold together; the message names what is wrong."""

    code = "InvalidInsightSelectorsException"
    status = 400
    message = "The Insights selectors are not valid."


def validate(selectors: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The selectors with AWS's defaults filled in; an empty list switches Insights off.

    Raises:
        InvalidInsightSelectorsException: a type or category that there isn't, or a type that is given twice.
    """
    filled: list[dict[str, Any]] = []
    for selector in selectors:
        kind = selector.get("InsightType")
        if kind not in INSIGHT_TYPES:
            raise InvalidInsightSelectorsException(f"Value {kind} for InsightType is invalid.")
        if any(each["InsightType"] == kind for each in filled):
            raise InvalidInsightSelectorsException(f"InsightType {kind} is given more than once.")
        categories = list(dict.fromkeys(selector.get("EventCategories") or ("Management",)))
        for category in categories:
            if category not in _CATEGORIES:
                raise InvalidInsightSelectorsException(f"Value {category} for EventCategories is invalid.")
        filled.append({"InsightType": kind, "EventCategories": categories})
    return tuple(filled)


def selects(selectors: Sequence[Mapping[str, Any]], insight_type: str, category: str) -> bool:
    """Whether validated selectors ask for a type of insight about events of a category."""
    return any(
        selector["InsightType"] == insight_type and category in selector["EventCategories"]
        for selector in selectors
    )


def keeps(selectors: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> bool:
    """Whether validated selectors keep an Insights record."""
    details = record.get("insightDetails") or {}
    category = details.get("sourceEventCategory", "Management")
    return selects(selectors, details.get("insightType", ""), category)
