"""Consumer: journal to log files in buckets, for every trail that logs.

Input: journal entries and trails. Output: calls of `Deliver` with the files of one flush and a function that
writes the trail's new position and notes the files for its digests; all commit in one transaction with the
records of the puts, so that every event is in exactly one file, and every file in one digest, whatever
crashes. What waits between flushes is in memory only, and is read again
from the journal after a crash.

A flush is due when the oldest waiting event has waited for the interval, when the waiting files reach the
size, and when a trail was stopped or deleted or the process stops. A failed flush keeps its position and is
repeated after pauses from one second up to the interval, at once when the trail gets another bucket;
GetTrailStatus shows the error.

Deliveries are calls too, and a trail may select the objects of a log bucket. Their records
(`userIdentity.invokedBy` is CloudTrail) go out with the next flush that has other events, but are never a
reason for one; otherwise trails would deliver their own deliveries for ever, two trails each other's.

Trails at the same place in the journal share one pass over it. Records are told apart by bytes before they
are decoded: the journal's records are minified JSON, and a quotation mark inside a string is escaped there,
so a record without the mark `"eventCategory":"Data"` is no data event. What has the mark is decoded and
compared.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from s3trail import observe
from s3trail.consumers import log_files
from s3trail.consumers.log_files import Pending, Shelf
from s3trail.consumers.to_bucket import Deliver, Delivery
from s3trail.journal import journal
from s3trail.journal.journal import Entry
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AuditUnavailable, AwsError, InternalError
from s3trail.kernel.ids import Ids
from s3trail.matching import insight_selectors
from s3trail.matching.advanced_selectors import advanced_categories, compile_advanced
from s3trail.matching.selectors import Matches, basic_categories, compile_basic
from s3trail.state.config import digest_chains, trails
from s3trail.state.config.digest_chains import DeliveredFile
from s3trail.state.config.trails import Progress, Rules, Span, Trail
from s3trail.state.environment import Environment, Tx

__all__ = ["Deliver", "Delivery", "DeliveryConsumer"]

_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_GLOBAL_SERVICES = frozenset({"iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"})
_ACCOUNT = b'"recipientAccountId":"'
_ACCOUNT_DIGITS = 12
_CHUNK = 1000
"""Entries read from one snapshot: a few megabytes, a few tens of milliseconds."""
_SAVE_AFTER = 10_000
"""Entries without anything to deliver after which the position is written all the same."""
_FIRST_PAUSE = 1.0
_GIVE_UP_AFTER = 30 * 86400.0
"""How long AWS tries to deliver to a misconfigured bucket; here only a deleted trail is given up."""


class _Superseded(Exception):
    """Another process has delivered the same part of the journal."""


@dataclass(slots=True)
class _Stage:
    """A span with its rules compiled."""

    account_id: str
    """The trail's; an organization's trail keeps the events of every account."""
    span: Span
    matches: Matches
    marks: tuple[bytes, ...]
    """One of them is in every record that can match."""

    def keeps(self, record: Mapping[str, Any]) -> bool:
        rules = self.span.rules
        if not rules.organization and record.get("recipientAccountId") != self.account_id:
            return False
        if not rules.multi_region and record.get("awsRegion") != rules.region:
            return False
        if not rules.global_services and record.get("eventSource") in _GLOBAL_SERVICES:
            return False
        if not rules.recursive and _is_delivery(record):
            return False
        if record.get("eventCategory") == "Insight":
            return insight_selectors.keeps(rules.insight_selectors, record)
        return self.matches(record)


@dataclass(slots=True)
class _Lane:
    """One trail on its way through the journal. Owned by the consumer's thread."""

    trail: Trail
    progress: Progress
    stages: list[_Stage]
    cursor: int
    """The last sequence number looked at; what was kept of it since `progress.position` is in `pending`."""
    pending: Pending
    pause: float = 0.0
    """Seconds between the last attempts; 0 while deliveries succeed."""
    not_before: float = 0.0
    since: float | None = None
    """When the first of `pending` was added to it; None while it is empty."""
    failed_at: tuple[str, str] = ("", "")
    """Bucket and prefix of the attempt that failed."""

    @property
    def done(self) -> bool:
        """The trail doesn't log any more, and all it logged has been looked at."""
        until = self.stages[-1].span.until if self.stages else 0
        return until is not None and self.cursor >= until

    def stage_of(self, entry: Entry) -> _Stage | None:
        """What judges an entry; None when its bytes tell that it isn't wanted, or it lies between spans."""
        for stage in self.stages:
            if stage.span.until is None or entry.sequence <= stage.span.until:
                wanted = entry.sequence > stage.span.after and any(
                    mark in entry.record for mark in stage.marks
                )
                return stage if wanted else None
        return None

    def take(self, entry: Entry, fields: Mapping[str, Any], organization: str, now: float) -> bool:
        """Add an entry to what waits; false when it must wait for the next flush, and all after it."""
        # A delivery's own record gives no reason to deliver.
        time = None if _is_delivery(fields) else entry.time
        shelf = Shelf(
            fields.get("recipientAccountId") or self.trail.account_id,
            fields.get("awsRegion") or self.trail.region,
            log_files.folder(fields.get("eventCategory") or ""),
            organization,
        )
        if not self.pending.add(shelf, entry.record, time, fields.get("eventTime") or ""):
            self.cursor = entry.sequence - 1
            return False
        if self.since is None:
            self.since = now
        return True


