"""PutEventSelectors, GetEventSelectors."""

from __future__ import annotations

from s3trail.matching.selectors import DEFAULT_SELECTORS
from tests.unit.records import ACCOUNT
from tests.unit.services.cloudtrail.conftest import CloudTrail

ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
ADVANCED = [{"Name": "m", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]


def _custom(cloudtrail: CloudTrail) -> bool:
    return bool(cloudtrail.call("GetTrail", {"Name": "main"})["Trail"]["HasCustomEventSelectors"])


def test_new_trail_has_the_default(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    expected = {"TrailARN": ARN, "EventSelectors": list(DEFAULT_SELECTORS)}
    assert cloudtrail.call("GetEventSelectors", {"TrailName": "main"}) == expected


def test_put_answers_with_what_get_gives(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    selector = {
        "ReadWriteType": "WriteOnly",
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::b/"]}],
    }
    put = cloudtrail.call("PutEventSelectors", {"TrailName": ARN, "EventSelectors": [selector]})
    filled = selector | {"IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
    assert put == {"TrailARN": ARN, "EventSelectors": [filled]}
    assert cloudtrail.call("GetEventSelectors", {"TrailName": "main"}) == put


def test_one_kind_replaces_the_other(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    put = cloudtrail.call("PutEventSelectors", {"TrailName": "main", "AdvancedEventSelectors": ADVANCED})
    assert put == {"TrailARN": ARN, "AdvancedEventSelectors": ADVANCED}
    assert _custom(cloudtrail)
    cloudtrail.call("PutEventSelectors", {"TrailName": "main", "EventSelectors": list(DEFAULT_SELECTORS)})
    assert "AdvancedEventSelectors" not in cloudtrail.call("GetEventSelectors", {"TrailName": "main"})
    assert not _custom(cloudtrail)


def test_refuses_both_kinds_and_none(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    both = {"TrailName": "main", "EventSelectors": [{}], "AdvancedEventSelectors": ADVANCED}
    assert cloudtrail.error("PutEventSelectors", both)[0] == "InvalidEventSelectorsException"
    assert cloudtrail.error("PutEventSelectors", {"TrailName": "main"}) == (
        "InvalidEventSelectorsException",
        "Specify a valid number of selectors (1 to 5) for your trail.",
    )


def test_shadow_shows_its_selectors_and_takes_none(cloudtrail: CloudTrail) -> None:
    cloudtrail.create(IsMultiRegionTrail=True)
    there = {"region": "eu-west-1"}
    assert cloudtrail.call("GetEventSelectors", {"TrailName": "main"}, **there)["TrailARN"] == ARN
    params = {"TrailName": "main", "EventSelectors": [{}]}
    assert cloudtrail.error("PutEventSelectors", params, **there)[0] == "InvalidHomeRegionException"
