"""What `s3trail verify --trail` proves of one source region of a trail.

Input: a source of files, public keys, and, for a trail of this server, what its state knows of its digests.
Output: a finding for each digest and log file, and for each that should be there and isn't.

1. Every digest is what was signed, and follows the digest that it names.
2. Ranges of time adjoin. Where they don't, digests are missing, however many; unless the later one begins a
   chain, or backfill digests tell of the time between.
3. A chain ends where it should: the server's state names the last digest of every chain. A copy has no such
   witness; there a chain ends well if a log file under it tells of StopLogging, DeleteTrail or UpdateTrail.
4. Every log file is there and has the hash that its digest says.
5. Every log file in a time that digests tell of is named by one of them, be it by one of another trail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import orjson

from s3trail.cli.trail_digests import Digest, Log, gunzip, parse_name, read_digests
from s3trail.cli.trail_sources import Found, Source
from s3trail.kernel.clock import iso_seconds, parse_iso_seconds
from s3trail.state.config.digest_chains import Link
from s3trail.state.config.signing_keys import PublicKey

__all__ = ["Expected", "Finding", "RegionCheck", "Scope", "log_files"]

_FAULTS = frozenset({"changed", "missing", "unnamed"})
_ENDINGS = frozenset({"StopLogging", "DeleteTrail", "UpdateTrail"})
_ENDING_MARKS = tuple(f'"{name}"'.encode() for name in sorted(_ENDINGS))
_SLACK = 3600.0
"""Seconds that an event may be older than the range of the digest that names its log file."""
_LATE = 900.0
"""Seconds that a log file may come after the time in its name, into a later digest than that tells of."""
_MOST_NAMED = 1000
"""Missing digests that are told of one by one."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose files, and of which time."""

    account_id: str
    home: str
    trail: str
    start: float = 0.0
    """Epoch seconds; digests that end later are verified."""
    end: float = float("inf")
    """Epoch seconds; digests that begin earlier are verified."""
    complete_to: float | None = None
    """Epoch seconds up to which a chain that no event ends must go; None: as far as what is there shows."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the server's state knows of a region's digests."""

    heads: Mapping[str, tuple[float, Link]] = field(default_factory=dict)
    """The last digest of each chain by key, with the end of its range."""
    awaiting: tuple[Log, ...] = ()
    """Log files that no digest names yet."""
    missed: tuple[tuple[float, float], ...] = ()
    """Ranges that backfill digests are to tell of."""
    shared: bool = False
    """A trail without digests delivers to the same place."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one file."""

    kind: str
    """`digest` or `log`."""
    status: str
    """`valid`; a fault: `changed`, `missing`, `unnamed` (no digest names it); no fault: `unproven` (a digest
    whose signature isn't in the copy), `awaiting` (its digest is still to come), `uncovered` (of a time that
    no digest tells of), `unreachable` (in another bucket than the one that was copied), `ended` (a chain
    whose end nothing proves)."""
    region: str
    bucket: str
    key: str
    reason: str = ""

    @property
    def fault(self) -> bool:
        """Whether it speaks against the files."""
        return self.status in _FAULTS


