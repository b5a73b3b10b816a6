"""PutEventConfiguration, GetEventConfiguration."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.services.cloudtrail.conftest import CloudTrail

AGGREGATION = {"Templates": ["API_ACTIVITY"], "EventCategory": "Data"}
TAGS = {"Type": "TagContext", "Equals": ["team"]}


def _put(cloudtrail: CloudTrail, **params: Any) -> Any:
    return cloudtrail.call("PutEventConfiguration", {"TrailName": "main", **params})


def test_a_new_trail_has_the_standard(cloudtrail: CloudTrail) -> None:
    arn = cloudtrail.create()["TrailARN"]
    assert cloudtrail.call("GetEventConfiguration", {"TrailName": "main"}) == {
        "TrailARN": arn,
        "MaxEventSize": "Standard",
        "ContextKeySelectors": [],
        "AggregationConfigurations": [],
    }


def test_members_that_are_not_given_stay(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    _put(cloudtrail, MaxEventSize="Large", ContextKeySelectors=[TAGS])
    answer = _put(cloudtrail, AggregationConfigurations=[AGGREGATION])
    assert (answer["MaxEventSize"], answer["ContextKeySelectors"]) == ("Large", [TAGS])
    assert answer["AggregationConfigurations"] == [AGGREGATION]
    assert cloudtrail.call("GetEventConfiguration", {"TrailName": answer["TrailARN"]}) == answer


def test_a_trail_of_the_same_name_begins_anew(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    _put(cloudtrail, MaxEventSize="Large")
    cloudtrail.call("DeleteTrail", {"Name": "main"})
    cloudtrail.create()
    assert cloudtrail.call("GetEventConfiguration", {"TrailName": "main"})["MaxEventSize"] == "Standard"


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({}, "MaxEventSize"),
        ({"MaxEventSize": "Huge"}, "Huge"),
        ({"MaxEventSize": "Large", "ContextKeySelectors": [{"Type": "Mood", "Equals": ["x"]}]}, "Mood"),
        ({"MaxEventSize": "Large", "ContextKeySelectors": [TAGS, TAGS]}, "TagContext"),
        ({"MaxEventSize": "Large", "ContextKeySelectors": [TAGS, TAGS, TAGS]}, "3"),
        ({"MaxEventSize": "Large", "ContextKeySelectors": [{"Type": "TagContext", "Equals": []}]}, "50"),
        ({"MaxEventSize": "Large", "ContextKeySelectors": [TAGS | {"Equals": ["x" * 129]}]}, "128"),
        ({"AggregationConfigurations": [AGGREGATION, AGGREGATION]}, "at most one"),
        ({"AggregationConfigurations": [AGGREGATION | {"EventCategory": "Management"}]}, "Management"),
        ({"AggregationConfigurations": [AGGREGATION | {"Templates": ["X"]}]}, "X"),
        ({"AggregationConfigurations": [AGGREGATION | {"Templates": []}]}, "Templates"),
    ],
)
def test_refuses_a_wrong_value(cloudtrail: CloudTrail, params: dict[str, Any], named: str) -> None:
    cloudtrail.create()
    code, message = cloudtrail.error("PutEventConfiguration", {"TrailName": "main"} | params)
    assert code == "InvalidParameterException"
    assert named in message


def test_context_keys_need_large_events(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    params = {"TrailName": "main", "ContextKeySelectors": [TAGS]}
    assert cloudtrail.error("PutEventConfiguration", params)[0] == "InvalidParameterCombinationException"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "InvalidParameterException"),
        ({"TrailName": "main", "EventDataStore": "x"}, "InvalidParameterCombinationException"),
        ({"EventDataStore": "x"}, "UnsupportedOperationException"),
        ({"TrailName": "nobody"}, "TrailNotFoundException"),
    ],
)
@pytest.mark.parametrize("operation", ["PutEventConfiguration", "GetEventConfiguration"])
def test_names_what_is_wrong(
    cloudtrail: CloudTrail, operation: str, params: dict[str, Any], code: str
) -> None:
    assert cloudtrail.error(operation, params)[0] == code


def test_changes_belong_to_the_home_region(cloudtrail: CloudTrail) -> None:
    cloudtrail.create(IsMultiRegionTrail=True)
    params = {"TrailName": "main", "MaxEventSize": "Large"}
    code, _ = cloudtrail.error("PutEventConfiguration", params, region="eu-west-1")
    assert code == "InvalidHomeRegionException"
