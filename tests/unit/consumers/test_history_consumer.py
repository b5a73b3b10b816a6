"""Journal to Event history: batches, restarts, retention."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from s3trail.consumers.history import HistoryConsumer
from s3trail.state.views.history import History
from tests.unit.consumers.conftest import House
from tests.unit.records import ACCOUNT, NOW, record


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    view = History(tmp_path / "views" / "history.sqlite")
    yield view
    view.close()


def _count(history: History) -> int:
    return len(history.lookup(ACCOUNT, "us-east-1", limit=5000).events)


def test_takes_everything_in_batches(house: House, history: History) -> None:
    consumer = HistoryConsumer(house.environment, history, house.clock)
    house.journal(*[record() for _ in range(2500)])
    assert (consumer.lag(2500), consumer.position()) == (2500, 0)
    assert consumer.step()
    assert consumer.position() == 2000
    assert consumer.step()
    assert not consumer.step()
    assert (consumer.lag(2500), consumer.position(), history.position()) == (0, 2500, 2500)
    assert _count(history) == 2500


def test_goes_on_where_the_view_is(house: House, history: History) -> None:
    house.journal(record("First"))
    HistoryConsumer(house.environment, history, house.clock).step()
    house.journal(record("Second"))
    HistoryConsumer(house.environment, history, house.clock).step()
    assert _count(history) == 2


def test_failed_batch_is_taken_again(house: House, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = HistoryConsumer(house.environment, history, house.clock)
    house.journal(record())
    with monkeypatch.context() as broken:

        def full(*_: object) -> int:
            raise OSError("no space left")

        broken.setattr(history, "append", full)
        with pytest.raises(OSError, match="no space"):
            consumer.step()
    assert consumer.step()
    assert _count(history) == 1


def test_view_ahead_of_the_journal_is_rebuilt(house: House, history: History) -> None:
    history.append([], 99)
    house.journal(record())
    consumer = HistoryConsumer(house.environment, history, house.clock)
    assert consumer.step()
    assert (_count(history), history.position()) == (1, 1)


def test_removes_what_has_passed_the_retention(house: House, history: History) -> None:
    consumer = HistoryConsumer(house.environment, history, house.clock, retention_days=1)
    house.journal(record(time=NOW - 86_401), record(time=NOW - 86_000))
    consumer.step()
    assert _count(history) == 2
    house.clock.advance(60)
    consumer.step()
    assert _count(history) == 1