class RegionCheck:
    """Verifies the files of one region.

    Args:
        source: where they are.
        scope: whose, and of which time.
        region: of the events.
        places: bucket and folder (up to `/CloudTrail-Digest/REGION/`) of each place where digests are.
        log_files: bucket and object of what is in the folders of log files beside them; listed before
            `expected` was read, so that whatever was delivered meanwhile isn't taken for unnamed.
        public_keys: by fingerprint.
        expected: what the server's state knows; None for a copy.
        endings: times of events that end chains, as found in the home region, and whether they are proven;
            added to if this is it.
        tick: called once for each file that was read.
    """

    def __init__(
        self,
        source: Source,
        scope: Scope,
        region: str,
        places: Iterable[tuple[str, str]],
        log_files: Sequence[tuple[str, Found]],
        public_keys: Mapping[str, PublicKey],
        expected: Expected | None,
        endings: list[tuple[float, bool]],
        tick: Callable[[], None],
    ) -> None:
        self._source = source
        self._scope = scope
        self._region = region
        self._public_keys = public_keys
        self._expected = expected
        self._endings = endings
        self._tick = tick
        self._findings: list[Finding] = []
        self._log_files = list(log_files)
        self._own, self._others = self._load(list(places))
        self.digests = len(self._own)

    def _load(self, places: list[tuple[str, str]]) -> tuple[list[Digest], list[Digest]]:
        """All digests under the places, of the trail and of others; chains lead to further places."""
        own: list[Digest] = []
        others: list[Digest] = []
        seen: set[tuple[str, str]] = set()
        todo = list(places)
        while todo:
            place = todo.pop()
            if place in seen:
                continue
            if place not in places:
                self._log_files += log_files(self._source, *place)
            seen.add(place)
            mine: list[tuple[str, str]] = []
            strange: list[tuple[str, str]] = []
            for found in self._source.list(*place):
                name = parse_name(found.key)
                if name is None or name.end <= self._scope.start:
                    continue
                ours = (name.account_id, name.home, name.trail) == (
                    self._scope.account_id,
                    self._scope.home,
                    self._scope.trail,
                )
                (mine if ours else strange).append((place[0], found.key))
            own += read_digests(self._source, mine, self._public_keys)
            others += read_digests(self._source, strange, self._public_keys)
            if self._source.names_buckets:
                links = [digest.previous for digest in own if digest.good and digest.previous]
                named = [(bucket, parse_name(key)) for bucket, key in links]
                todo += [(bucket, name.folder) for bucket, name in named if name is not None]
        own = [digest for digest in own if digest.good is False or digest.start < self._scope.end]
        own.sort(key=lambda digest: (digest.name.end, digest.name.backfill))
        return own, others

    @property
    def last_end(self) -> float:
        """The end of the newest good digest; 0 when there is none."""
        return max((digest.end for digest in self._own if digest.good), default=0.0)

    def files(self) -> int:
        """How many log files will be read."""
        awaiting = len(self._expected.awaiting) if self._expected else 0
        return awaiting + sum(len(digest.logs) for digest in self._own if digest.good)

    def logs(self) -> None:
        """Verify the log files that digests name."""
        for digest in self._own:
            if digest.good:
                for log in digest.logs:
                    self._log(log, proven=digest.proven)
        named = {log.key for digest in self._own if digest.good for log in digest.logs}
        for log in self._expected.awaiting if self._expected else ():
            if log.key not in named:
                self._log(log, proven=False, status="awaiting", reason="its digest is still to come")

    def chains(self, newest: float) -> None:
        """Verify the digests.

        Args:
            newest: epoch seconds; the trail has files of that time.
        """
        present = {digest.key for digest in self._own}
        for digest in self._own:
            if digest.fault:
                self._add("digest", "changed", digest.bucket, digest.key, digest.fault)
            elif digest.proven:
                self._add("digest", "valid", digest.bucket, digest.key)
            else:
                reason = "its signature is neither in the copy nor in a digest after it"
                self._add("digest", "unproven", digest.bucket, digest.key, reason)
        gone = self._broken_links(present)
        self._gaps(present, gone)
        if self._expected is not None:
            self._heads(self._expected, present, gone)
        else:
            self._last(newest)

    def unnamed(self) -> None:
        """Look for log files that no digest names."""
        named = {log.key for digest in self._own if digest.good for log in digest.logs}
        named |= {log.key for digest in self._others if digest.proven for log in digest.logs}
        named |= {log.key for log in self._expected.awaiting} if self._expected else set()
        covered = _joined((digest.start, digest.end) for digest in self._own if digest.good)
        for bucket, found in self._log_files:
            if found.key in named or not self._in_scope(found):
                continue
            start, end = found.between
            if not self._source.names_buckets:
                end += _LATE
            if not any(since <= start and end <= until for since, until in covered):
                self._add("log", "uncovered", bucket, found.key, "no digest tells of its time")
            elif self._expected is not None and self._expected.shared:
                reason = "another trail, without log file validation, delivers to the same place"
                self._add("log", "uncovered", bucket, found.key, reason)
            else:
                self._add("log", "unnamed", bucket, found.key, "no digest names it")

    def findings(self) -> list[Finding]:
        """What was found."""
        return self._findings

    def newest_log(self) -> float:
        """When the newest log file was delivered, as far as its name tells; 0 when there is none."""
        return max((found.between[0] for _, found in self._log_files), default=0.0)

    def _in_scope(self, found: Found) -> bool:
        start, end = found.between
        return end >= self._scope.start and start < self._scope.end

    def _add(self, kind: str, status: str, bucket: str, key: str, reason: str = "") -> None:
        self._findings.append(Finding(kind, status, self._region, bucket, key, reason))

    def _log(self, log: Log, *, proven: bool, status: str = "valid", reason: str = "") -> None:
        self._tick()
        blocks = self._source.read(log.bucket, log.key)
        if blocks is None:
            elsewhere = not self._source.names_buckets and any(
                digest.bucket != log.bucket for digest in self._own if digest.good
            )
            if elsewhere:
                self._add("log", "unreachable", log.bucket, log.key, f"it is in the bucket {log.bucket}")
            else:
                self._add("log", "missing", log.bucket, log.key, "it isn't there")
            return
        # Only the home region's log files hold the events that end a chain.
        wanted = self._expected is None and self._region == self._scope.home
        kept: list[bytes] = []
        digest = hashlib.sha256()
        try:
            for piece in gunzip(blocks):
                digest.update(piece)
                if wanted:
                    kept.append(piece)
        except ValueError as error:
            self._add("log", "changed", log.bucket, log.key, str(error))
            return
        if digest.hexdigest() != log.hash:
            self._add("log", "changed", log.bucket, log.key, "its hash isn't the one that its digest says")
            return
        self._add("log", status, log.bucket, log.key, reason)
        if wanted:
            self._endings += [(time, proven) for time in _endings(b"".join(kept), self._scope)]

    def _broken_links(self, present: set[str]) -> set[str]:
        """Tell of digests that others follow and that aren't there; gives their keys."""
        gone: set[str] = set()
        for digest in self._own:
            if not digest.good or digest.previous is None or digest.previous[1] in present:
                continue
            bucket, key = digest.previous
            name = parse_name(key)
            if name is not None and name.end <= self._scope.start:
                continue
            gone.add(key)
            if not self._source.names_buckets and bucket != digest.bucket:
                self._add("digest", "unreachable", bucket, key, f"it is in the bucket {bucket}")
            else:
                self._add("digest", "missing", bucket, key, f"{digest.key} follows it")
        return gone

    def _gaps(self, present: set[str], gone: set[str]) -> None:
        """Tell of times between digests of a chain of which no digest tells."""
        good = [digest for digest in self._own if digest.good]
        regular = [digest for digest in good if not digest.name.backfill]
        told = [(digest.start, digest.end) for digest in good if digest.name.backfill]
        told += self._expected.missed if self._expected else ()
        for before, after in pairwise(regular):
            if after.start <= before.end:
                continue
            if after.previous is None:
                if self._expected is None:
                    self._ending(before)
                continue
            for start, end in _without(before.end, after.start, told):
                step = max(before.end - before.start, after.end - after.start)
                self._missing_slots(start, end, after, step, present | gone)

    def _missing_slots(self, start: float, end: float, model: Digest, step: float, known: set[str]) -> None:
        """Tell of the digests that are missing between two times.

        Args:
            start: epoch seconds.
            end: epoch seconds.
            model: a digest of the same trail and region.
            step: seconds that a digest tells of, to all appearances.
            known: keys of digests that were told of, or are there.
        """
        told = 0
        while start < end and told < _MOST_NAMED:
            until = min(start + max(1.0, step), end)
            key = _at(model, until)
            if key not in known:
                told += 1
                reason = f"no digest tells of the time from {iso_seconds(start)} to {iso_seconds(until)}"
                self._add("digest", "missing", model.bucket, key, reason)
            start = until

    def _heads(self, expected: Expected, present: set[str], gone: set[str]) -> None:
        """Compare with the last digests of all chains."""
        by_key = {digest.key: digest for digest in self._own}
        good = [digest for digest in self._own if digest.good and not digest.name.backfill]
        for key, (end, link) in sorted(expected.heads.items(), key=lambda head: head[1][0]):
            if not self._scope.start < end < self._scope.end:
                continue
            found = by_key.get(key)
            if found is not None:
                if found.good and found.hash != link.hash:
                    self._add("digest", "changed", link.bucket, key, "the server delivered another one")
                continue
            if key not in gone:
                self._add("digest", "missing", link.bucket, key, "it is the last one of its chain")
            before = [digest for digest in good if digest.end < end]
            if before and before[-1].key not in expected.heads:
                last = before[-1]
                self._missing_slots(last.end, end, last, last.end - last.start, present | gone | {key})

    def _last(self, newest: float) -> None:
        """Judge the end of the last chain in a copy."""
        regular = [digest for digest in self._own if digest.good and not digest.name.backfill]
        if not regular:
            return
        last = regular[-1]
        wanted = self._scope.complete_to
        if wanted is None:
            # What is delivered in the running interval has its digest at the end of it.
            wanted = newest - (last.end - last.start)
        if last.end < wanted:
            self._ending(last)

    def _ending(self, last: Digest) -> None:
        told = [proven for time, proven in self._endings if last.start - _SLACK <= time <= last.end]
        if any(told):
            return
        ended = f"the chain ends at {iso_seconds(last.end)}"
        if told:
            reason = f"{ended}; only a digest that isn't proven names the log file that tells why"
            self._add("digest", "ended", last.bucket, last.key, reason)
        elif self._region != self._scope.home and not self._endings:
            self._add("digest", "ended", last.bucket, last.key, f"{ended}; the home region would tell why")
        else:
            following = _at(last, last.end + (last.end - last.start))
            reason = f"{ended}, and no log file tells of StopLogging, DeleteTrail or UpdateTrail"
            self._add("digest", "missing", last.bucket, following, reason)


