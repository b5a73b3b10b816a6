"""Consumer: the digests of trails whose log files are validated.

Input: chains of digests, in which the delivery notes its files. Output: calls of `Deliver` with one digest
and a function that moves its chain on; both commit in one transaction with the record of the put, so that
every log file is in exactly one digest and every digest is linked to the one before it, whatever crashes.

A digest is due at the end of its range: an interval after the one before, or where the chain ends. If the
bucket doesn't take it, it is tried again after pauses from one second up to the interval. When the following
interval has passed too, its range is missed: the chain goes on without it, and once the bucket takes digests
again, the missed ranges get backfill digests, in order, with a chain of their own. After a stop of the whole
server nothing is missed, only late; what is very late is told by one digest for all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from s3trail import observe
from s3trail.consumers import digest_files
from s3trail.consumers.to_bucket import Deliver, Delivery
from s3trail.journal import journal
from s3trail.kernel.arn import trail_arn
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AuditUnavailable, AwsError, InternalError
from s3trail.state.config import digest_chains
from s3trail.state.config.digest_chains import Chain, Noted, Status
from s3trail.state.config.signing_keys import SigningKeys
from s3trail.state.environment import Environment, Tx

__all__ = ["DigestConsumer"]

_FIRST_PAUSE = 1.0
_MOST_BEHIND = 48
"""Intervals; a chain that is further behind takes one digest for all that passed."""
_MOST_MISSED = 1000
"""Missed ranges; further ones are added to the last."""
_GIVE_UP_AFTER = 30 * 86400
"""Seconds after which a chain that is to end ends without its last digests."""


class _Superseded(Exception):
    """The chain has changed since the digest was made: a file was noted, or the trail moved."""


@dataclass(slots=True)
class _Retry:
    """When a chain whose bucket takes nothing is tried again. Owned by the consumer's thread."""

    pause: float = 0.0
    not_before: float = 0.0
    place: tuple[str, str] = ("", "")
    """Bucket and prefix of the attempt that failed."""


