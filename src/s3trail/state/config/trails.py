"""Trails: what each one delivers, where to, and which part of the journal it has still to deliver.

A trail's *spans* are the ranges of the journal that it logs. StartLogging opens a span; StopLogging and
DeleteTrail close it; a change of what the trail keeps (PutEventSelectors, UpdateTrail) closes it and opens
the next, so that every event is judged by the rules that were in force when it was journaled. Delivery takes
the spans in order and removes those that are done. Where the files go is the trail's present bucket, so that
UpdateTrail mends a trail whose bucket is gone.

A deleted trail stays as a tombstone, under its id, until its last delivery is done.

Documents: kind `trail`, name `account/region/name`; kind `trail-deleted`, name = id. Database `positions`,
key `delivery/<id>`: the trail's `Progress`. Database `meta`, key `trails`: a counter that every change of a
trail raises, so that readers know when to read the trails again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from s3trail.kernel.arn import trail_arn
from s3trail.matching.selectors import DEFAULT_SELECTORS
from s3trail.state.config import documents
from s3trail.state.environment import Tx

__all__ = [
    "Progress",
    "Rules",
    "Span",
    "Trail",
    "current",
    "deleted",
    "every",
    "forget",
    "get",
    "of_account",
    "progress",
    "put",
    "put_progress",
    "revision",
    "settle",
]

_KIND = "trail"
_DELETED = "trail-deleted"
_REVISION = b"trails"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a trail keeps of its account's events."""

    region: str
    """Home region; the only one unless `multi_region`."""
    multi_region: bool = False
    """Events of every region."""
    global_services: bool = True
    """Events of services without regions (IAM and the like), which are written down in us-east-1."""
    recursive: bool = True
    """Events of CloudTrail's own deliveries, if the selectors take them (`RecursiveLogging`)."""
    event_selectors: tuple[dict[str, Any], ...] = DEFAULT_SELECTORS
    """Basic selectors, validated; empty when there are advanced ones."""
    advanced_event_selectors: tuple[dict[str, Any], ...] = ()
    """Advanced selectors, validated; empty when there are basic ones."""
    insight_selectors: tuple[dict[str, Any], ...] = ()
    """Insight selectors, validated; empty when the trail has no Insights."""
    organization: str = ""
    """Id of the organization, all of whose accounts the trail records; empty for the trail of one account."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of the journal that a trail logs, by one set of rules."""

    after: int
    """Sequence number; entries over it belong to the span."""
    until: int | None
    """Last sequence number of the span; None while the trail logs."""
    rules: Rules


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail as its owner configured it, and its spans."""

    id: str
    """Random; tells apart trails that had the same name one after the other."""
    account_id: str
    name: str
    bucket: str
    rules: Rules
    prefix: str = ""
    """`S3KeyPrefix`; empty when there is none."""
    started: float | None = None
    """Epoch seconds of the last StartLogging."""
    stopped: float | None = None
    """Epoch seconds of the last StopLogging."""
    deleted: float | None = None
    """Epoch seconds of DeleteTrail; then only leftovers are delivered."""
    spans: tuple[Span, ...] = ()
    """In order, without overlap; the last is open while the trail logs."""
    validation: bool = False
    """`LogFileValidationEnabled`: its log files are named by digests."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag values by key; in the order in which the keys came."""

    @property
    def region(self) -> str:
        """Home region."""
        return self.rules.region

    @property
    def arn(self) -> str:
        """The trail's ARN."""
        return trail_arn(self.rules.region, self.account_id, self.name)

    @property
    def logging(self) -> bool:
        """Between StartLogging and StopLogging."""
        return bool(self.spans) and self.spans[-1].until is None

    @property
    def custom_selectors(self) -> bool:
        """Whether the selectors differ from a new trail's (`HasCustomEventSelectors`)."""
        return self.rules.event_selectors != DEFAULT_SELECTORS

    def start(self, head: int, now: float) -> Trail:
        """Log from the entry after `head` on: the StartLogging event itself is the first."""
        if self.logging:
            return replace(self, started=now)
        return replace(self, started=now, spans=_opened(self.spans, head, self.rules))

    def stop(self, head: int, now: float) -> Trail:
        """Log up to `head` and the entry after it, which is the StopLogging event itself."""
        return replace(self, stopped=now, spans=_closed(self.spans, head + 1))

    def delete(self, head: int, now: float) -> Trail:
        """The tombstone: logs up to the DeleteTrail event itself."""
        return replace(self, deleted=now, spans=_closed(self.spans, head + 1))

    def keep(self, head: int, rules: Rules) -> Trail:
        """Keep events by other rules from the entry after `head` on."""
        if rules == self.rules or not self.logging:
            return replace(self, rules=rules)
        return replace(self, rules=rules, spans=_opened(_closed(self.spans, head), head, rules))


def _closed(spans: tuple[Span, ...], until: int) -> tuple[Span, ...]:
    if not spans or spans[-1].until is not None:
        return spans
    last = spans[-1]
    if last.after >= until:
        return spans[:-1]
    return (*spans[:-1], replace(last, until=until))