_BESIDE = ("CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity")
"""Folders of log files."""


def log_files(source: Source, bucket: str, folder: str) -> list[tuple[str, Found]]:
    """Bucket and object of all there is beside a folder of digests that could be log files."""
    return [
        (bucket, found)
        for beside in _BESIDE
        for found in source.list(bucket, folder.replace("/CloudTrail-Digest/", f"/{beside}/"))
    ]


def _at(model: Digest, end: float) -> str:
    """The key that a digest of another time has."""
    moment = datetime.fromtimestamp(end, UTC)
    name = model.name
    return (
        f"{name.folder}{moment:%Y/%m/%d}/{name.account_id}_CloudTrail-Digest_{name.region}_{name.trail}_"
        f"{name.home}_{moment:%Y%m%dT%H%M%SZ}.json.gz"
    )


def _joined(ranges: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ranges in order, adjoining and overlapping ones as one."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _without(start: float, end: float, told: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What remains of a range."""
    left = []
    for since, until in _joined(told):
        if since >= end or until <= start:
            continue
        if since > start:
            left.append((start, since))
        start = max(start, until)
    if start < end:
        left.append((start, end))
    return left


def _endings(text: bytes, scope: Scope) -> list[float]:
    """Times of the events in a log file by which a chain of the trail may have ended."""
    if not any(mark in text for mark in _ENDING_MARKS):
        return []
    arn = f":cloudtrail:{scope.home}:{scope.account_id}:trail/{scope.trail}"
    times = []
    records: list[dict[str, Any]] = orjson.loads(text).get("Records", [])
    for record in records:
        name = str((record.get("requestParameters") or {}).get("name"))
        if (
            record.get("eventSource") == "cloudtrail.amazonaws.com"
            and record.get("eventName") in _ENDINGS
            and not record.get("errorCode")
            and (name == scope.trail or name.endswith(arn))
        ):
            times.append(parse_iso_seconds(record["eventTime"]))
    return times
