"""PutInsightSelectors, GetInsightSelectors, ListInsightsData, ListInsightsMetricData."""

from __future__ import annotations

from typing import Any

import pytest

from s3trail.state.views.insights import Series
from tests.unit.records import ACCOUNT, NOW, encoded
from tests.unit.services.cloudtrail.conftest import CloudTrail

CALL_RATE = {"InsightType": "ApiCallRateInsight"}
ERROR_RATE = {"InsightType": "ApiErrorRateInsight", "EventCategories": ["Management"]}
ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"


def _put(cloudtrail: CloudTrail, *selectors: dict[str, Any]) -> Any:
    return cloudtrail.call("PutInsightSelectors", {"TrailName": "main", "InsightSelectors": list(selectors)})


def _insight(number: int, kind: str = "ApiCallRateInsight", name: str = "CreateUser") -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventTime": "2027-01-15T08:00:00Z",
        "awsRegion": "us-east-1",
        "eventID": f"00000000-0000-4000-8000-{number:012}",
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": ACCOUNT,
        "sharedEventID": "11111111-0000-4000-8000-000000000000",
        "insightDetails": {
            "state": "Start",
            "eventSource": "iam.amazonaws.com",
            "eventName": name,
            "insightType": kind,
        },
        "eventCategory": "Insight",
    }


def _journaled(cloudtrail: CloudTrail, *insights: dict[str, Any]) -> None:
    cloudtrail.history.append([(at, encoded(each)) for at, each in enumerate(insights, 1)], len(insights))


def test_keeps_selectors_with_their_defaults(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    answer = _put(cloudtrail, CALL_RATE, ERROR_RATE)
    assert answer["TrailARN"] == ARN
    assert answer["InsightSelectors"] == [CALL_RATE | {"EventCategories": ["Management"]}, ERROR_RATE]
    assert cloudtrail.call("GetInsightSelectors", {"TrailName": ARN}) == answer
    assert cloudtrail.call("GetTrail", {"Name": "main"})["Trail"]["HasInsightSelectors"] is True


def test_an_empty_list_switches_insights_off(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    _put(cloudtrail, CALL_RATE)
    assert _put(cloudtrail)["InsightSelectors"] == []
    code, message = cloudtrail.error("GetInsightSelectors", {"TrailName": "main"})
    assert code == "InsightNotEnabledException"
    assert message == (
        f"Trail {ARN} does not have Insights enabled. "
        "Edit the trail settings to enable Insights, and then try the operation again."
    )
    assert cloudtrail.call("GetTrail", {"Name": "main"})["Trail"]["HasInsightSelectors"] is False


@pytest.mark.parametrize(
    ("selectors", "named"),
    [
        ([{"InsightType": "Moods"}], "Moods"),
        ([{}], "None"),
        ([CALL_RATE, CALL_RATE], "ApiCallRateInsight"),
        ([CALL_RATE | {"EventCategories": ["NetworkActivity"]}], "NetworkActivity"),
        ([CALL_RATE | {"EventCategories": ["Data"]}], "data"),
    ],
)
def test_refuses_selectors(cloudtrail: CloudTrail, selectors: list[dict[str, Any]], named: str) -> None:
    cloudtrail.create()
    params = {"TrailName": "main", "InsightSelectors": selectors}
    code, message = cloudtrail.error("PutInsightSelectors", params)
    assert code == "InvalidInsightSelectorsException"
    assert named in message


def test_call_rates_need_write_events(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    reads = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": []}]
    cloudtrail.call("PutEventSelectors", {"TrailName": "main", "EventSelectors": reads})
    params = {"TrailName": "main", "InsightSelectors": [CALL_RATE]}
    assert cloudtrail.error("PutInsightSelectors", params)[0] == "InvalidInsightSelectorsException"
    _put(cloudtrail, ERROR_RATE)


def test_advanced_selectors_count_too(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    data = {
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        ]
    }
    cloudtrail.call("PutEventSelectors", {"TrailName": "main", "AdvancedEventSelectors": [data]})
    _put(cloudtrail, CALL_RATE | {"EventCategories": ["Data"]})
    params = {"TrailName": "main", "InsightSelectors": [CALL_RATE]}
    assert cloudtrail.error("PutInsightSelectors", params)[0] == "InvalidInsightSelectorsException"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "InvalidParameterException"),
        ({"TrailName": "main", "EventDataStore": "x"}, "InvalidParameterCombinationException"),
        ({"EventDataStore": "x"}, "UnsupportedOperationException"),
        ({"TrailName": "nobody"}, "TrailNotFoundException"),
        ({"TrailName": "x"}, "InvalidTrailNameException"),
        ({"TrailName": "arn:aws:s3:::x"}, "CloudTrailARNInvalidException"),
    ],
)
@pytest.mark.parametrize("operation", ["PutInsightSelectors", "GetInsightSelectors"])
def test_names_what_is_wrong(
    cloudtrail: CloudTrail, operation: str, params: dict[str, Any], code: str
) -> None:
    assert cloudtrail.error(operation, {"InsightSelectors": [CALL_RATE]} | params)[0] == code


def test_changes_belong_to_the_home_region(cloudtrail: CloudTrail) -> None:
    cloudtrail.create(IsMultiRegionTrail=True)
    params = {"TrailName": "main", "InsightSelectors": [CALL_RATE]}
    code, _ = cloudtrail.error("PutInsightSelectors", params, region="eu-west-1")
    assert code == "InvalidHomeRegionException"