class DigestConsumer:
    """Delivers digests.

    Args:
        environment: holds the chains.
        keys: sign the digests.
        deliver: puts a digest and commits its chain with it.
        clock: when a digest is due.
        interval: seconds that a digest tells of; the fraction is cut.
    """

    name = "digests"

    def __init__(
        self,
        environment: Environment,
        keys: SigningKeys,
        deliver: Deliver,
        clock: Clock,
        *,
        interval: float = 3600.0,
    ) -> None:
        self._environment = environment
        self._keys = keys
        self._deliver = deliver
        self._clock = clock
        self._interval = max(1, int(interval))
        self._revision = -1
        self._next = 0.0
        self._retries: dict[str, _Retry] = {}

    def position(self) -> int:
        """The head: digests are made from what is noted, not from the journal."""
        with self._environment.read() as tx:
            return journal.head(tx)

    def lag(self, head: int) -> int:  # noqa: ARG002 - nothing of the journal awaits it
        """None."""
        return 0

    def step(self) -> bool:
        """Deliver one digest of each chain that has one due."""
        now = self._clock.now()
        with self._environment.read() as tx:
            revision = digest_chains.revision(tx)
            if revision == self._revision and now < self._next:
                return False
            chains = digest_chains.every(tx)
        self._revision = revision
        self._next = float("inf")
        self._retries = {
            name: self._retries[name] for name in self._retries.keys() & {c.name for c in chains}
        }
        took = False
        for chain in chains:
            due = self._due(chain)
            if now >= due:
                took |= self._attempt(chain, now)
                # What became of the chain is looked at in the next step.
                due = self._retries[chain.name].not_before if chain.name in self._retries else now
            self._next = min(self._next, due)
        return took

    def finish(self) -> None:
        """Nothing is under way between two steps."""

    def _due(self, chain: Chain) -> float:
        """When there is something to do for a chain."""
        retry = self._retries.get(chain.name)
        waits = retry.not_before if retry and retry.place == (chain.bucket, chain.prefix) else 0.0
        if chain.over or (chain.missed and not chain.error):
            return waits
        return max(waits, self._regular_end(chain))

    def _regular_end(self, chain: Chain) -> int:
        end = chain.start + self._interval
        return end if chain.ends is None else min(end, max(chain.ends, chain.start + 1))

    def _attempt(self, chain: Chain, now: float) -> bool:
        try:
            delivered = self._advance(chain, now)
        except _Superseded:
            return True
        except AwsError as failure:
            self._failed(chain, now, failure.code)
            return False
        except Exception as failure:  # noqa: BLE001 - one trail's fault must not hold up the others
            observe.error("digest.failed", failure, trail=chain.trail_name, bucket=chain.bucket)
            self._failed(chain, now, InternalError.code)
            return False
        if delivered:
            if chain.error:
                observe.info("digest.recovered", trail=chain.trail_name, bucket=chain.bucket)
            self._retries.pop(chain.name, None)
        return delivered

    def _advance(self, chain: Chain, now: float) -> bool:
        """Deliver the digest that is due, a missed one when no other is; true if one was delivered."""
        if chain.ends is not None and now > chain.ends + _GIVE_UP_AFTER and chain.error:
            self._give_up(chain)
            return False
        if not chain.over and now >= self._regular_end(chain):
            with self._environment.read() as tx:
                end = self._end(tx, chain, now)
            if now < end:
                return False
            if chain.error and not self._last(chain, end) and now >= end + self._interval:
                self._miss(chain, end)
                return False
            self._digest(chain, chain.start, end, now, backfill=False)
            return True
        if chain.missed:
            start, end = chain.missed[0]
            self._digest(chain, start, end, now, backfill=True)
            return True
        return False

    def _end(self, tx: Tx, chain: Chain, now: float) -> int:
        """Where the range of the next digest ends; its key may not be that of another.

        Never past the end of the chain, which is taken: the range of the next chain begins there.
        """
        end = self._regular_end(chain)
        behind = int(now - end) // self._interval
        if behind > _MOST_BEHIND and not chain.error:
            end += behind * self._interval
        end = max(end, digest_chains.last_end(tx, chain) + 1)
        return end if chain.ends is None else min(end, chain.ends)

    def _last(self, chain: Chain, end: int) -> bool:
        return chain.closing or (chain.ends is not None and end >= chain.ends)

    def _miss(self, chain: Chain, end: int) -> None:
        """Go on without the digest of a range; a backfill digest will tell of it."""
        missed = chain.missed
        if len(missed) >= _MOST_MISSED and missed[-1][1] == chain.start:
            missed = (*missed[:-1], (missed[-1][0], end))
        else:
            missed = (*missed, (chain.start, end))
        with self._environment.write() as tx:
            _check(tx, chain)
            digest_chains.reserve(tx, chain, end)
            digest_chains.put(tx, replace(chain, start=end, missed=missed))

    def _digest(self, chain: Chain, start: int, end: int, now: float, *, backfill: bool) -> None:
        with self._environment.read() as tx:
            _check(tx, chain)
            named = digest_chains.noted(tx, chain, start, end)
        signer = self._keys.signer(chain.region, now if backfill else end)
        made = digest_files.build(
            chain,
            start,
            end,
            [each.file for each in named],
            signer,
            backfilled=now if backfill else None,
        )
        if backfill:
            after = replace(chain, missed=chain.missed[1:], backfilled=made.link, error="")
        else:
            ends = end if self._last(chain, end) else chain.ends
            after = replace(chain, start=end, previous=made.link, ends=ends, error="")
        put = Delivery(
            bucket=chain.bucket,
            key=made.link.key,
            body=made.body,
            account_id=chain.account_id,
            region=chain.region,
            trail_arn=trail_arn(chain.home, chain.account_id, chain.trail_name),
            metadata=made.metadata,
        )
        self._deliver([put], lambda tx: self._commit(tx, chain, after, named, end, now))

    def _commit(self, tx: Tx, before: Chain, after: Chain, named: list[Noted], end: int, now: float) -> None:
        """Move a chain on; called in the transaction that holds its digest."""
        _check(tx, before)
        digest_chains.put_status(tx, before.trail_id, Status(delivered=now))
        if after.start > before.start:
            digest_chains.reserve(tx, before, end)
        digest_chains.advance(tx, after, named)

    def _failed(self, chain: Chain, now: float, code: str) -> None:
        retry = self._retries.setdefault(chain.name, _Retry())
        retry.pause = min(2 * retry.pause or _FIRST_PAUSE, max(_FIRST_PAUSE, self._interval))
        retry.not_before = now + retry.pause
        retry.place = (chain.bucket, chain.prefix)
        if chain.error == code:
            return
        observe.warning("digest.refused", trail=chain.trail_name, bucket=chain.bucket, code=code)
        try:
            with self._environment.write() as tx:
                _check(tx, chain)
                digest_chains.put(tx, replace(chain, error=code))
                status = digest_chains.status(tx, chain.trail_id)
                digest_chains.put_status(tx, chain.trail_id, replace(status, error=code))
        except (AuditUnavailable, _Superseded):
            # The next attempt says the same again, or finds out what changed.
            return

    def _give_up(self, chain: Chain) -> None:
        observe.error("digest.given_up", trail=chain.trail_name, bucket=chain.bucket, code=chain.error)
        with self._environment.write() as tx:
            _check(tx, chain)
            digest_chains.advance(tx, replace(chain, start=chain.ends or 0, missed=()), [])


def _check(tx: Tx, chain: Chain) -> None:
    if digest_chains.get(tx, chain.name) != chain:
        raise _Superseded
