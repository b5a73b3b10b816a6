"""Group commit: changes and records are one, failures settle everybody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s3trail.journal import journal
from s3trail.journal.committer import Abandoned, Committer
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.errors import AuditUnavailable
from s3trail.state.environment import Environment, Tx


class _Work:
    """A work made of a function."""

    def __init__(self, do: Callable[[Tx], list[bytes]]) -> None:
        self.carry_out = do
        self.settled = threading.Event()
        self.error: AuditUnavailable | None = None

    def settle(self, error: AuditUnavailable | None) -> None:
        self.error = error
        self.settled.set()


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    opened = Environment(tmp_path)
    yield opened
    opened.close()


def _commit(environment: Environment, *works: _Work) -> None:
    committer = Committer(environment, FixedClock(1.0))
    for work in works:
        committer.submit(work)
    committer.start()
    committer.close()
    assert all(work.settled.is_set() for work in works)


def _records(environment: Environment) -> list[bytes]:
    with environment.read() as tx:
        return [entry.record for entry in journal.read(tx, 0)]


def _put(key: bytes) -> Callable[[Tx], list[bytes]]:
    def do(tx: Tx) -> list[bytes]:
        tx.put("config", key, b"1")
        return [b"put " + key]

    return do


def test_queued_works_become_one_block(environment: Environment) -> None:
    batches: list[tuple[int, int]] = []
    committer = Committer(
        environment, FixedClock(1.0), on_batch=lambda works, records, *_: batches.append((works, records))
    )
    works = [_Work(_put(b"k%d" % number)) for number in range(5)]
    for work in works:
        committer.submit(work)
    committer.start()
    committer.close()

    assert batches == [(5, 5)]
    assert len(_records(environment)) == 5


def test_an_abandoned_change_leaves_its_record_alone(environment: Environment) -> None:
    attempts = []

    def fails(tx: Tx) -> list[bytes]:
        attempts.append(1)
        if len(attempts) == 1:
            tx.put("config", b"half", b"1")
            raise Abandoned
        return [b"failed"]

    _commit(environment, _Work(_put(b"before")), _Work(fails), _Work(_put(b"after")))

    assert _records(environment) == [b"put before", b"failed", b"put after"]
    with environment.read() as tx:
        assert tx.get("config", b"half") is None
        assert tx.get("config", b"before") == b"1"
        assert tx.get("config", b"after") == b"1"


def test_a_fault_settles_the_batch_with_an_error_and_changes_nothing(environment: Environment) -> None:
    def breaks(_tx: Tx) -> list[bytes]:
        raise RuntimeError("a fault")

    good, bad = _Work(_put(b"k")), _Work(breaks)
    _commit(environment, good, bad)

    assert good.error is not None
    assert bad.error is not None
    assert _records(environment) == []
    with environment.read() as tx:
        assert tx.get("config", b"k") is None


def test_goes_on_after_a_fault(environment: Environment) -> None:
    def breaks(_tx: Tx) -> list[bytes]:
        raise RuntimeError("a fault")

    committer = Committer(environment, FixedClock(1.0))
    committer.start()
    bad, good = _Work(breaks), _Work(_put(b"k"))
    committer.submit(bad)
    assert bad.settled.wait(10)
    committer.submit(good)
    committer.close()

    assert good.error is None
    assert _records(environment) == [b"put k"]


def test_calls_what_follows_a_commit_once_it_is_durable(environment: Environment) -> None:
    seen: list[int] = []

    def do(tx: Tx) -> list[bytes]:
        def look() -> None:
            with environment.read() as later:
                seen.append(journal.head(later))

        tx.after_commit.append(look)
        return [b"r"]

    _commit(environment, _Work(do))

    assert seen == [1]