def test_lookup_finds_insights_by_category(cloudtrail: CloudTrail) -> None:
    _journaled(cloudtrail, _insight(1), _insight(2, name="DeleteUser"))
    found = cloudtrail.call("LookupEvents", {"EventCategory": "insight"})["Events"]
    assert [each["EventName"] for each in found] == ["DeleteUser", "CreateUser"]
    assert found[0]["EventSource"] == "iam.amazonaws.com"
    by_name = {"AttributeKey": "EventName", "AttributeValue": "CreateUser"}
    params = {"EventCategory": "insight", "LookupAttributes": [by_name]}
    assert [each["EventName"] for each in cloudtrail.call("LookupEvents", params)["Events"]] == ["CreateUser"]
    assert cloudtrail.call("LookupEvents", {})["Events"] == []


@pytest.mark.parametrize("attribute", ["Username", "ReadOnly", "AccessKeyId", "ResourceName"])
def test_insights_have_three_attributes(cloudtrail: CloudTrail, attribute: str) -> None:
    asked = [{"AttributeKey": attribute, "AttributeValue": "x"}]
    code, _ = cloudtrail.error("LookupEvents", {"EventCategory": "insight", "LookupAttributes": asked})
    assert code == "InvalidLookupAttributesException"


def test_lists_insights_of_a_trail(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    _put(cloudtrail, CALL_RATE)
    _journaled(cloudtrail, _insight(1), _insight(2, kind="ApiErrorRateInsight"), _insight(3))
    params: dict[str, Any] = {"InsightSource": ARN, "DataType": "InsightsEvents"}
    found = cloudtrail.call("ListInsightsData", params)["Events"]
    assert [each["EventId"][-1] for each in found] == ["3", "1"]
    params |= {"Dimensions": {"EventId": found[0]["EventId"]}}
    assert len(cloudtrail.call("ListInsightsData", params)["Events"]) == 1


def test_pages_through_insights(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    _put(cloudtrail, CALL_RATE)
    _journaled(cloudtrail, *[_insight(number) for number in range(1, 6)])
    params: dict[str, Any] = {"InsightSource": ARN, "DataType": "InsightsEvents", "MaxResults": 2}
    found = []
    while True:
        page = cloudtrail.call("ListInsightsData", params)
        found += [each["EventId"][-1] for each in page["Events"]]
        if "NextToken" not in page:
            break
        params["NextToken"] = page["NextToken"]
    assert found == ["5", "4", "3", "2", "1"]
    params["Dimensions"] = {"EventName": "CreateUser"}
    assert cloudtrail.error("ListInsightsData", params)[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    "wrong",
    [
        {"DataType": "Weather"},
        {"Dimensions": {"EventId": "a", "EventName": "b"}},
        {"Dimensions": {"Username": "a"}},
        {"MaxResults": 51},
        {"StartTime": NOW, "EndTime": NOW - 1},
        {"NextToken": "%%%"},
    ],
)
def test_refuses_questions_about_insights(cloudtrail: CloudTrail, wrong: dict[str, Any]) -> None:
    cloudtrail.create()
    params = {"InsightSource": ARN, "DataType": "InsightsEvents"} | wrong
    assert cloudtrail.error("ListInsightsData", params)[0] == "InvalidParameterException"


METRIC = {"EventSource": "iam.amazonaws.com", "EventName": "CreateUser", "InsightType": "ApiCallRateInsight"}


def _counted(cloudtrail: CloudTrail) -> int:
    series = Series(
        ACCOUNT, "us-east-1", "ApiCallRateInsight", "Management", "iam.amazonaws.com", "CreateUser"
    )
    first = int(NOW) // 3600 * 60 - 60
    cloudtrail.counts.add({(series, first): 3, (series, first + 2): 4, (series, first + 7): 5}, {}, 1)
    return first * 60


def test_gives_calls_by_span_of_time(cloudtrail: CloudTrail) -> None:
    begin = _counted(cloudtrail)
    answer = cloudtrail.call("ListInsightsMetricData", METRIC | {"Period": 60})
    assert answer["Timestamps"] == [begin, begin + 120, begin + 420]
    assert answer["Values"] == [3.0, 4.0, 5.0]
    assert cloudtrail.call("ListInsightsMetricData", METRIC)["Values"] == [7.0, 5.0]
    assert cloudtrail.call("ListInsightsMetricData", METRIC | {"Period": 3600})["Values"] == [12.0]


def test_fills_with_zeros_and_pages(cloudtrail: CloudTrail) -> None:
    begin = _counted(cloudtrail)
    params = METRIC | {
        "Period": 60,
        "DataType": "FillWithZeros",
        "StartTime": float(begin),
        "EndTime": begin + 300.0,
        "MaxResults": 3,
    }
    first = cloudtrail.call("ListInsightsMetricData", params)
    assert first["Values"] == [3.0, 0.0, 4.0]
    second = cloudtrail.call("ListInsightsMetricData", params | {"NextToken": first["NextToken"]})
    assert second["Values"] == [0.0, 0.0]
    assert second["Timestamps"] == [begin + 180, begin + 240]
    assert "NextToken" not in second


@pytest.mark.parametrize(
    "wrong",
    [
        {"Period": 61},
        {"InsightType": "ApiErrorRateInsight"},
        {"ErrorCode": "AccessDenied"},
        {"InsightType": "Moods"},
        {"DataType": "Some"},
        {"MaxResults": 0},
        {"StartTime": NOW, "EndTime": NOW - 1},
        {"NextToken": "abc"},
    ],
)
def test_refuses_questions_about_rates(cloudtrail: CloudTrail, wrong: dict[str, Any]) -> None:
    assert cloudtrail.error("ListInsightsMetricData", METRIC | wrong)[0] == "InvalidParameterException"
