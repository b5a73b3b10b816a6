"""Advanced event selectors: permitted fields, and how conditions are joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3trail.matching.advanced_selectors import advanced_categories, compile_advanced, validate_advanced
from s3trail.matching.selectors import InvalidEventSelectorsException
from tests.unit.records import object_call, record


def _selector(category: str, **fields: dict[str, list[str]]) -> dict[str, Any]:
    named = {"eventCategory": {"Equals": [category]}}
    if category == "Data":
        named["resources.type"] = {"Equals": ["AWS::S3::Object"]}
    named |= {name.replace("__", "."): operators for name, operators in fields.items()}
    return {"Name": "chosen", "FieldSelectors": [{"Field": name, **found} for name, found in named.items()]}


def _kept(selector: dict[str, Any], fields: dict[str, Any]) -> bool:
    return compile_advanced(validate_advanced([selector]))(fields)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ({"FieldSelectors": []}, "The following fields are required: [eventCategory]."),
        (
            {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]},
            "The following fields are required: [resources.type].",
        ),
        (_selector("Insight"), "Value Insight for eventCategory is invalid."),
        (
            _selector("Management", eventName={"Equals": ["CreateBucket"]}),
            "Field eventName is invalid for advanced event selectors with eventCategory Management.",
        ),
        (
            _selector("Management", eventSource={"Equals": ["kms.amazonaws.com"]}),
            "Operator Equals is invalid for field eventSource.",
        ),
        (
            _selector("Management", eventSource={"NotEquals": ["s3.amazonaws.com"]}),
            "Value s3.amazonaws.com for eventSource is invalid.",
        ),
        (_selector("Data", readOnly={"Equals": ["yes"]}), "Value yes for readOnly is invalid."),
        (_selector("Data", eventName={}), "Field eventName needs at least one operator."),
        (
            {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}] * 2},
            "Each field can be used only once in an advanced event selector.",
        ),
    ],
)
def test_refuses(selector: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidEventSelectorsException) as refused:
        validate_advanced([selector])
    assert refused.value.message == message


def test_refuses_more_than_500_values() -> None:
    selector = _selector("Data", eventName={"Equals": [f"Call{at}" for at in range(499)]})
    with pytest.raises(InvalidEventSelectorsException, match="the maximum is 500"):
        validate_advanced([selector])


def test_stores_what_was_put() -> None:
    selector = _selector("Data", eventName={"Equals": ["PutObject"], "NotEquals": ["GetObject"]})
    assert validate_advanced([selector]) == [selector]
    assert advanced_categories([selector]) == {"Data"}


def test_fields_are_joined_by_and() -> None:
    selector = _selector(
        "Data", eventName={"Equals": ["PutObject"]}, resources__ARN={"StartsWith": ["arn:aws:s3:::b/"]}
    )
    assert _kept(selector, object_call("PutObject", "b", "k"))
    assert not _kept(selector, object_call("GetObject", "b", "k"))
    assert not _kept(selector, object_call("PutObject", "c", "k"))


def test_selectors_are_joined_by_or() -> None:
    keeps = compile_advanced(validate_advanced([_selector("Management"), _selector("Data")]))
    assert keeps(record())
    assert keeps(object_call("GetObject", "b", "k"))


def test_bucket_of_an_object_call_is_not_its_resource() -> None:
    selector = _selector("Data", resources__ARN={"NotEquals": ["arn:aws:s3:::b"]})
    assert _kept(selector, object_call("GetObject", "b", "k"))


def test_missing_field_fails_selecting_and_passes_deselecting_operators() -> None:
    event = object_call("GetObject", "b", "k")
    assert not _kept(_selector("Data", sessionCredentialFromConsole={"Equals": ["true"]}), event)
    assert _kept(_selector("Data", sessionCredentialFromConsole={"NotEquals": ["true"]}), event)


def test_read_only_is_compared_as_text() -> None:
    selector = _selector("Management", readOnly={"Equals": ["true"]})
    assert _kept(selector, record(read_only=True))
    assert not _kept(selector, record(read_only=False))


_WORDS = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=2)
_CONDITION = st.dictionaries(
    st.sampled_from(["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"]),
    _WORDS,
    min_size=1,
)
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "Equals": lambda name, value: name == value,
    "StartsWith": lambda name, value: name.startswith(value),
    "EndsWith": lambda name, value: name.endswith(value),
}


@given(_CONDITION, st.text("ab", min_size=1, max_size=4))
def test_agrees_with_a_naive_reading(condition: dict[str, list[str]], name: str) -> None:
    def hits(operator: str) -> bool:
        test = _TESTS[operator.removeprefix("Not")]
        return any(test(name, value) for value in condition[operator])

    selecting = [operator for operator in condition if not operator.startswith("Not")]
    deselecting = [operator for operator in condition if operator.startswith("Not")]
    expected = not any(map(hits, deselecting)) and (not selecting or any(map(hits, selecting)))
    assert _kept(_selector("Data", eventName=condition), object_call(name, "b", "k")) is expected