def _opened(spans: tuple[Span, ...], head: int, rules: Rules) -> tuple[Span, ...]:
    # Never before the end of the span before, or an event would be delivered twice.
    after = max(head, (spans[-1].until or 0) if spans else 0)
    if spans and spans[-1].until == after and spans[-1].rules == rules:
        return (*spans[:-1], replace(spans[-1], until=None))
    return (*spans, Span(after, None, rules))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a trail's delivery is and how it goes; what GetTrailStatus tells."""

    position: int = 0
    """Everything of the trail's spans up to this sequence number is delivered."""
    attempted: float | None = None
    """Epoch seconds of the last attempt to put files."""
    delivered: float | None = None
    """Epoch seconds of the last attempt that succeeded."""
    error: str = ""
    """Error code of the last attempt; empty when it succeeded."""


def _name(account_id: str, region: str, name: str) -> str:
    return f"{account_id}/{region}/{name}"


def _document(trail: Trail) -> dict[str, Any]:
    return asdict(trail)


def _rules(document: Mapping[str, Any]) -> Rules:
    return Rules(
        **{
            **document,
            "event_selectors": tuple(document["event_selectors"]),
            "advanced_event_selectors": tuple(document["advanced_event_selectors"]),
            "insight_selectors": tuple(document.get("insight_selectors", ())),
        }
    )


def _trail(document: Mapping[str, Any]) -> Trail:
    spans = tuple(Span(**{**span, "rules": _rules(span["rules"])}) for span in document["spans"])
    return Trail(**{**document, "rules": _rules(document["rules"]), "spans": spans})


def revision(tx: Tx) -> int:
    """A number that every change of a trail raises."""
    return int(tx.get("meta", _REVISION) or b"0")


def _raise_revision(tx: Tx) -> None:
    tx.put("meta", _REVISION, str(revision(tx) + 1).encode())


def get(tx: Tx, account_id: str, region: str, name: str) -> Trail | None:
    """The trail of that name whose home is the region; None when there is none."""
    document = documents.get(tx, _KIND, _name(account_id, region, name))
    return None if document is None else _trail(document)


def current(tx: Tx, trail: Trail) -> Trail | None:
    """A trail as it is now, by its id: its tombstone if it was deleted, None when that is gone too."""
    found = get(tx, trail.account_id, trail.region, trail.name)
    if found is not None and found.id == trail.id:
        return found
    document = documents.get(tx, _DELETED, trail.id)
    return None if document is None else _trail(document)


def of_account(tx: Tx, account_id: str) -> list[Trail]:
    """All trails of an account, by home region, then by name."""
    return [_trail(document) for _, document in documents.scan(tx, _KIND, f"{account_id}/")]


def every(tx: Tx) -> Iterator[Trail]:
    """All trails, then the tombstones of deleted ones."""
    for kind in (_KIND, _DELETED):
        for _, document in documents.scan(tx, kind):
            yield _trail(document)


def put(tx: Tx, trail: Trail) -> None:
    """Write a trail, replacing the one of its account, home region and name."""
    documents.put(tx, _KIND, _name(trail.account_id, trail.region, trail.name), _document(trail))
    _raise_revision(tx)


def deleted(tx: Tx, tombstone: Trail) -> None:
    """Remove a trail; its tombstone (see `Trail.delete`) stays while it has anything to deliver."""
    documents.delete(tx, _KIND, _name(tombstone.account_id, tombstone.region, tombstone.name))
    if tombstone.spans:
        documents.put(tx, _DELETED, tombstone.id, _document(tombstone))
    else:
        tx.delete("positions", _progress_key(tombstone.id))
    _raise_revision(tx)


def forget(tx: Tx, trail_id: str) -> None:
    """Drop a tombstone with its progress."""
    documents.delete(tx, _DELETED, trail_id)
    tx.delete("positions", _progress_key(trail_id))
    _raise_revision(tx)


def settle(tx: Tx, trail: Trail, position: int) -> None:
    """Remove the spans of a trail that end at or before a delivered position, and a tombstone without spans.

    Args:
        tx: a write transaction; the trail is read anew in it, for it may have changed or been deleted
            meanwhile.
        trail: names the trail; its spans don't matter.
        position: delivered up to this sequence number.
    """
    found = current(tx, trail)
    if found is None:
        return
    spans = tuple(span for span in found.spans if span.until is None or span.until > position)
    if found.deleted is not None and not spans:
        forget(tx, trail.id)
    elif spans != found.spans:
        _replace(tx, replace(found, spans=spans))


def _replace(tx: Tx, trail: Trail) -> None:
    if trail.deleted is None:
        put(tx, trail)
        return
    documents.put(tx, _DELETED, trail.id, _document(trail))
    _raise_revision(tx)


def _progress_key(trail_id: str) -> bytes:
    return f"delivery/{trail_id}".encode()


def progress(tx: Tx, trail_id: str) -> Progress:
    """How far a trail's delivery is; the zero value before its first."""
    found = tx.get("positions", _progress_key(trail_id))
    return Progress(**orjson.loads(found)) if found else Progress()


def put_progress(tx: Tx, trail_id: str, reached: Progress) -> None:
    """Write how far a trail's delivery is."""
    tx.put("positions", _progress_key(trail_id), orjson.dumps(reached))
