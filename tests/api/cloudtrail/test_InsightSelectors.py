"""PutInsightSelectors, GetInsightSelectors, ListInsightsData, ListInsightsMetricData on the wire."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused

SELECTORS = [{"InsightType": "ApiCallRateInsight", "EventCategories": ["Management"]}]


def test_puts_and_gets_selectors(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    put = cloudtrail.put_insight_selectors(TrailName=trail["Name"], InsightSelectors=SELECTORS)
    record = recorded(server, put, "PutInsightSelectors")
    assert put["InsightSelectors"] == SELECTORS
    assert record["readOnly"] is False
    assert record["requestParameters"]["trailName"] == trail["Name"]
    assert record["requestParameters"]["insightSelectors"][0]["insightType"] == "ApiCallRateInsight"
    got = cloudtrail.get_insight_selectors(TrailName=trail["Name"])
    assert got["TrailARN"] == trail["TrailARN"]
    assert got["InsightSelectors"] == SELECTORS
    assert recorded(server, got, "GetInsightSelectors")["readOnly"] is True
    assert cloudtrail.get_trail(Name=trail["Name"])["Trail"]["HasInsightSelectors"] is True


def test_says_that_insights_are_off(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    error = refused(
        cloudtrail.get_insight_selectors, "InsightNotEnabledException", 400, TrailName=trail["Name"]
    )
    recorded(server, error, "GetInsightSelectors")


def test_lists_no_insights_of_a_new_trail(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    answer = cloudtrail.list_insights_data(InsightSource=trail["TrailARN"], DataType="InsightsEvents")
    assert answer["Events"] == []
    recorded(server, answer, "ListInsightsData")


def test_gives_no_rates_of_an_api_that_nobody_calls(server: Server, cloudtrail: Any) -> None:
    answer = cloudtrail.list_insights_metric_data(
        EventSource="iam.amazonaws.com", EventName="CreateUser", InsightType="ApiCallRateInsight"
    )
    assert (answer["Timestamps"], answer["Values"]) == ([], [])
    recorded(server, answer, "ListInsightsMetricData")


def test_looks_up_insights(server: Server, cloudtrail: Any) -> None:
    answer = cloudtrail.lookup_events(EventCategory="insight")
    assert answer["Events"] == []
    assert recorded(server, answer, "LookupEvents")["requestParameters"]["eventCategory"] == "insight"
