"""Digest chains: which log files await their digest, and where each chain of digests stands.

A trail with log file validation has a chain for each region that it delivers files of; an organization's
trail for each region of each account. The chain of the home
region begins when validation is enabled or logging starts; that of another region with its first file. Each
digest tells of the log files that were delivered in its range of time, also when there were none; ranges
adjoin. A chain ends

- when the trail was stopped or deleted and all it logged is delivered: with a digest up to that moment;
- when validation is disabled, or the trail doesn't take the region any more: with the digest of the interval
  that runs then;
- when another begins in its place.

A log file is noted, in the transaction that delivers it, in the chain that takes files at that moment, and
leaves it in the transaction that delivers the digest that names it. Ranges that passed while the bucket took
nothing are *missed*; they get backfill digests, a chain of their own.

Documents: kind `digest-chain`, name `trail id/region/number`; kind `digest-file`, name = the chain's and a
number; kind `digest-ended`, name `account/home region/trail/region/end` for the last digest of each chain
that is over; kind `digest-last`, name `account/home region/trail/region`, the last end that is taken under
that name, for keys of digests hold the trail's name and that time and may not repeat: `end`, the `trail` that
took it, and `before`, the last one that another trail took. Chains of one trail follow each other and can't
take the same; where a chain ends is taken as soon as it is known. Database `positions`,
key `digests/<trail id>`: a trail's `Status`. Database `meta`, key `digests`: a counter that every beginning
and end raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from s3trail.state.config import documents, trails
from s3trail.state.config.trails import Trail
from s3trail.state.environment import Tx

__all__ = [
    "Chain",
    "DeliveredFile",
    "Link",
    "Noted",
    "Status",
    "advance",
    "begin",
    "close",
    "delivered",
    "ended",
    "every",
    "get",
    "last_end",
    "move",
    "note",
    "noted",
    "of_trail",
    "put",
    "put_status",
    "reserve",
    "revision",
    "status",
    "stop",
]

_CHAIN, _FILE, _ENDED, _LAST = "digest-chain", "digest-file", "digest-ended", "digest-last"
_REVISION = b"digests"


@dataclass(frozen=True, slots=True)
class Link:
    """What a digest tells of the one before it."""

    bucket: str
    key: str
    hash: str
    """Hex SHA-256 of the digest's JSON."""
    signature: str
    """Hex."""


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A log file as a digest names it."""

    region: str
    bucket: str
    key: str
    hash: str
    """Hex SHA-256 of the uncompressed file."""
    oldest: str
    """`eventTime` of the oldest event."""
    newest: str
    """`eventTime` of the newest event."""
    account_id: str = ""
    """Whose events it holds; empty: the trail's account."""
    organization: str = ""
    """Id of the organization whose trail it is; empty for the trail of an account."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A log file that awaits its digest."""

    name: str
    """Of its document."""
    time: float
    """Epoch seconds of its delivery."""
    file: DeliveredFile


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a chain of digests stands. Times are whole epoch seconds."""

    trail_id: str
    account_id: str
    home: str
    """The trail's home region."""
    trail_name: str
    region: str
    """Of the events."""
    number: int
    """Tells apart chains of one trail and region."""
    bucket: str
    prefix: str
    start: int
    """Where the range of the next digest begins."""
    noted: int = 0
    """Log files noted so far."""
    previous: Link | None = None
    """The last digest; None before the first."""
    until: int | None = None
    """The chain ends once the journal is delivered up to this sequence number; None while the trail logs."""
    closing: bool = False
    """The next digest is the last."""
    ends: int | None = None
    """Where the range of the last digest ends; None as long as that isn't known."""
    missed: tuple[tuple[int, int], ...] = ()
    """Ranges that await a backfill digest."""
    backfilled: Link | None = None
    """The last backfill digest."""
    error: str = ""
    """Code of the last attempt's error; empty when it succeeded."""
    member: str = ""
    """The account of an organization whose files it names; empty: the trail's own."""
    organization: str = ""
    """Id of the organization whose trail it is; empty for the trail of an account."""

    @property
    def name(self) -> str:
        """Of its document."""
        return f"{self.trail_id}/{_series(self.region, self.member)}/{self.number:08d}"

    @property
    def over(self) -> bool:
        """Its last digest is delivered; backfill digests may still be due."""
        return self.ends is not None and self.start >= self.ends

    @property
    def place(self) -> str:
        """What the names of its digests have in common with those of namesakes of its trail."""
        return f"{self.account_id}/{self.home}/{self.trail_name}/{_series(self.region, self.member)}"

    @property
    def files_of(self) -> str:
        """The account whose log files it names."""
        return self.member or self.account_id


@dataclass(frozen=True, slots=True)
class Status:
    """How the delivery of a trail's digests goes; what GetTrailStatus tells."""

    delivered: float | None = None
    """Epoch seconds of the last digest."""
    error: str = ""
    """Code of the last attempt's error; empty when it succeeded."""


def revision(tx: Tx) -> int:
    """A number that every beginning and end of a chain raises."""
    return int(tx.get("meta", _REVISION) or b"0")


