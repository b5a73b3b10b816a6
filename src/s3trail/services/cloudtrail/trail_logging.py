"""StartLogging, StopLogging, GetTrailStatus.

Input: a trail's name. Output: spans of the journal that the trail logs, its chains of digests, and how their
delivery goes. A trail logs from its StartLogging event up to its StopLogging event, both included.
"""

from __future__ import annotations

from typing import Any

from s3trail.journal import journal
from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock, iso_seconds
from s3trail.kernel.operation import Operation, Result
from s3trail.services.cloudtrail import names
from s3trail.state.config import digest_chains, trails
from s3trail.state.environment import Tx

__all__ = ["operations"]


def operations(clock: Clock) -> tuple[Operation, ...]:
    """The operations that start, stop and watch a trail's logging."""

    def start_logging(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        trail = names.find_at_home(tx, call, params["Name"])
        started = trail.start(journal.upcoming(tx), clock.now())
        trails.put(tx, started)
        digest_chains.begin(tx, started, clock.now())
        return {}

    def stop_logging(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        trail = names.find_at_home(tx, call, params["Name"])
        stopped = trail.stop(journal.upcoming(tx), clock.now())
        trails.put(tx, stopped)
        digest_chains.stop(tx, stopped)
        return {}

    return (
        Operation("cloudtrail", "StartLogging", start_logging, writes=True),
        Operation("cloudtrail", "StopLogging", stop_logging, writes=True),
        Operation("cloudtrail", "GetTrailStatus", _get_trail_status),
    )


def _get_trail_status(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    trail = names.find(tx, call, params["Name"], unknown_by_arn=True)
    progress = trails.progress(tx, trail.id)
    status: dict[str, Any] = {"IsLogging": trail.logging}
    if progress.error:
        status["LatestDeliveryError"] = progress.error
    if progress.delivered is not None:
        status["LatestDeliveryTime"] = progress.delivered
    digests = digest_chains.status(tx, trail.id)
    if digests.error:
        status["LatestDigestDeliveryError"] = digests.error
    if digests.delivered is not None:
        status["LatestDigestDeliveryTime"] = digests.delivered
    if trail.started is not None:
        status["StartLoggingTime"] = trail.started
    if trail.stopped is not None:
        status["StopLoggingTime"] = trail.stopped
    # Deprecated members, which AWS still sends: ISO times, empty when there is none.
    return status | {
        "LatestDeliveryAttemptTime": _iso(progress.attempted),
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "LatestDeliveryAttemptSucceeded": _iso(progress.delivered),
        "TimeLoggingStarted": _iso(trail.started),
        "TimeLoggingStopped": _iso(trail.stopped),
    }


def _iso(moment: float | None) -> str:
    return "" if moment is None else iso_seconds(moment)
