"""The journal's writer as a process of the server."""

from __future__ import annotations

import signal
import socket

from s3trail.app import health
from s3trail.config import Settings
from s3trail.journal.writer import Writer
from s3trail.kernel.clock import SystemClock
from s3trail.kernel.errors import AuditUnavailable
from s3trail.observe import Metrics
from s3trail.state.environment import Environment

__all__ = ["run"]


def run(settings: Settings, listener: socket.socket, name: str) -> None:
    """Journal what the workers send, until SIGTERM and the last of them has gone."""
    metrics = Metrics(settings.data / "run" / "metrics", name)
    state = health.JournalState(settings.data / "run", name)

    def committed(_frames: int, records: int, seconds: float, error: AuditUnavailable | None) -> None:
        metrics.commit(seconds, records, failed=error is not None)
        state.note(error)

    environment = Environment(settings.data)
    writer = Writer(environment, listener, SystemClock(), committed)
    signal.signal(signal.SIGTERM, lambda *_: writer.stop())
    signal.signal(signal.SIGINT, lambda *_: writer.stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    writer.run()
    environment.close()
    metrics.close()
