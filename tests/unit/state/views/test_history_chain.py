"""The hash chain of the Event history: what it proves, across retention, repeats and adopted events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3trail.state.views.history import History, Stored
from tests.unit.records import ACCOUNT, NOW, encoded, record


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    view = History(tmp_path / "history.sqlite")
    yield view
    view.close()


def _fill(history: History, *times: float) -> None:
    position = history.position()
    entries = [(position + 1 + at, encoded(record(time=time))) for at, time in enumerate(times)]
    history.append(entries, position + len(times))


def test_an_empty_history_is_good(history: History) -> None:
    proof = history.verify()
    assert (proof.ok, proof.events, proof.head_link) == (True, 0, "00" * 32)


def test_shows_each_event_in_the_order_of_the_journal(history: History) -> None:
    _fill(history, NOW + 5, NOW, NOW + 3)
    seen: list[int] = []

    def see(event: Stored) -> str:
        seen.append(event.sequence)
        return ""

    assert history.verify(see).ok
    assert seen == [1, 2, 3]


def test_says_what_the_reader_says(history: History) -> None:
    _fill(history, NOW, NOW)
    proof = history.verify(lambda event: "not mine" if event.sequence == 2 else "")
    assert (proof.ok, proof.events, proof.problem, proof.at) == (False, 1, "not mine", 2)


def test_retention_leaves_a_provable_chain(history: History) -> None:
    _fill(history, NOW, NOW + 1, NOW + 2, NOW + 3)
    head = history.verify().head_link
    assert history.prune(NOW + 2) == 2
    proof = history.verify()
    assert (proof.ok, proof.events, proof.head_link) == (True, 2, head)
    _fill(history, NOW + 4)
    assert history.verify().ok
    assert history.prune(NOW + 100) == 3
    assert history.verify().ok


def test_an_older_event_goes_with_the_one_before_it(history: History) -> None:
    _fill(history, NOW + 10, NOW, NOW + 20)
    assert history.prune(NOW + 5) == 0
    assert history.prune(NOW + 15) == 2
    assert history.verify().events == 1


def test_the_floor_never_sinks(history: History) -> None:
    _fill(history, NOW, NOW + 10, NOW + 20)
    history.prune(NOW + 15)
    history.prune(NOW + 5)
    assert history.floor() == NOW + 15


def test_adopted_events_come_before_the_journal(history: History) -> None:
    older = [encoded(record("Older", time=NOW - 100 + at)) for at in range(3)]
    assert history.adopt([*older, encoded(record("Data", category="Data"))]) == 3
    _fill(history, NOW)
    proof = history.verify()
    assert (proof.ok, proof.events, proof.position) == (True, 4, 1)
    assert len(history.lookup(ACCOUNT, "us-east-1").events) == 4
    with pytest.raises(ValueError, match="isn't empty"):
        history.adopt(older)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(2, 12),
    pruned=st.integers(0, 11),
    victim=st.integers(0, 11),
    deed=st.sampled_from(["record", "link", "id", "sequence", "type", "gone"]),
)
def test_no_change_goes_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, count: int, pruned: int, victim: int, deed: str
) -> None:
    path = tmp_path_factory.mktemp("chain") / "history.sqlite"
    history = History(path)
    _fill(history, *[NOW + at for at in range(count)])
    history.prune(NOW + min(pruned, count - 1))
    assert history.verify().ok
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER events_are_final")
        connection.execute("DROP TRIGGER events_are_kept")
        sequences = [row[0] for row in connection.execute("SELECT sequence FROM events ORDER BY sequence")]
        place = sequences[victim % len(sequences)]
        statement = {
            "record": "UPDATE events SET record = record || x'00' WHERE sequence = ?",
            "link": "UPDATE events SET link = zeroblob(32) WHERE sequence = ?",
            "id": "UPDATE events SET id = id - 1 WHERE sequence = ?",
            "sequence": "UPDATE events SET sequence = sequence + 100 WHERE sequence = ?",
            "type": "UPDATE events SET sequence = 'one' WHERE sequence = ?",
            "gone": "DELETE FROM events WHERE sequence = ?",
        }[deed]
        connection.execute(statement, (place,))
    connection.close()
    assert not history.verify().ok
    history.close()
