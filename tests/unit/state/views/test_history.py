"""The Event history view: order, attributes, paging, exactly once, immutability, retention."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3trail.state.views.history import ATTRIBUTES, History
from tests.unit.records import ACCOUNT, NOW, OTHER_ACCOUNT, encoded, object_call, record


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    view = History(tmp_path / "views" / "history.sqlite")
    yield view
    view.close()


def _fill(history: History, *events: dict[str, Any]) -> None:
    position = history.position()
    entries = [(position + 1 + at, encoded(event)) for at, event in enumerate(events)]
    history.append(entries, position + len(events))


def _names(history: History, **search: Any) -> list[str]:
    page = history.lookup(search.pop("account", ACCOUNT), search.pop("region", "us-east-1"), **search)
    return [event.fields["eventName"] for event in page.events]


def test_gives_the_newest_first_and_the_later_entry_within_a_second(history: History) -> None:
    _fill(
        history,
        record("Second", time=NOW + 1),
        record("First", time=NOW),
        record("Third", time=NOW + 1),
    )
    assert _names(history) == ["Third", "Second", "First"]


def test_keeps_the_record_as_received(history: History) -> None:
    event = encoded(record())
    history.append([(1, event)], 1)
    assert history.lookup(ACCOUNT, "us-east-1").events[0].record == event


def test_tells_accounts_and_regions_apart(history: History) -> None:
    _fill(
        history, record("Here"), record("There", region="eu-west-1"), record("Theirs", account=OTHER_ACCOUNT)
    )
    assert _names(history) == ["Here"]
    assert _names(history, region="eu-west-1") == ["There"]
    assert _names(history, account=OTHER_ACCOUNT) == ["Theirs"]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("EventId", "1111aaaa-2222-4333-8444-5555bbbb5555"),
        ("EventName", "DeleteUser"),
        ("ReadOnly", "true"),
        ("Username", "session-1"),
        ("ResourceType", "AWS::IAM::User"),
        ("ResourceName", "bob"),
        ("EventSource", "iam.amazonaws.com"),
        ("AccessKeyId", "ASIAIOSFODNN7EXAMPLE"),
    ],
)
def test_finds_by_attribute(history: History, attribute: str, value: str) -> None:
    wanted = record(
        "DeleteUser",
        source="iam.amazonaws.com",
        read_only=True,
        event_id="1111aaaa-2222-4333-8444-5555bbbb5555",
        request={"userName": "bob"},
        identity={
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEEXAMPLE12:session-1",
            "accountId": ACCOUNT,
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        },
    )
    _fill(history, record("Before"), wanted, record("After"))
    assert _names(history, attribute=attribute, value=value) == ["DeleteUser"]
    assert _names(history, attribute=attribute, value=value.swapcase()) == []
    assert _names(history, attribute=attribute, value=value, account=OTHER_ACCOUNT) == []


def test_time_range_is_inclusive(history: History) -> None:
    _fill(history, *[record(f"At{at}", time=NOW + at) for at in range(4)])
    assert _names(history, start=NOW + 1, end=NOW + 2) == ["At2", "At1"]
    assert _names(history, start=NOW + 0.5, end=NOW + 1.5) == ["At1"]
    assert _names(history, start=NOW + 9) == []
    assert _names(history, end=1e300) == ["At3", "At2", "At1", "At0"]


def test_finds_an_event_id_in_any_block_of_time(history: History) -> None:
    events = [record(f"At{at}", time=NOW - at * 7200) for at in range(40)]
    _fill(history, *events)
    for at, event in enumerate(events):
        assert _names(history, attribute="EventId", value=event["eventID"]) == [f"At{at}"]


def test_pages_follow_each_other(history: History) -> None:
    _fill(history, *[record(f"At{at}", time=NOW + at // 3) for at in range(10)])
    found, before = [], None
    while True:
        page = history.lookup(ACCOUNT, "us-east-1", limit=3, before=before)
        found += [event.fields["eventName"] for event in page.events]
        before = page.before
        if before is None:
            break
    assert found == [f"At{at}" for at in reversed(range(10))]


def test_leaves_out_data_events_unless_told(tmp_path: Path, history: History) -> None:
    _fill(history, object_call("GetObject", "b", "k"), record())
    assert _names(history) == ["CreateBucket"]
    assert history.position() == 2
    full = History(tmp_path / "full.sqlite", data_events=True)
    _fill(full, object_call("GetObject", "b", "k"), record())
    assert _names(full, attribute="ResourceName", value="arn:aws:s3:::b/k") == ["GetObject"]
    full.close()


def test_text_that_looks_like_a_category_fools_nobody(history: History) -> None:
    _fill(history, object_call("GetObject", "b", "k", eventContext={"eventCategory": "Management"}))
    assert _names(history) == []


def test_repeated_entries_are_passed_over(history: History) -> None:
    entries = [(at, encoded(record(f"At{at}", time=NOW + at))) for at in range(1, 6)]
    assert history.append(entries[:3], 3) == 3
    assert history.append(entries[:3], 3) == 0
    assert history.append(entries, 5) == 2
    assert _names(history) == ["At5", "At4", "At3", "At2", "At1"]


def test_position_and_events_survive_reopening(tmp_path: Path, history: History) -> None:
    _fill(history, record())
    history.close()
    again = History(tmp_path / "views" / "history.sqlite")
    assert again.position() == 1
    assert _names(again) == ["CreateBucket"]
    again.close()


def test_events_can_not_be_changed_or_deleted(tmp_path: Path, history: History) -> None:
    _fill(history, record())
    with sqlite3.connect(tmp_path / "views" / "history.sqlite") as connection:
        for statement in ("UPDATE events SET record = x'00'", "DELETE FROM events"):
            with pytest.raises(sqlite3.IntegrityError, match="immutable"):
                connection.execute(statement)
    connection.close()


def test_prune_removes_what_is_older_with_its_postings(tmp_path: Path, history: History) -> None:
    _fill(history, *[record(f"At{at}", time=NOW + at) for at in range(10)])
    assert history.prune(NOW + 6, limit=4) == 4
    assert history.prune(NOW + 6, limit=4) == 2
    assert history.prune(NOW + 6, limit=4) == 0
    assert _names(history) == ["At9", "At8", "At7", "At6"]
    with sqlite3.connect(tmp_path / "views" / "history.sqlite") as connection:
        orphans = connection.execute("SELECT count(*) FROM postings WHERE id NOT IN (SELECT id FROM events)")
        assert orphans.fetchone() == (0,)
    connection.close()


def test_clear_begins_anew(history: History) -> None:
    _fill(history, record())
    history.clear()
    assert history.position() == 0
    assert _names(history) == []


_SEARCH = st.fixed_dictionaries(
    {"limit": st.integers(1, 4)},
    optional={
        "start": st.integers(0, 6).map(lambda at: NOW + at),
        "end": st.integers(0, 6).map(lambda at: NOW + at),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 6), st.booleans()), max_size=12),
    st.sampled_from([None, *ATTRIBUTES]),
    _SEARCH,
)
def test_agrees_with_a_list(
    history: History, calls: list[tuple[str, int, bool]], attribute: str | None, search: dict[str, Any]
) -> None:
    history.clear()
    events = [
        record(name, time=NOW + at, read_only=read, event_id=f"id-{number}")
        for number, (name, at, read) in enumerate(calls)
    ]
    _fill(history, *events)
    value_of = {
        None: lambda event: "",
        "EventId": lambda event: event["eventID"],
        "EventName": lambda event: event["eventName"],
        "ReadOnly": lambda event: "true" if event["readOnly"] else "false",
        "Username": lambda event: "alice",
        "ResourceType": lambda event: "AWS::S3::Bucket",
        "ResourceName": lambda event: "logs",
        "EventSource": lambda event: "s3.amazonaws.com",
        "AccessKeyId": lambda event: "AKIAIOSFODNN7EXAMPLE",
    }[attribute]
    for value in {value_of(event) for event in events}:
        expected = [
            event["eventID"]
            for _, _, event in sorted(
                ((event["eventTime"], at, event) for at, event in enumerate(events)),
                key=lambda row: row[:2],
                reverse=True,
            )
            if value_of(event) == value
            and search.get("start", NOW)
            <= NOW + calls[int(event["eventID"][3:])][1]
            <= search.get("end", NOW + 6)
        ]
        found: list[str] = []
        before = None
        while True:
            page = history.lookup(
                ACCOUNT, "us-east-1", attribute=attribute, value=value, before=before, **search
            )
            found += [event.fields["eventID"] for event in page.events]
            before = page.before
            if before is None:
                break
        assert found == expected
