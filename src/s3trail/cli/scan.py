"""Records of the journal that pass a filter, newest first or live.

The journal is read in stretches, each in a snapshot of its own that is closed before its records are shown: a
pager that waits for its reader must not hold the pages that the journal would reuse.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

from s3trail.cli.filters import Criteria, Filter, compile_filter
from s3trail.cli.forms import Match
from s3trail.journal import journal
from s3trail.journal.journal import Entry
from s3trail.state.environment import Environment

__all__ = ["follow", "newest_first"]

_STRETCH = 4000
"""Entries read in one snapshot, a few megabytes."""
_LATE = 300.0
"""Seconds by which a record may be journaled after its eventTime and still be found by `end`."""
_POLL = 0.05
"""Seconds between two looks at the journal's head."""


def newest_first(environment: Environment, criteria: Criteria, limit: int | None = None) -> Iterator[Match]:
    """Matching records, the last journaled first.

    Args:
        environment: the open journal.
        criteria: what is asked for.
        limit: how many at most.
    """
    return islice(_newest_first(environment, criteria), limit)


def _newest_first(environment: Environment, criteria: Criteria) -> Iterator[Match]:
    wanted = compile_filter(criteria)
    with environment.read() as tx:
        # No record is journaled before its call has ended: what was journaled before `start` ended before it.
        oldest = 0 if criteria.start is None else journal.at_time(tx, criteria.start)
        before = journal.head(tx) + 1
        if criteria.end is not None:
            before = min(before, journal.at_time(tx, criteria.end + _LATE))
    while before > oldest:
        with environment.read() as tx:
            entries = [*islice(journal.read_back(tx, before), _STRETCH)]
        if not entries:
            return
        yield from _matches((entry for entry in entries if entry.sequence >= oldest), wanted)
        before = entries[-1].sequence


def follow(environment: Environment, criteria: Criteria, count: int) -> Iterator[Match]:
    """The last `count` matching records, oldest first, then those that come; without end."""
    wanted = compile_filter(criteria)
    with environment.read() as tx:
        after = journal.head(tx)
    # What is journaled meanwhile comes with the live part.
    past = (match for match in newest_first(environment, criteria) if match.sequence <= after)
    yield from reversed([*islice(past, count)])
    while True:
        with environment.read() as tx:
            entries = [*journal.read(tx, after, _STRETCH)]
        if entries:
            yield from _matches(iter(entries), wanted)
            after = entries[-1].sequence
        else:
            time.sleep(_POLL)


def _matches(entries: Iterator[Entry], wanted: Filter) -> Iterator[Match]:
    for entry in entries:
        record = wanted.match(entry.record)
        if record is not None:
            yield Match(entry.sequence, entry.time, entry.record, record)
