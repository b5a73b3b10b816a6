"""All operations of the CloudTrail API that the server carries out, in one tuple for the composition root."""

from __future__ import annotations

from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation
from s3trail.services.cloudtrail import event_selectors, lookup, public_keys, tags, trail_logging, trails
from s3trail.services.cloudtrail.lookup import BLOCKING
from s3trail.state.views.history import History

__all__ = ["BLOCKING", "operations"]


def operations(
    history: History, clock: Clock, ids: Ids, *, trails_per_region: int = 5, history_days: int = 90
) -> tuple[Operation, ...]:
    """The CloudTrail operations.

    Args:
        history: the Event history that LookupEvents reads.
        clock: times of starts, stops and deletions.
        ids: identifiers of trails.
        trails_per_region: quota of an account.
        history_days: how far back LookupEvents looks.
    """
    return (
        *trails.operations(clock, ids, trails_per_region),
        *trail_logging.operations(clock),
        *event_selectors.operations(),
        *tags.operations(),
        *public_keys.operations(clock),
        *lookup.operations(history, clock, history_days),
    )
