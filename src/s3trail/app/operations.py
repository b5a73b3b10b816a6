"""Every operation there is, in one table."""

from __future__ import annotations

import functools
import os

from s3trail.config import Settings
from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation
from s3trail.services import s3
from s3trail.services.cloudtrail import operations as cloudtrail
from s3trail.services.iam import operations as iam
from s3trail.services.sts import operations as sts
from s3trail.state.config import secrets
from s3trail.state.objects.files import Files
from s3trail.state.views.history import History
from s3trail.state.views.insights import InsightCounts

__all__ = ["blocking_operations", "open_history", "open_insight_counts", "operation_table"]


def operation_table(
    settings: Settings, files: Files, ids: Ids, clock: Clock
) -> dict[tuple[str, str], Operation]:
    """The operations of all services by service and name."""
    history = open_history(settings)
    sealing = secrets.load(settings.data, os.environ)
    found = (
        *s3.operations(files, ids, clock),
        *cloudtrail.operations(
            history,
            functools.cache(lambda: open_insight_counts(settings)),
            clock,
            ids,
            trails_per_region=settings.trails.quota,
            history_days=settings.history.retention_days,
            require_bucket_policy=settings.trails.require_bucket_policy,
        ),
        *iam.operations(sealing, clock, ids),
        *sts.operations(sealing, clock, ids),
    )
    return {(operation.service, operation.name): operation for operation in found}


def open_history(settings: Settings) -> History:
    """The Event history of the data directory."""
    return History(settings.data / "views" / "history.sqlite", data_events=settings.history.data_events)


def open_insight_counts(settings: Settings) -> InsightCounts:
    """The counts of calls that Insights are found in."""
    return InsightCounts(settings.data / "views" / "insights.sqlite")


def blocking_operations() -> frozenset[tuple[str, str]]:
    """Operations that may wait, and so run beside the event loop."""
    waiting = {"cloudtrail": cloudtrail.BLOCKING, "iam": iam.BLOCKING, "sts": sts.BLOCKING}
    return frozenset((service, name) for service, names in waiting.items() for name in names)