def get(tx: Tx, name: str) -> Chain | None:
    """The chain of that name; None when it is over and gone."""
    document = documents.get(tx, _CHAIN, name)
    return None if document is None else _chain(document)


def every(tx: Tx) -> list[Chain]:
    """All chains."""
    return [_chain(document) for _, document in documents.scan(tx, _CHAIN)]


def of_trail(tx: Tx, trail_id: str, region: str = "", member: str = "") -> list[Chain]:
    """A trail's chains, by region, older ones first.

    Args:
        tx: any transaction.
        trail_id: the trail's id.
        region: that region's chains alone.
        member: with a region: the chains of that account of an organization; the trail's own when empty.
    """
    prefix = f"{trail_id}/{_series(region, member)}/" if region else f"{trail_id}/"
    return [_chain(document) for _, document in documents.scan(tx, _CHAIN, prefix)]


def begin(tx: Tx, trail: Trail, now: float) -> None:
    """The trail logs and is to be validated from now on; does nothing if it was so already.

    Args:
        tx: the transaction of StartLogging or UpdateTrail.
        trail: as it is now.
        now: epoch seconds.
    """
    if not (trail.validation and trail.logging):
        return
    for chain in of_trail(tx, trail.id):
        if chain.closing:
            _put(tx, _cut(tx, chain, now))
    chains = of_trail(tx, trail.id, trail.region)
    if chains and chains[-1].ends is None and chains[-1].until is None:
        return
    if chains:
        _put(tx, _cut(tx, chains[-1], now))
    _open(tx, trail, trail.region, now)


def stop(tx: Tx, trail: Trail) -> None:
    """The trail was stopped or deleted: its chains end with its last delivery."""
    until = trail.spans[-1].until if trail.spans else 0
    for chain in of_trail(tx, trail.id):
        if chain.until is None and chain.ends is None:
            _put(tx, replace(chain, until=until))


def close(tx: Tx, trail: Trail, *, region: str = "") -> None:
    """End the trail's chains with the digests of the running interval.

    Args:
        tx: the transaction of UpdateTrail.
        trail: whose chains.
        region: keep this region's chain.
    """
    for chain in of_trail(tx, trail.id):
        if chain.ends is None and chain.region != region:
            _put(tx, replace(chain, closing=True))


def move(tx: Tx, trail: Trail) -> None:
    """The trail delivers to another place: so do its digests, and their chains go on there."""
    for chain in of_trail(tx, trail.id):
        _put(tx, replace(chain, bucket=trail.bucket, prefix=trail.prefix))


def note(tx: Tx, trail: Trail, files: Sequence[DeliveredFile], now: float) -> None:
    """Note files for their digests.

    Args:
        tx: the transaction that delivers them.
        trail: as it is now, or its tombstone.
        files: the files.
        now: epoch seconds of that transaction.
    """
    for file in files:
        member = file.account_id if file.account_id != trail.account_id else ""
        chains = of_trail(tx, trail.id, file.region, member)
        chain = chains[-1] if chains else None
        if chain is None or (chain.ends is not None and now >= chain.ends):
            if not trail.validation:
                continue
            chain = _open(tx, trail, file.region, now, member)
        document = {"time": max(now, float(chain.start)), "file": asdict(file)}
        documents.put(tx, _FILE, f"{chain.name}/{chain.noted:010d}", document)
        documents.put(tx, _CHAIN, chain.name, asdict(replace(chain, noted=chain.noted + 1)))


def delivered(tx: Tx, trail_id: str, position: int, now: float) -> None:
    """End the chains of a trail that wait for their last log file and have it now.

    Args:
        tx: the transaction that delivers.
        trail_id: the trail's id.
        position: delivered up to this sequence number.
        now: epoch seconds.
    """
    for chain in of_trail(tx, trail_id):
        if chain.ends is None and chain.until is not None and chain.until <= position:
            _put(tx, _ending(tx, chain, int(now) + 1))


def noted(tx: Tx, chain: Chain, start: int = 0, end: float = float("inf")) -> list[Noted]:
    """The files of a chain that were delivered in a range of time, in order.

    Args:
        tx: any transaction.
        chain: the chain.
        start: epoch seconds, included.
        end: epoch seconds, excluded.
    """
    return [
        Noted(name, document["time"], DeliveredFile(**document["file"]))
        for name, document in documents.scan(tx, _FILE, f"{chain.name}/")
        if start <= document["time"] < end
    ]


def put(tx: Tx, chain: Chain) -> None:
    """Write what became of a chain other than by a digest."""
    _put(tx, chain)


def advance(tx: Tx, chain: Chain, named: Sequence[Noted]) -> None:
    """Write where a chain stands after a digest; removes it once it is over.

    Args:
        tx: the transaction that delivers the digest.
        chain: after the digest.
        named: the files that the digest names.
    """
    for each in named:
        documents.delete(tx, _FILE, each.name)
    if chain.over and chain.previous is not None and documents.get(tx, _ENDED, _ended_name(chain)) is None:
        documents.put(tx, _ENDED, _ended_name(chain), asdict(chain.previous))
    if not chain.over or chain.missed:
        _put(tx, chain)
        return
    # Whatever came after the last range belongs to no digest: validation was off by then.
    for left in noted(tx, chain):
        documents.delete(tx, _FILE, left.name)
    documents.delete(tx, _CHAIN, chain.name)
    _raise_revision(tx)
    trail = trails.get(tx, chain.account_id, chain.home, chain.trail_name)
    if (trail is None or trail.id != chain.trail_id) and not of_trail(tx, chain.trail_id):
        tx.delete("positions", _status_key(chain.trail_id))


