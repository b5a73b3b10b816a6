"""Consumer: journal to Insights events, for the accounts whose trails ask for them.

Input: journal entries. Output: counts of calls in the view, and Insights records, which are journaled like
any record, and so reach Event history and trails. Each minute is judged once, when all that was journaled in
it is counted (`insights_rule`).

A record, the minute up to which all is judged, and the activities under way commit in one transaction, so
that no insight is told twice or lost. The view commits apart: what it counts is the same at every reading of
the journal.

While no trail asks for Insights nothing is read. Once one does, the consumer begins with the days of the
journal that its baseline needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from s3trail import observe
from s3trail.consumers import insights_rule
from s3trail.consumers.insights_record import insight_record
from s3trail.consumers.insights_rule import BASELINE, LEAST, LONGEST, WINDOW, Baseline
from s3trail.journal import journal
from s3trail.journal.journal import Entry
from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.matching import insight_selectors
from s3trail.state.config import trails
from s3trail.state.config.trails import Trail
from s3trail.state.environment import Environment, Tx
from s3trail.state.views.insights import SLOT, Caller, InsightCounts, Series

__all__ = ["InsightsConsumer"]

_POSITION = b"insights"
_BATCH = 2000
_SETTLED = 2.0
"""Seconds after a minute in which commits of that minute may still become visible."""
_SAVE_EVERY = 60
"""Minutes without an insight after which it is noted that they are judged."""
_BASELINE_FOR = 60
"""Minutes for which a baseline is used before it is made again."""
_MOST_BASELINES = 10_000
_PRUNE_EVERY = 3600.0
_LONGEST_VALUE = 1024
_CALL_RATE, _ERROR_RATE = insight_selectors.INSIGHT_TYPES


@dataclass(frozen=True, slots=True)
class _Activity:
    """Unusual activity under way."""

    series: Series
    shared_event_id: str
    start: int
    """The minute in which it began."""
    usual: Baseline


@dataclass(frozen=True, slots=True)
class _Judged:
    """How far the journal is judged; what the transaction of a record commits."""

    minute: int | None = None
    """Minutes of the epoch up to which all are judged; None while nobody asks for Insights."""
    active: tuple[_Activity, ...] = ()


class InsightsConsumer:
    """Finds unusual activity.

    Args:
        environment: holds journal and trails.
        counts: the view; this is its only writer.
        clock: tells when a minute is over.
        ids: identifiers of Insights events.
    """

    name = "insights"

    def __init__(self, environment: Environment, counts: InsightCounts, clock: Clock, ids: Ids) -> None:
        self._environment = environment
        self._counts = counts
        self._clock = clock
        self._ids = ids
        self._revision = -1
        self._asking: list[Trail] = []
        self._baselines: dict[Series, tuple[int, Baseline | None]] = {}
        self._prune_at = 0.0
        self._position = counts.position()
        with environment.read() as tx:
            self._judged = self._saved = _judged(tx)
            if self._position > journal.head(tx):
                # The journal was restored from an older copy: what was counted beyond it never happened.
                observe.warning("insights.recounting", position=self._position, journal_head=journal.head(tx))
                counts.clear()
                self._position = 0

    def position(self) -> int:
        """The last sequence number that is counted; the head while nobody asks for Insights."""
        if self._asking:
            return self._position
        with self._environment.read() as tx:
            return journal.head(tx)

    def lag(self, head: int) -> int:
        """Entries that aren't counted yet."""
        return max(0, head - self._position) if self._asking else 0

    def step(self) -> bool:
        """Count up to 2,000 entries, then judge the minutes that are over."""
        now = self._clock.now()
        with self._environment.read() as tx:
            self._follow(tx)
            if not self._asking:
                asked = False
                entries: list[Entry] = []
            else:
                asked = True
                oldest = journal.at_time(tx, now - BASELINE * 60) - 1
                if self._position < oldest:
                    self._position = oldest
                entries = list(journal.read(tx, self._position, _BATCH))
        if not asked:
            if self._judged != _Judged():
                self._end_all(int(now) // 60)
            return False
        if entries:
            self._count(entries)
            until = int(entries[-1].time) // 60
        else:
            until = int(now - _SETTLED) // 60
        judged = self._judge(until)
        if now >= self._prune_at:
            self._counts.prune(now)
            self._prune_at = now + _PRUNE_EVERY
        return bool(entries) or judged

    def finish(self) -> None:
        """Note how far all is judged."""
        if self._judged != self._saved:
            self._commit(self._judged, [])

    def _follow(self, tx: Tx) -> None:
        revision = trails.revision(tx)
        if revision == self._revision:
            return
        self._revision = revision
        self._asking = [
            trail
            for trail in trails.every(tx)
            if trail.rules.insight_selectors and trail.logging and trail.deleted is None
        ]

    def _count(self, entries: list[Entry]) -> None:
        counts: Counter[tuple[Series, int]] = Counter()
        callers: Counter[Caller] = Counter()
        for entry in entries:
            minute = int(entry.time) // 60
            record: dict[str, Any] = orjson.loads(entry.record)
            for series in _series(record):
                counts[series, minute] += 1
                slot = minute // SLOT * SLOT
                for attribute, value in _attributes(record):
                    callers[Caller(series, slot, attribute, value)] += 1
        last = entries[-1].sequence
        self._counts.add(counts, callers, last)
        self._position = last

    def _judge(self, until: int) -> bool:
        """Judge the minutes before `until`; true if there were any."""
        if self._judged.minute is None:
            self._commit(replace(self._judged, minute=until - 1), [])
            return False
        # A server that was down for long tells of the time that its baseline reaches.
        first = max(self._judged.minute + 1, until - BASELINE)
        for minute in range(first, until):
            judged, records = self._judge_minute(minute)
            if records or minute - (self._saved.minute or 0) >= _SAVE_EVERY:
                self._commit(judged, records)
            else:
                self._judged = judged
        return until > first

    def _judge_minute(self, minute: int) -> tuple[_Judged, list[bytes]]:
        records: list[bytes] = []
        busy = dict(self._counts.busy(minute - WINDOW + 1, minute, LEAST))
        active: list[_Activity] = []
        for activity in self._judged.active:
            calls = busy.pop(activity.series, 0)
            lasted = minute - activity.start
            if activity.usual.over(calls) or lasted >= LONGEST or not self._asked(activity.series):
                records.append(self._end(activity, minute))
            else:
                active.append(activity)
        for series, calls in busy.items():
            if not self._asked(series):
                continue
            usual = self._baseline(series, minute - WINDOW + 1)
            if usual is None or not usual.unusual(calls):
                continue
            window = self._counts.minutes(series, minute - WINDOW + 1, minute)
            start = insights_rule.onset(window, usual)
            activity = _Activity(series, self._ids.event_id(), start, usual)
            active.append(activity)
            records.append(self._record(activity, "Start", start, minute + 1))
        return _Judged(minute, tuple(active)), records

    def _asked(self, series: Series) -> bool:
        return any(
            (trail.account_id == series.account_id or trail.rules.organization)
            and (trail.rules.multi_region or trail.rules.region == series.region)
            and insight_selectors.selects(trail.rules.insight_selectors, series.insight_type, series.category)
            for trail in self._asking
        )

    def _baseline(self, series: Series, end: int) -> Baseline | None:
        """What was usual before a minute, or shortly before that."""
        made_at, usual = self._baselines.get(series, (-BASELINE, None))
        if end - made_at >= _BASELINE_FOR:
            with self._environment.read() as tx:
                oldest = next(journal.read(tx, 0, 1), None)
            begin = max(end - BASELINE, int(oldest.time) // 60 if oldest else end)
            usual = insights_rule.baseline(self._counts.minutes(series, begin, end - 1), end - begin)
            if len(self._baselines) >= _MOST_BASELINES:
                self._baselines.clear()
            self._baselines[series] = (end, usual)
        return usual

    def _end(self, activity: _Activity, minute: int) -> bytes:
        # What is known as usual is out of date now.
        self._baselines.pop(activity.series, None)
        end = max(activity.start + 1, minute - WINDOW + 1)
        return self._record(activity, "End", end, end)

    def _record(self, activity: _Activity, state: str, minute: int, until: int) -> bytes:
        """A record of an activity from its start up to the minute before `until`."""
        series, start = activity.series, activity.start
        return insight_record(
            series,
            state,
            minute=minute,
            event_id=self._ids.event_id(),
            shared_event_id=activity.shared_event_id,
            usual=activity.usual,
            calls=sum(calls for _, calls in self._counts.minutes(series, start, until - 1)),
            minutes=until - start,
            insight_callers=self._counts.callers(series, start, until - 1),
            baseline_callers=self._counts.callers(series, start - activity.usual.minutes, start - SLOT),
        )

    def _end_all(self, minute: int) -> None:
        """Nobody asks any more: what is under way ends here."""
        self._commit(_Judged(), [self._end(activity, minute) for activity in self._judged.active])

    def _commit(self, judged: _Judged, records: list[bytes]) -> None:
        with self._environment.write() as tx:
            journal.append_all(tx, self._clock.now(), records)
            tx.put("positions", _POSITION, orjson.dumps(_document(judged)))
        self._judged = self._saved = judged


def _document(judged: _Judged) -> dict[str, Any]:
    active = [{**asdict(each), "series": list(each.series)} for each in judged.active]
    return {"minute": judged.minute, "active": active}


def _judged(tx: Tx) -> _Judged:
    found = tx.get("positions", _POSITION)
    if found is None:
        return _Judged()
    document = orjson.loads(found)
    return _Judged(
        document["minute"],
        tuple(
            _Activity(
                Series(*each["series"]), each["shared_event_id"], each["start"], Baseline(**each["usual"])
            )
            for each in document["active"]
        ),
    )


def _series(record: dict[str, Any]) -> Iterable[Series]:
    """What a record counts for: write calls on configuration, all calls on data; and every error."""
    category, name = record.get("eventCategory"), record.get("eventName")
    account_id, source = record.get("recipientAccountId"), record.get("eventSource")
    if category not in {"Management", "Data"} or not (name and source and account_id):
        return
    error = record.get("errorCode")
    place = (account_id, record.get("awsRegion") or "")
    if category == "Data" or not record.get("readOnly"):
        yield Series(*place, _CALL_RATE, category, source, name)
    if error:
        yield Series(*place, _ERROR_RATE, category, source, name, error)


def _attributes(record: dict[str, Any]) -> Iterable[tuple[str, str]]:
    identity = record.get("userIdentity") or {}
    values = {
        "userIdentityArn": identity.get("arn") or identity.get("invokedBy") or identity.get("principalId"),
        "userAgent": record.get("userAgent"),
        # AWS writes the calls that succeeded under this word.
        "errorCode": record.get("errorCode") or "null",
    }
    for attribute, value in values.items():
        if value:
            yield attribute, str(value)[:_LONGEST_VALUE]
