"""The runner: it repeats failed steps, publishes status, drains on stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from s3trail.consumers.runner import Runner, statuses
from s3trail.journal import journal
from tests.unit.consumers.conftest import House
from tests.unit.records import record


class Counter:
    """A consumer that counts entries one by one."""

    name = "counter"

    def __init__(self, house: House) -> None:
        self.house = house
        self.taken = 0
        self.failing = False
        self.finished = False
        self.changed = threading.Condition()

    def position(self) -> int:
        return self.taken

    def lag(self, head: int) -> int:
        return head - self.taken

    def step(self) -> bool:
        with self.house.environment.read() as tx:
            head = journal.head(tx)
        if self.failing:
            raise OSError("no space left")
        with self.changed:
            took = self.taken < head
            self.taken += took
            self.changed.notify_all()
        return took

    def finish(self) -> None:
        self.finished = True

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, timeout=10)


@pytest.fixture
def counter(house: House) -> Counter:
    return Counter(house)


def test_takes_what_is_journaled_and_finishes_on_stop(house: House, counter: Counter) -> None:
    runner = Runner(house.environment, [counter], house.clock)
    runner.start()
    house.journal(record(), record())
    runner.wake()
    counter.until(lambda: counter.taken == 2)
    house.journal(record())
    assert runner.stop()
    assert (counter.taken, counter.finished) == (3, True)
    with house.environment.read() as tx:
        status = statuses(tx)["counter"]
    assert (status.position, status.lag, status.lag_seconds, status.error) == (3, 0, 0.0, "")


def test_failing_step_is_told_and_repeated(
    house: House, counter: Counter, capfd: pytest.CaptureFixture[str]
) -> None:
    counter.failing = True
    house.journal(record())
    house.clock.advance(7)
    runner = Runner(house.environment, [counter], house.clock)
    runner.start()
    assert not runner.stop(patience=0.3)
    with house.environment.read() as tx:
        status = statuses(tx)["counter"]
    assert (status.position, status.lag, status.lag_seconds) == (0, 1, 7.0)
    assert (status.error, status.since) == ("OSError: no space left", house.clock.now())
    assert capfd.readouterr().err.count("consumer.failing") == 1


def test_recovery_clears_the_error(house: House, counter: Counter, capfd: pytest.CaptureFixture[str]) -> None:
    counter.failing = True
    house.journal(record())
    runner = Runner(house.environment, [counter], house.clock)
    runner.start()
    runner.stop(patience=0.2)
    counter.failing = False
    again = Runner(house.environment, [counter], house.clock)
    again.start()
    counter.until(lambda: counter.taken == 1)
    assert again.stop()
    with house.environment.read() as tx:
        assert statuses(tx)["counter"].error == ""
    assert capfd.readouterr().err.count("consumer.failing") == 1


def test_one_failing_consumer_does_not_hold_up_another(house: House, counter: Counter) -> None:
    bad = Counter(house)
    bad.failing = True
    bad.name = "bad"
    runner = Runner(house.environment, [bad, counter], house.clock)
    house.journal(record())
    runner.start()
    counter.until(lambda: counter.taken == 1)
    assert not runner.stop(patience=0.3)
    assert counter.finished
