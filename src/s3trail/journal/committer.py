"""Group commit: one thread per process that carries works out and makes their records durable.

The event loop hands over `Work`s; the thread takes all that wait, runs them in one write transaction,
appends their records as
one journal block and commits with one sync. While it syncs, the next batch gathers: the busier the server,
the larger
the groups. A work's change and its record are in the same transaction, so neither exists without the other
(promise 1).

When a commit fails nothing of its batch has happened, and every work of it is settled with
`AuditUnavailable`. LMDB declares an
environment dead after a failed sync; the committer then tells `on_broken` once, and the worker process is
replaced.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Protocol

import lmdb

from s3trail.journal import journal
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AuditUnavailable
from s3trail.state.environment import Environment, Tx, why

__all__ = ["Abandoned", "Committer", "Work", "settle_all"]

_MOST = 512
"""Works in one transaction at the most: bounds how long a batch holds the writer lock."""


class Abandoned(Exception):
    """A work failed after its first write: the transaction is given up, the batch carried out anew."""


class Work(Protocol):
    """Something to commit with its records."""

    def carry_out(self, tx: Tx) -> list[bytes]:
        """Make the change, if there is one, and give the records. Called in the committer's thread.

        A failed operation is an outcome with a record, not an exception. It may be called again in another
        transaction; after it raised `Abandoned`, it then gives the record of its failure without another
        attempt.
        """
        ...

    def settle(self, error: AuditUnavailable | None) -> None:
        """It is durable (None), or nothing of it has happened."""
        ...


def settle_all(batch: list[Work], error: AuditUnavailable | None) -> None:
    """Settle the works of a batch, in order."""
    for work in batch:
        work.settle(error)


class Committer:
    """The committer of one process.

    Args:
        environment: opened by this process.
        clock: gives the time of blocks.
        before: given each batch ahead of its transaction, to make durable what the works bring; never raises.
        on_settled: told each batch once it is durable, or with the error when nothing of it happened; it
            must settle the works.
            The default does so in the committer's thread; an event loop has it done in its own, with one
            wake-up a batch.
        on_batch: told works, records, seconds after each commit, and the error if it failed; for metrics
            and health.
        on_broken: told once when the environment can't be used any more.
    """

    def __init__(
        self,
        environment: Environment,
        clock: Clock,
        before: Callable[[list[Work]], None] = lambda _batch: None,
        on_settled: Callable[[list[Work], AuditUnavailable | None], None] = settle_all,
        on_batch: Callable[[int, int, float, AuditUnavailable | None], None] = lambda *_: None,
        on_broken: Callable[[], None] = lambda: None,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._before = before
        self._on_settled = on_settled
        self._on_batch = on_batch
        self._on_broken = on_broken
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, work: Work) -> None:
        """Queue a work; any thread may call."""
        self._queue.put(work)

    def close(self) -> None:
        """Carry out what is queued, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    def waiting(self) -> int:
        """Works that aren't in a transaction yet."""
        return self._queue.qsize()

    def _run(self) -> None:
        open_ = True
        while open_:
            batch: list[Work] = []
            item = self._queue.get()
            while True:
                if item is None:
                    open_ = False
                    break
                batch.append(item)
                if len(batch) == _MOST:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            if batch:
                self._commit(batch)

    def _commit(self, batch: list[Work]) -> None:
        began = perf_counter()
        error: AuditUnavailable | None = None
        records: list[bytes] = []
        after: list[Callable[[], None]] = []
        try:
            self._before(batch)
            while True:
                try:
                    with self._environment.write() as tx:
                        for work in batch:
                            records += work.carry_out(tx)
                            tx.unjournaled = len(records)
                        journal.append_all(tx, self._clock.now(), records)
                        after, tx.after_commit = tx.after_commit, []
                    break
                except Abandoned:
                    records.clear()
        except AuditUnavailable as failure:
            error = failure
            if isinstance(failure.__cause__, lmdb.PanicError | lmdb.CorruptedError):
                self._on_broken()
        except lmdb.Error as failure:
            error = AuditUnavailable(why(failure))
            if isinstance(failure, lmdb.PanicError | lmdb.CorruptedError):
                self._on_broken()
        except Exception as failure:  # noqa: BLE001 - the thread outlives any fault
            error = AuditUnavailable()
            error.__cause__ = failure
        self._on_settled(batch, error)
        self._on_batch(len(batch), len(records), perf_counter() - began, error)
        if error is None:
            for call in after:
                call()
