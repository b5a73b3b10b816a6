"""Consumer: journal to Event history.

Input: journal entries, in batches. Output: events of the view, with the position in the same transaction. It
also removes what has passed the retention, a little at a time.
"""

from __future__ import annotations

from s3trail import observe
from s3trail.journal import journal
from s3trail.kernel.clock import Clock
from s3trail.state.environment import Environment
from s3trail.state.views.history import History

__all__ = ["HistoryConsumer"]

_BATCH = 2000
_PRUNE_EVERY = 60.0
_DAY = 86400.0


class HistoryConsumer:
    """Fills the Event history.

    Args:
        environment: holds the journal.
        history: the view; this is its only writer.
        clock: tells what is older than the retention.
        retention_days: how long events stay.
    """

    name = "history"

    def __init__(
        self, environment: Environment, history: History, clock: Clock, retention_days: int = 90
    ) -> None:
        self._environment = environment
        self._history = history
        self._clock = clock
        self._retention = retention_days * _DAY
        self._prune_at = 0.0
        self._position = history.position()
        with environment.read() as tx:
            head = journal.head(tx)
        if self._position > head:
            # The journal was restored from an older copy: what the view holds beyond it never happened.
            observe.warning("history.rebuilding", position=self._position, journal_head=head)
            history.clear()
            self._position = 0

    def position(self) -> int:
        """The last sequence number whose event is in the view."""
        return self._position

    def lag(self, head: int) -> int:
        """Entries that aren't in the view yet."""
        return max(0, head - self._position)

    def step(self) -> bool:
        """Prune if it is time, then take up to 2,000 entries."""
        self._prune()
        with self._environment.read() as tx:
            head = journal.head(tx)
            if head <= self._position:
                return False
            # Most records of a busy server are data events, which the view doesn't take.
            entries = list(journal.read(tx, self._position, _BATCH, self._history.marks))
        last = entries[-1].sequence if len(entries) == _BATCH else head
        # Also without events: LookupEvents waits for the position.
        self._history.append(((entry.sequence, entry.record) for entry in entries), last)
        self._position = last
        return True

    def finish(self) -> None:
        """Nothing is under way between steps."""

    def _prune(self) -> None:
        now = self._clock.now()
        if now < self._prune_at:
            return
        removed = self._history.prune(now - self._retention)
        # While there is more to remove, each step goes on with it, as fast as events come in.
        self._prune_at = now if removed else now + _PRUNE_EVERY
