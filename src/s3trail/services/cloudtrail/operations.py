"""All operations of the CloudTrail API that the server carries out, in one tuple for the composition root."""

from __future__ import annotations

from collections.abc import Callable

from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation
from s3trail.services.cloudtrail import (
    event_configuration,
    event_selectors,
    insight_selectors,
    insights,
    lookup,
    public_keys,
    tags,
    trail_logging,
    trails,
)
from s3trail.state.views.history import History
from s3trail.state.views.insights import InsightCounts

__all__ = ["BLOCKING", "operations"]

BLOCKING = lookup.BLOCKING | insights.BLOCKING
"""Operations that may wait; the gateway runs them in a thread pool."""


def operations(
    history: History,
    counts: Callable[[], InsightCounts],
    clock: Clock,
    ids: Ids,
    *,
    trails_per_region: int = 5,
    history_days: int = 90,
    require_bucket_policy: bool = False,
) -> tuple[Operation, ...]:
    """The CloudTrail operations.

    Args:
        history: the Event history that LookupEvents reads.
        counts: opens the counts of calls, or gives them again.
        clock: times of starts, stops and deletions.
        ids: identifiers of trails.
        trails_per_region: quota of an account.
        history_days: how far back LookupEvents looks.
        require_bucket_policy: a trail's bucket needs a policy also in the trail's own account.
    """
    return (
        *trails.operations(clock, ids, trails_per_region, require_bucket_policy=require_bucket_policy),
        *trail_logging.operations(clock),
        *event_selectors.operations(),
        *insight_selectors.operations(),
        *event_configuration.operations(),
        *insights.operations(history, counts, clock, history_days),
        *tags.operations(),
        *public_keys.operations(clock),
        *lookup.operations(history, clock, history_days),
    )