def ended(tx: Tx, account_id: str, home: str, trail_name: str) -> Iterator[tuple[str, int, Link]]:
    """Source region, end and place of the last digest of each chain that is over, by region and time.

    Chains of other accounts of an organization aren't among them.

    Args:
        tx: any transaction.
        account_id: the trail's account.
        home: the trail's home region.
        trail_name: all trails of that name, one after the other.
    """
    for name, document in documents.scan(tx, _ENDED, f"{account_id}/{home}/{trail_name}/"):
        region, end = name.rsplit("/", 2)[1:]
        if "@" in region:
            continue
        yield region, int(end), Link(**document)


def last_end(tx: Tx, chain: Chain) -> int:
    """The last end that namesakes of the chain's trail took for their digests; 0 when there is none."""
    document = documents.get(tx, _LAST, chain.place)
    if document is None:
        return 0
    return int(document["before"] if document.get("trail") == chain.trail_id else document["end"])


def reserve(tx: Tx, chain: Chain, end: int) -> None:
    """No digest of a namesake of the chain's trail may end at or before `end` from now on."""
    document = {
        "end": max(end, _last_taken(tx, chain)),
        "trail": chain.trail_id,
        "before": last_end(tx, chain),
    }
    documents.put(tx, _LAST, chain.place, document)


def status(tx: Tx, trail_id: str) -> Status:
    """How the delivery of a trail's digests goes; the zero value before the first."""
    found = tx.get("positions", _status_key(trail_id))
    return Status(**orjson.loads(found)) if found else Status()


def put_status(tx: Tx, trail_id: str, reached: Status) -> None:
    """Write how the delivery of a trail's digests goes."""
    tx.put("positions", _status_key(trail_id), orjson.dumps(reached))


def _series(region: str, member: str) -> str:
    """What tells apart the chains of a trail: the region, and the other account of an organization."""
    return f"{region}@{member}" if member else region


def _open(tx: Tx, trail: Trail, region: str, now: float, member: str = "") -> Chain:
    chains = of_trail(tx, trail.id, region, member)
    start = int(now)
    if region != trail.region or member:
        # Digests of all regions are made at the same time.
        homes = of_trail(tx, trail.id, trail.region)
        if homes and not homes[-1].over:
            start = homes[-1].start
    if chains:
        start = max(start, chains[-1].ends or 0)
    chain = Chain(
        trail_id=trail.id,
        account_id=trail.account_id,
        home=trail.region,
        trail_name=trail.name,
        region=region,
        number=chains[-1].number + 1 if chains else 1,
        bucket=trail.bucket,
        prefix=trail.prefix,
        start=start,
        until=None if trail.logging else (trail.spans[-1].until if trail.spans else 0),
        closing=region != trail.region and not trail.rules.multi_region,
        member=member,
        organization=trail.rules.organization,
    )
    chain = replace(chain, start=max(start, _last_taken(tx, chain)))
    _put(tx, chain)
    return chain


def _cut(tx: Tx, chain: Chain, now: float) -> Chain:
    """End a chain now, or as soon as its next digest can tell of a second and of all noted files."""
    if chain.over:
        return chain
    # An end that is known already may not change: other ranges were made to fit.
    return replace(chain if chain.ends is not None else _ending(tx, chain, int(now)), closing=False)


def _ending(tx: Tx, chain: Chain, end: int) -> Chain:
    """The chain with its end: at that second, or where the last range tells of a second and of every file."""
    latest = max((int(each.time) for each in noted(tx, chain, chain.start)), default=chain.start)
    ends = max(end, latest + 1, last_end(tx, chain) + 1)
    reserve(tx, chain, ends)
    return replace(chain, ends=ends)


def _last_taken(tx: Tx, chain: Chain) -> int:
    document = documents.get(tx, _LAST, chain.place)
    return 0 if document is None else int(document["end"])


def _put(tx: Tx, chain: Chain) -> None:
    documents.put(tx, _CHAIN, chain.name, asdict(chain))
    _raise_revision(tx)


def _raise_revision(tx: Tx) -> None:
    tx.put("meta", _REVISION, str(revision(tx) + 1).encode())


def _chain(document: Mapping[str, Any]) -> Chain:
    links = {name: Link(**document[name]) if document[name] else None for name in ("previous", "backfilled")}
    missed = tuple((start, end) for start, end in document["missed"])
    return Chain(**{**document, **links, "missed": missed})


def _ended_name(chain: Chain) -> str:
    return f"{chain.place}/{chain.ends or 0:012d}"


def _status_key(trail_id: str) -> bytes:
    return f"digests/{trail_id}".encode()
