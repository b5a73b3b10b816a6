"""The loop of the pipeline: every consumer follows the journal, in a thread of its own.

Input: the journal. Output: calls of `Consumer.step`, and each consumer's status, in database `meta` under
`status/<name>`, for health and metrics in other processes.

A consumer keeps its own position and commits it together with what it made of the entries, so the runner
holds nothing that a crash could lose. When a step fails the same entries are tried again, with growing
pauses: no event is ever skipped. A change from working to failing and back is logged once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Protocol

import orjson

from s3trail import observe
from s3trail.journal import journal
from s3trail.kernel.clock import Clock
from s3trail.state.environment import Environment, Tx

__all__ = ["Consumer", "Runner", "Status", "statuses"]

_POLL = 0.02
"""Seconds between looks at the journal; a look is a read of its head."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
_PUBLISH_EVERY = 1.0
_STATUS = "status/"


class Consumer(Protocol):
    """Something that follows the journal. All methods but `position` and `lag` are called by one thread."""

    @property
    def name(self) -> str:
        """Its name in status, metrics and logs."""
        ...

    def position(self) -> int:
        """Everything up to this sequence number is consumed for good; the journal need not keep it."""
        ...

    def step(self) -> bool:
        """Take some of what is there; true when it took something, false when it waits for more.

        Cheap when there is nothing. May raise anything; the next step then begins where this one began.
        """
        ...

    def lag(self, head: int) -> int:
        """Entries up to `head` that it hasn't looked at yet."""
        ...

    def finish(self) -> None:
        """Bring what is under way to an end, before the process stops."""
        ...


@dataclass(frozen=True, slots=True)
class Status:
    """How a consumer does."""

    position: int
    """Consumed for good up to here."""
    lag: int
    """Journaled entries it hasn't looked at yet."""
    lag_seconds: float
    """Age of the oldest of them; 0 when there is none."""
    error: str = ""
    """Why its last step failed; empty when it didn't."""
    since: float = 0.0
    """Epoch seconds at which it began to fail; 0 when it doesn't."""


def statuses(tx: Tx) -> dict[str, Status]:
    """The published status of every consumer, by name."""
    return {
        key.decode().removeprefix(_STATUS): Status(**orjson.loads(value))
        for key, value in tx.scan("meta", _STATUS.encode())
    }


class Runner:
    """Runs consumers until told to stop.

    Args:
        environment: opened by this process.
        consumers: each gets a thread.
        clock: times in statuses.
    """

    def __init__(self, environment: Environment, consumers: Sequence[Consumer], clock: Clock) -> None:
        self._lanes = [_Lane(environment, consumer, clock) for consumer in consumers]

    def start(self) -> None:
        """Start the threads."""
        for lane in self._lanes:
            lane.thread.start()

    def wake(self) -> None:
        """Something was journaled: look at once. Any thread may call."""
        for lane in self._lanes:
            lane.woken.set()

    def stop(self, patience: float = 10.0) -> bool:
        """Let the consumers take what is journaled, finish, and end their threads.

        Args:
            patience: seconds in all; what isn't consumed by then is consumed after the next start.

        Returns:
            True when every consumer has finished.
        """
        deadline = monotonic() + patience
        for lane in self._lanes:
            lane.deadline = deadline
            lane.stopping.set()
            lane.woken.set()
        for lane in self._lanes:
            lane.thread.join(max(0.0, deadline - monotonic()))
        return all(lane.finished for lane in self._lanes)


class _Lane:
    """One consumer with its thread. Others set only the two events, and `deadline` before `stopping`."""

    def __init__(self, environment: Environment, consumer: Consumer, clock: Clock) -> None:
        self.woken = threading.Event()
        self.stopping = threading.Event()
        self.deadline = 0.0
        self.finished = False
        self.thread = threading.Thread(target=self._run, name=f"consumer-{consumer.name}", daemon=True)
        self._environment = environment
        self._consumer = consumer
        self._clock = clock
        self._error = ""
        self._since = 0.0
        self._published: Status | None = None
        self._publish_at = 0.0

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            stopping = self.stopping.is_set()
            if stopping and monotonic() >= self.deadline:
                break
            self.woken.clear()
            try:
                took = self._consumer.step()
                if stopping and not took:
                    self._consumer.finish()
                    self.finished = True
            except Exception as failure:  # noqa: BLE001 - whatever it is, the events must be tried again
                self._failed(failure)
                self._publish()
                self.woken.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            self._works()
            self._publish(now=self.finished)
            if self.finished:
                break
            if not took:
                self.woken.wait(_POLL)

    def _failed(self, failure: Exception) -> None:
        text = f"{type(failure).__name__}: {failure}"
        if not self._error:
            self._since = self._clock.now()
        if text != self._error:
            observe.error("consumer.failing", failure, consumer=self._consumer.name)
        self._error = text

    def _works(self) -> None:
        if self._error:
            observe.info("consumer.recovered", consumer=self._consumer.name, failing_since=self._since)
            self._error, self._since = "", 0.0

    def _publish(self, *, now: bool = False) -> None:
        if not now and monotonic() < self._publish_at:
            return
        self._publish_at = monotonic() + _PUBLISH_EVERY
        try:
            status = self._status()
            if status == self._published:
                return
            with self._environment.write() as tx:
                tx.put("meta", f"{_STATUS}{self._consumer.name}".encode(), orjson.dumps(asdict(status)))
            self._published = status
        except Exception as failure:  # noqa: BLE001 - a status that can't be written must not stop the work
            self._failed(failure)

    def _status(self) -> Status:
        with self._environment.read() as tx:
            head = journal.head(tx)
            lag = self._consumer.lag(head)
            oldest = next(journal.read(tx, head - lag, 1), None) if lag else None
        age = 0.0 if oldest is None else max(0.0, self._clock.now() - oldest.time)
        return Status(self._consumer.position(), lag, age, self._error, self._since)