def _is_delivery(record: Mapping[str, Any]) -> bool:
    identity = record.get("userIdentity") or {}
    return bool(identity.get("invokedBy") == _CLOUDTRAIL)


def _compile(rules: Rules) -> tuple[Matches, tuple[bytes, ...]]:
    if rules.advanced_event_selectors:
        categories = advanced_categories(rules.advanced_event_selectors)
        matches = compile_advanced(rules.advanced_event_selectors)
    else:
        categories = basic_categories(rules.event_selectors)
        matches = compile_basic(rules.event_selectors)
    if rules.insight_selectors:
        categories |= {"Insight"}
    return matches, tuple(f'"eventCategory":"{category}"'.encode() for category in sorted(categories))


def _stages(trail: Trail) -> list[_Stage]:
    return [_Stage(trail.account_id, span, *_compile(span.rules)) for span in trail.spans]


class DeliveryConsumer:
    """Delivers log files.

    Args:
        environment: holds the journal and the trails.
        deliver: puts the files of a flush and commits its position with them.
        clock: when a flush is due, and the time in keys.
        ids: the random part of keys.
        interval: seconds that an event waits at most.
        size: compressed bytes that wait at most for a trail.
    """

    name = "delivery"

    def __init__(
        self,
        environment: Environment,
        deliver: Deliver,
        clock: Clock,
        ids: Ids,
        *,
        interval: float = 60.0,
        size: int = 5_000_000,
    ) -> None:
        self._environment = environment
        self._deliver = deliver
        self._clock = clock
        self._ids = ids
        self._interval = interval
        self._size = size
        self._revision = -1
        self._head = 0
        self._lanes: dict[str, _Lane] = {}

    def position(self) -> int:
        """The least position of the trails that have anything to deliver; the head when none has."""
        with self._environment.read() as tx:
            return min(
                (
                    max(trails.progress(tx, trail.id).position, trail.spans[0].after)
                    for trail in trails.every(tx)
                    if trail.spans
                ),
                default=journal.head(tx),
            )

    def lag(self, head: int) -> int:
        """Entries that the rearmost trail hasn't looked at."""
        waiting = [lane.cursor for lane in list(self._lanes.values()) if not lane.done]
        return max(0, head - min(waiting, default=head))

    def step(self) -> bool:
        """Look at up to 1,000 entries for each group of trails, then flush what is due."""
        now = self._clock.now()
        took = False
        with self._environment.read() as tx:
            self._head = journal.head(tx)
            self._follow(tx)
        for cursor, lanes in self._groups().items():
            took |= self._scan(lanes, self._read(cursor), now)
        return self._flush(now, everything=False) or took

    def finish(self) -> None:
        """Deliver what waits, if it has a reason to be delivered."""
        self._flush(self._clock.now(), everything=True)

    def _follow(self, tx: Tx) -> None:
        """Take changes of trails into account."""
        revision = trails.revision(tx)
        if revision == self._revision:
            return
        self._revision = revision
        lanes: dict[str, _Lane] = {}
        for trail in trails.every(tx):
            if not trail.spans:
                continue
            lane = self._lanes.get(trail.id)
            if lane is None:
                progress = trails.progress(tx, trail.id)
                start = max(progress.position, trail.spans[0].after)
                progress = replace(progress, position=start)
                lane = _Lane(trail, progress, _stages(trail), start, Pending(self._size))
            elif lane.trail != trail:
                if trail.spans != lane.trail.spans:
                    lane.stages = _stages(trail)
                lane.trail = trail
                if lane.failed_at != (trail.bucket, trail.prefix):
                    lane.not_before = 0.0
            lanes[trail.id] = lane
        self._lanes = lanes

    def _groups(self) -> dict[int, list[_Lane]]:
        """The trails that want more entries, by their place in the journal."""
        groups: dict[int, list[_Lane]] = {}
        for lane in self._lanes.values():
            if lane.done or lane.pending.full:
                continue
            # Nothing of what lies between two spans is wanted.
            for stage in lane.stages:
                if stage.span.until is None or stage.span.until > lane.cursor:
                    lane.cursor = max(lane.cursor, stage.span.after)
                    break
            if lane.cursor < self._head:
                groups.setdefault(lane.cursor, []).append(lane)
        return groups

    def _read(self, after: int) -> list[Entry]:
        """The next entries, but none that came after the trails were read: a trail may end before it."""
        with self._environment.read() as tx:
            entries = list(journal.read(tx, after, _CHUNK))
        while entries and entries[-1].sequence > self._head:
            entries.pop()
        return entries

    def _scan(self, lanes: list[_Lane], entries: list[Entry], now: float) -> bool:
        """Look at entries for trails that are all before the first of them."""
        by_account: dict[bytes, list[_Lane]] = {}
        for_all = [lane for lane in lanes if any(stage.span.rules.organization for stage in lane.stages)]
        for lane in lanes:
            if lane not in for_all:
                by_account.setdefault(lane.trail.account_id.encode(), []).append(lane)
        full: set[str] = set()
        for entry in entries:
            of_account = by_account.get(_account(entry.record), for_all)
            if not of_account:
                continue
            if for_all and of_account is not for_all:
                of_account = of_account + for_all
            wanting = [
                (lane, stage)
                for lane in of_account
                if (stage := lane.stage_of(entry)) and lane.trail.id not in full
            ]
            if not wanting:
                continue
            fields: dict[str, Any] = orjson.loads(entry.record)
            for lane, stage in wanting:
                organization = stage.span.rules.organization
                if stage.keeps(fields) and not lane.take(entry, fields, organization, now):
                    full.add(lane.trail.id)
            if len(full) == len(lanes):
                break
        if entries:
            for lane in lanes:
                if lane.trail.id not in full:
                    lane.cursor = entries[-1].sequence
        return bool(entries)

    def _flush(self, now: float, *, everything: bool) -> bool:
        flushed = False
        idle: list[_Lane] = []
        for lane in list(self._lanes.values()):
            if self._due(lane, now, everything=everything):
                flushed |= self._attempt(lane, now)
            elif not lane.pending and lane.cursor > lane.progress.position:
                far = lane.cursor - lane.progress.position >= _SAVE_AFTER
                if far or lane.done or everything:
                    idle.append(lane)
        if idle:
            self._save(idle)
        return flushed

    def _due(self, lane: _Lane, now: float, *, everything: bool) -> bool:
        if not lane.pending:
            return False
        if now < lane.not_before and not everything:
            return False
        if lane.pending.full or lane.done:
            return True
        first = lane.pending.first_time
        if first is None:
            return False
        if everything:
            return True
        # A trail that is catching up fills its files, though all it reads has waited long enough.
        caught_up = lane.cursor >= self._head or now >= (lane.since or 0.0) + self._interval
        return caught_up and now >= first + self._interval

    def _attempt(self, lane: _Lane, now: float) -> bool:
        trail = lane.trail
        if trail.deleted is not None and lane.pause and now > trail.deleted + _GIVE_UP_AFTER:
            return self._give_up(lane)
        sealed = lane.pending.seal()
        puts = [
            Delivery(
                bucket=trail.bucket,
                key=log_files.key(trail.prefix, file.shelf, now, self._ids.request_id()),
                body=file.body,
                account_id=trail.account_id,
                region=file.shelf.region,
                trail_arn=trail.arn,
            )
            for file in sealed
        ]
        files = [
            DeliveredFile(
                put.region,
                put.bucket,
                put.key,
                file.hash,
                file.oldest,
                file.newest,
                account_id=file.shelf.account_id,
                organization=file.shelf.organization,
            )
            for put, file in zip(puts, sealed, strict=True)
        ]
        reached = Progress(lane.cursor, attempted=now, delivered=now)
        try:
            self._deliver(puts, lambda tx: self._commit(tx, lane, reached, files))
        except _Superseded:
            self._restart(lane)
            return False
        except AwsError as failure:
            self._failed(lane, now, failure.code)
            return False
        except Exception as failure:  # noqa: BLE001 - one trail's fault must not hold up the others
            observe.error("delivery.failed", failure, trail=trail.arn, bucket=trail.bucket)
            self._failed(lane, now, InternalError.code)
            return False
        if lane.progress.error:
            observe.info("delivery.recovered", trail=trail.arn, bucket=trail.bucket)
        lane.progress = reached
        lane.pending, lane.since = Pending(self._size), None
        lane.pause, lane.not_before, lane.failed_at = 0.0, 0.0, ("", "")
        return True

    def _commit(self, tx: Tx, lane: _Lane, reached: Progress, files: Sequence[DeliveredFile] = ()) -> None:
        """Write a position; called in the transaction that holds everything up to it.

        The files are noted for the trail's digests by the time of this transaction, not of the attempt: no
        digest of an earlier interval can be made after it.
        """
        stored = trails.progress(tx, lane.trail.id)
        if stored.position > lane.progress.position:
            raise _Superseded
        trails.put_progress(tx, lane.trail.id, reached)
        now = self._clock.now()
        digest_chains.note(tx, trails.current(tx, lane.trail) or lane.trail, files, now)
        digest_chains.delivered(tx, lane.trail.id, reached.position, now)
        trails.settle(tx, lane.trail, reached.position)

    def _failed(self, lane: _Lane, now: float, code: str) -> None:
        trail = lane.trail
        if lane.progress.error != code:
            observe.warning("delivery.refused", trail=trail.arn, bucket=trail.bucket, code=code)
        lane.progress = replace(lane.progress, attempted=now, error=code)
        lane.pause = min(2 * lane.pause or _FIRST_PAUSE, max(_FIRST_PAUSE, self._interval))
        lane.not_before = now + lane.pause
        lane.failed_at = (trail.bucket, trail.prefix)
        try:
            with self._environment.write() as tx:
                self._commit(tx, lane, lane.progress)
        except (AuditUnavailable, _Superseded):
            # The next attempt says the same again, or finds out what changed.
            return

    def _save(self, lanes: list[_Lane]) -> None:
        """Write positions of trails that had nothing to deliver so far."""
        superseded = []
        with self._environment.write() as tx:
            for lane in lanes:
                try:
                    self._commit(tx, lane, replace(lane.progress, position=lane.cursor))
                except _Superseded:
                    superseded.append(lane)
        for lane in lanes:
            lane.progress = replace(lane.progress, position=lane.cursor)
        for lane in superseded:
            self._restart(lane)

    def _restart(self, lane: _Lane) -> None:
        """Forget what waits, and begin again from the stored position."""
        self._lanes.pop(lane.trail.id, None)
        self._revision = -1

    def _give_up(self, lane: _Lane) -> bool:
        trail = lane.trail
        observe.error("delivery.given_up", trail=trail.arn, bucket=trail.bucket, code=lane.progress.error)
        with self._environment.write() as tx:
            digest_chains.delivered(tx, trail.id, sys.maxsize, self._clock.now())
            trails.forget(tx, trail.id)
        return True


def _account(record: bytes) -> bytes:
    """`recipientAccountId`; empty when there is none."""
    at = record.rfind(_ACCOUNT)
    if at < 0:
        return b""
    if record.find(_ACCOUNT, 0, at) >= 0:
        # Parameters of the call have a member of that name too.
        return str(orjson.loads(record).get("recipientAccountId") or "").encode()
    at += len(_ACCOUNT)
    return record[at : at + _ACCOUNT_DIGITS]
