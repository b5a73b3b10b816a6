"""Every operation there is, in one table."""

from __future__ import annotations

from s3trail.config import Settings
from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation
from s3trail.services import s3
from s3trail.services.cloudtrail import operations as cloudtrail
from s3trail.state.objects.files import Files
from s3trail.state.views.history import History

__all__ = ["blocking_operations", "open_history", "operation_table"]


def operation_table(
    settings: Settings, files: Files, ids: Ids, clock: Clock
) -> dict[tuple[str, str], Operation]:
    """The operations of all services by service and name."""
    history = open_history(settings)
    found = (
        *s3.operations(files, ids, clock),
        *cloudtrail.operations(
            history,
            clock,
            ids,
            trails_per_region=settings.trails.quota,
            history_days=settings.history.retention_days,
        ),
    )
    return {(operation.service, operation.name): operation for operation in found}


def open_history(settings: Settings) -> History:
    """The Event history of the data directory."""
    return History(settings.data / "views" / "history.sqlite", data_events=settings.history.data_events)


def blocking_operations() -> frozenset[tuple[str, str]]:
    """Operations that may wait, and so run beside the event loop."""
    return frozenset(("cloudtrail", name) for name in cloudtrail.BLOCKING)
