"""The journal: order without gaps, search, retention, and what `verify` finds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3trail.journal import journal
from s3trail.state.environment import Environment


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    opened = Environment(tmp_path)
    yield opened
    opened.close()


def _fill(environment: Environment, *blocks: list[bytes], time: float = 1000.0) -> None:
    for number, records in enumerate(blocks):
        with environment.write() as tx:
            journal.append_all(tx, time + number, records)


def _sequences(environment: Environment, after: int = 0, limit: int | None = None) -> list[int]:
    with environment.read() as tx:
        return [entry.sequence for entry in journal.read(tx, after, limit)]


def test_an_empty_journal_verifies(environment: Environment) -> None:
    verdict = journal.verify(environment)

    assert verdict.ok
    assert verdict.entries == 0


def test_numbers_records_from_one_without_gaps(environment: Environment) -> None:
    _fill(environment, [b"a", b"bb"], [b"c"], [b"d", b"", b"e"])

    with environment.read() as tx:
        assert [(e.sequence, e.record) for e in journal.read(tx, 0)] == [
            (1, b"a"),
            (2, b"bb"),
            (3, b"c"),
            (4, b"d"),
            (5, b""),
            (6, b"e"),
        ]
        assert journal.head(tx) == 6
        assert journal.first(tx) == 1


def test_reads_from_the_middle_of_a_block(environment: Environment) -> None:
    _fill(environment, [b"a", b"b", b"c"], [b"d"])

    assert _sequences(environment, after=1) == [2, 3, 4]
    assert _sequences(environment, after=1, limit=2) == [2, 3]
    assert _sequences(environment, after=4) == []


def test_reads_back_newest_first(environment: Environment) -> None:
    _fill(environment, [b"a", b"b", b"c"], [b"d"])

    with environment.read() as tx:
        assert [e.sequence for e in journal.read_back(tx)] == [4, 3, 2, 1]
        assert [e.sequence for e in journal.read_back(tx, 3)] == [2, 1]
        assert list(journal.read_back(tx, 1)) == []


def test_finds_the_first_record_of_a_time(environment: Environment) -> None:
    _fill(environment, [b"a", b"b"], [b"c"], [b"d"], time=1000.0)

    with environment.read() as tx:
        assert journal.at_time(tx, 0) == 1
        assert journal.at_time(tx, 1000.5) == 3
        assert journal.at_time(tx, 1002.0) == 4
        assert journal.at_time(tx, 5000.0) == 5


def test_time_never_runs_backwards(environment: Environment) -> None:
    _fill(environment, [b"a"], time=2000.0)
    _fill(environment, [b"b"], time=1000.0)

    with environment.read() as tx:
        assert [e.time for e in journal.read(tx, 0)] == [2000.0, 2000.0]


def test_an_aborted_transaction_leaves_no_record(environment: Environment) -> None:
    _fill(environment, [b"a"])
    with pytest.raises(ZeroDivisionError), environment.write() as tx:
        journal.append(tx, 1.0, b"lost")
        raise ZeroDivisionError

    assert _sequences(environment) == [1]
    assert journal.verify(environment).ok


def test_retention_keeps_what_is_young_or_not_consumed(environment: Environment) -> None:
    _fill(environment, [b"a", b"b"], [b"c"], [b"d"], [b"e"], time=1000.0)

    with environment.write() as tx:
        assert journal.prune(tx, before_time=1002.5, keep_after=3) == 3

    assert _sequences(environment) == [4, 5]
    verdict = journal.verify(environment)
    assert verdict.ok
    assert (verdict.first, verdict.last) == (4, 5)


def _damage(environment: Environment, change: str) -> None:
    with environment.write() as tx:
        key = struct.pack(">Q", 4)
        value = tx.get("journal", key)
        assert value is not None
        if change == "alter":
            tx.put("journal", key, value[:-1] + b"!")
        elif change == "remove":
            tx.delete("journal", key)
        elif change == "cut the end":
            tx.delete("journal", struct.pack(">Q", 5))
        elif change == "write the end anew":
            tx.delete("journal", struct.pack(">Q", 5))
            journal.append(tx, 2000.0, b"E")
        elif change == "add":
            tx.put("journal", struct.pack(">Q", 6), value)
        elif change == "shorten":
            tx.put("journal", key, value[:10])


@pytest.mark.parametrize(
    ("change", "at", "words"),
    [
        ("alter", 3, "altered"),
        ("remove", 3, "missing"),
        ("cut the end", 5, "the journal ends at 4, but had 5"),
        ("write the end anew", 5, "aren't those that were there before"),
        ("add", 6, "missing"),
        ("shorten", 3, "cut short"),
    ],
)
def test_verify_names_the_place_of_damage(environment: Environment, change: str, at: int, words: str) -> None:
    _fill(environment, [b"a", b"b"], [b"c", b"d"], [b"e"])
    with environment.write() as tx:
        journal.witness(tx)
    _damage(environment, change)

    verdict = journal.verify(environment)

    assert not verdict.ok
    assert words in verdict.problem
    assert verdict.at == at


@given(
    st.lists(st.lists(st.binary(max_size=5000), min_size=1, max_size=8), max_size=8),
    st.integers(0, 40),
    st.integers(0, 10),
)
@settings(max_examples=30, deadline=None)
def test_behaves_like_a_list(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[list[bytes]], after: int, limit: int
) -> None:
    environment = Environment(tmp_path_factory.mktemp("journal"))
    try:
        _fill(environment, *blocks)
        flat = [record for block in blocks for record in block]
        with environment.read() as tx:
            assert [e.record for e in journal.read(tx, after, limit)] == flat[after : after + limit]
            assert [e.record for e in journal.read_back(tx)] == flat[::-1]
        assert journal.verify(environment).entries == len(flat)
    finally:
        environment.close()
