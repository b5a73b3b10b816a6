"""Records stay within CloudTrail's sizes, and no request is so odd that it has no record."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3trail.audit.exchange import Exchange
from s3trail.audit.limits import MAX_RECORD, cut, to_json
from s3trail.kernel.errors import AwsError

Record = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("text", ["a" * 5000, "ü" * 5000, "€" * 5000, "\U0001f600" * 5000])
def test_texts_are_cut_at_one_kilobyte_between_characters(text: str) -> None:
    short = cut(text)
    assert text.startswith(short)
    assert 1021 <= len(short.encode()) <= 1024


@pytest.mark.parametrize("text", ["", "a" * 1024, "ü" * 512, "\U0001f600" * 256])
def test_texts_of_one_kilobyte_stay_whole(text: str) -> None:
    assert cut(text) == text


def test_user_agent_and_errors_are_cut(record: Record) -> None:
    error = AwsError("m" * 2000, code="C" * 2000)
    written = record("GetObject", call={"user_agent": "u" * 2000}, result=None, error=error)
    assert written["userAgent"] == "[" + "u" * 1022 + "]"
    assert (len(written["errorCode"]), len(written["errorMessage"])) == (1024, 1024)


@pytest.mark.parametrize(
    ("member", "limit"),
    [
        ("requestParameters", 100 * 1024),
        ("responseElements", 100 * 1024),
        ("serviceEventDetails", 100 * 1024),
        ("additionalEventData", 28 * 1024),
    ],
)
def test_contents_over_their_limit_are_omitted(member: str, limit: int) -> None:
    fits = {"a": "x" * (limit - len('{"a":""}'))}
    assert json.loads(to_json({member: fits, "eventID": "e"})) == {member: fits, "eventID": "e"}
    over = {"a": fits["a"] + "x"}
    assert json.loads(to_json({member: over, "eventID": "e"})) == {
        member: {"omitted": True, "originalSize": limit + 1},
        "eventID": "e",
    }


def test_a_record_over_its_limit_gives_way_in_cloudtrails_order() -> None:
    full = {
        "userIdentity": {"sessionContext": "s" * 60_000},
        "errorMessage": "message",
        "requestParameters": {"a": "x" * 100_000},
        "responseElements": {"a": "y" * 100_000},
        "additionalEventData": {"a": "z" * 20_000},
        "requestID": "r",
    }
    text = to_json(dict(full))
    written = json.loads(text)
    assert len(text) <= MAX_RECORD
    assert written["requestID"] == ""
    assert written["additionalEventData"]["omitted"] is True
    assert written["requestParameters"] == full["requestParameters"]
    assert written["errorMessage"] == "message"


def test_bytes_that_are_no_text_are_replaced(record: Record) -> None:
    written = record("GetObject", call={"user_agent": b"caf\xe9".decode("utf-8", "surrogateescape")})
    assert written["userAgent"] == "[caf�]"


@pytest.mark.parametrize("value", [2**64, -(2**70), float("inf"), {1, 2}, object(), {3: "x"}])
def test_values_that_json_lacks_still_make_a_record(value: Any) -> None:
    assert "eventID" in json.loads(
        to_json({"requestParameters": {"a": value, "b": "\ud800"}, "eventID": "e"})
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=())), min_size=5, max_size=5),
    operation=st.sampled_from(["GetObject", "PutBucketTagging", "PutBucketPolicy", "", "CopyObject"]),
    body=st.binary(max_size=100),
)
def test_whatever_is_sent_there_is_one_record(
    exchange: Callable[..., Exchange],
    written: Callable[[Exchange], list[dict[str, Any]]],
    texts: list[str],
    operation: str,
    body: bytes,
) -> None:
    one, two, three, four, five = texts
    sent = exchange(
        operation,
        call={"user_agent": one, "host": two, "source_ip": three},
        params={"Bucket": four or "b", "Key": five},
        query=[("prefix", one), (two, three), ("acl", "")],
        headers={"x-amz-copy-source": four, "x-amz-acl": five},
        response_headers=[(one, two)],
        body=body,
        error=AwsError(one, code=two),
    )
    assert len(written(sent)) == 1
