"""Basic event selectors: what is refused, and what is kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3trail.matching.selectors import (
    DEFAULT_SELECTORS,
    InvalidEventSelectorsException,
    basic_categories,
    compile_basic,
    validate_basic,
)
from tests.unit.records import object_call, record


def _objects(*values: str) -> dict[str, Any]:
    return {
        "IncludeManagementEvents": False,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": list(values)}],
    }


def _kept(selectors: list[dict[str, Any]], fields: dict[str, Any]) -> bool:
    return compile_basic(validate_basic(selectors))(fields)


def test_fills_in_the_defaults() -> None:
    assert validate_basic([{}]) == list(DEFAULT_SELECTORS)


@pytest.mark.parametrize(
    ("selectors", "message"),
    [
        ([], "Specify a valid number of selectors (1 to 5) for your trail."),
        ([{}] * 6, "Specify a valid number of selectors (1 to 5) for your trail."),
        ([{"ReadWriteType": "read-only"}], "Value read-only for ReadWriteType is invalid."),
        (
            [{"IncludeManagementEvents": False}],
            (
                "Invalid combination of parameters in EventSelectors. "
                "When includeManagementEvents is false, DataResources must not be empty."
            ),
        ),
        (
            [{"ExcludeManagementEventSources": ["s3.amazonaws.com"]}],
            "Value s3.amazonaws.com for ExcludeManagementEventSources is invalid.",
        ),
        ([_objects("arn:aws:s3:::b")], "Value arn:aws:s3:::b for DataResources.Values is invalid."),
        ([_objects("arn:aws:s3:::b/*")], "Value arn:aws:s3:::b/* for DataResources.Values is invalid."),
        ([_objects("arn:aws:s3:::/k")], "Value arn:aws:s3:::/k for DataResources.Values is invalid."),
        (
            [_objects()],
            "Specify a valid number of DataResources.Values (0 to 250) for all your selectors",
        ),
        (
            [_objects(*[f"arn:aws:s3:::b/{at}" for at in range(126)])] * 2,
            "Specify a valid number of DataResources.Values (0 to 250) for all your selectors",
        ),
        (
            [{"DataResources": [{"Type": "AWS::SQS::Queue", "Values": ["arn:aws:sqs"]}]}],
            "Value AWS::SQS::Queue for DataResources.Type is invalid.",
        ),
    ],
)
def test_refuses(selectors: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InvalidEventSelectorsException) as refused:
        validate_basic(selectors)
    assert refused.value.message == message
    assert refused.value.status == 400


def test_exclusion_needs_management_events() -> None:
    selector = _objects("arn:aws:s3") | {"ExcludeManagementEventSources": ["kms.amazonaws.com"]}
    with pytest.raises(InvalidEventSelectorsException, match="ExcludeManagementEventSources must be empty"):
        validate_basic([selector])


def test_takes_250_values_split_over_selectors() -> None:
    values = [f"arn:aws:s3:::b/{at}" for at in range(50)]
    assert len(validate_basic([_objects(*values)] * 5)) == 5


def test_default_keeps_management_events_alone() -> None:
    keeps = compile_basic(DEFAULT_SELECTORS)
    assert keeps(record())
    assert not keeps(object_call("GetObject", "b", "k"))
    assert not keeps(record(category="Insight"))


def test_read_write_type_applies_to_both_kinds() -> None:
    selector = {
        "ReadWriteType": "ReadOnly",
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
    }
    assert _kept([selector], record(read_only=True))
    assert not _kept([selector], record(read_only=False))
    assert _kept([selector], object_call("GetObject", "b", "k", read_only=True))
    assert not _kept([selector], object_call("PutObject", "b", "k"))


def test_excluded_source_is_dropped() -> None:
    selector = {"ExcludeManagementEventSources": ["kms.amazonaws.com"]}
    assert not _kept([selector], record("Decrypt", source="kms.amazonaws.com"))
    assert _kept([selector], record())


@pytest.mark.parametrize(
    ("value", "key", "kept"),
    [
        ("arn:aws:s3", "x", True),
        ("arn:aws:s3:::", "x", True),
        ("arn:aws:s3:::b/", "x", True),
        ("arn:aws:s3:::b/my-images", "my-images/x", True),
        ("arn:aws:s3:::b/my-images", "my-images2/x", True),
        ("arn:aws:s3:::b/my-images", "other", False),
        ("arn:aws:s3:::c/", "x", False),
    ],
)
def test_object_value_is_a_plain_prefix(value: str, key: str, kept: bool) -> None:
    assert _kept([_objects(value)], object_call("GetObject", "b", key)) is kept


def test_listing_is_kept_by_its_prefix() -> None:
    listing = record(
        "ListObjects",
        category="Data",
        resources=[{"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b/"}],
    )
    assert _kept([_objects("arn:aws:s3:::b/")], listing)
    assert not _kept([_objects("arn:aws:s3:::b/logs")], listing)


def test_all_objects_take_calls_on_absent_buckets() -> None:
    assert _kept([_objects("arn:aws:s3")], record("GetObject", category="Data"))
    assert not _kept([_objects("arn:aws:s3:::logs/")], record("GetObject", category="Data"))


def test_categories_name_what_can_be_kept() -> None:
    assert basic_categories(DEFAULT_SELECTORS) == {"Management"}
    assert basic_categories(validate_basic([_objects("arn:aws:s3")])) == {"Data"}


_ARNS = st.sampled_from(
    [
        "arn:aws:s3",
        "arn:aws:s3:::",
        "arn:aws:s3:::a/",
        "arn:aws:s3:::a/x",
        "arn:aws:s3:::b/",
        "arn:aws:s3:::b/x/y",
    ]
)
_SELECTOR = st.fixed_dictionaries(
    {"ReadWriteType": st.sampled_from(["All", "ReadOnly", "WriteOnly"])},
    optional={
        "DataResources": st.lists(
            st.lists(_ARNS, min_size=1, max_size=3).map(
                lambda values: {"Type": "AWS::S3::Object", "Values": values}
            ),
            max_size=2,
        ),
        "ExcludeManagementEventSources": st.just(["kms.amazonaws.com"]),
    },
)
_EVENTS = st.one_of(
    st.builds(
        record,
        source=st.sampled_from(["s3.amazonaws.com", "kms.amazonaws.com"]),
        read_only=st.booleans(),
    ),
    st.builds(
        object_call,
        st.just("GetObject"),
        st.sampled_from(["a", "b", "ab"]),
        st.sampled_from(["x", "x/y", "xy/z", "y"]),
        read_only=st.booleans(),
    ),
)


def _naive(selector: dict[str, Any], fields: dict[str, Any]) -> bool:
    wanted = {"ReadOnly": [True], "WriteOnly": [False], "All": [True, False]}[selector["ReadWriteType"]]
    if fields["readOnly"] not in wanted:
        return False
    if fields["managementEvent"]:
        return fields["eventSource"] not in selector.get("ExcludeManagementEventSources", [])
    arn = fields["resources"][0]["ARN"]
    return any(
        arn.startswith(value)
        for resource in selector.get("DataResources", [])
        for value in resource["Values"]
    )


@given(st.lists(_SELECTOR, min_size=1, max_size=3), _EVENTS)
def test_agrees_with_a_naive_reading(selectors: list[dict[str, Any]], fields: dict[str, Any]) -> None:
    assert _kept(selectors, fields) is any(_naive(selector, fields) for selector in selectors)
