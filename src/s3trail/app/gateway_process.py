"""A gateway worker: wires environment, committer, services and edge of one process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from s3trail import observe
from s3trail.app import health
from s3trail.app.operations import blocking_operations, operation_table
from s3trail.config import Settings
from s3trail.gateway.address import Addresses
from s3trail.gateway.authenticate import Authenticator
from s3trail.gateway.capture import Capture
from s3trail.gateway.handle import Gateway, GatewaySettings
from s3trail.gateway.journaling import Journaling
from s3trail.gateway.operational import Operational
from s3trail.gateway.worker import Served, WorkerSettings
from s3trail.gateway.worker import run as run_worker
from s3trail.gateway.works import staged
from s3trail.journal import writer
from s3trail.journal.committer import Committer, Work, settle_all
from s3trail.kernel.clock import SystemClock
from s3trail.kernel.errors import AuditUnavailable
from s3trail.kernel.ids import RandomIds
from s3trail.observe import Metrics
from s3trail.state.config import identities, secrets
from s3trail.state.environment import Environment
from s3trail.state.objects.files import Files

__all__ = ["run"]

_POOL = 8
"""Threads for file reads, hashing and syncs: more than cores, since they mostly wait for the disk."""
_SWITCH_INTERVAL = 0.0005
"""Seconds; at Python's default of 5 ms the committer would wait for a busy loop longer than its sync
takes."""


def run(settings: Settings, listener: socket.socket, name: str) -> bool:
    """Serve until SIGTERM; False if calls had to be cut off."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    limits = WorkerSettings(
        max_header_bytes=settings.server.max_header_bytes,
        idle_timeout=settings.server.idle_timeout,
        body_timeout=settings.server.body_timeout,
        drain_timeout=settings.server.drain_timeout,
        connections=settings.limits.connections,
    )
    return run_worker(listener, limits, lambda: _open(settings, name))


def _open(settings: Settings, name: str) -> tuple[Served, Callable[[], None]]:
    loop = asyncio.get_running_loop()
    clock, ids = SystemClock(), RandomIds()
    environment = Environment(settings.data)
    metrics = Metrics(settings.data / "run" / "metrics", name)

    def settled(batch: list[Work], error: AuditUnavailable | None) -> None:
        loop.call_soon_threadsafe(settle_all, batch, error)

    def committed(_works: int, records: int, seconds: float, error: AuditUnavailable | None) -> None:
        metrics.commit(seconds, records, failed=error is not None)
        journal_state.note(error)

    def broken() -> None:
        # LMDB can't go on in this process after a failed sync. The supervisor starts a new one.
        observe.error("journal.broken", process=name)
        os.kill(os.getpid(), signal.SIGTERM)

    journal_state = health.JournalState(settings.data / "run", name)
    files = Files(settings.data)

    def bring(batch: list[Work]) -> None:
        waiting = staged(batch)
        if waiting:
            files.packs.store(waiting, ids)

    committer = Committer(environment, clock, bring, settled, committed, broken)
    journaling = Journaling(writer.path(settings.data), committer)
    pool = ThreadPoolExecutor(_POOL, thread_name_prefix="disk")
    with environment.read() as tx:
        account = identities.first_account(tx)
    assert account is not None, "the supervisor makes the first account before it starts workers"
    gateway = Gateway(
        settings=GatewaySettings(
            domains=settings.server.domains,
            default_region=settings.server.region,
            record_authentication_failures=settings.audit.authentication_failures,
            wait_for_reads=settings.audit.durability == "sync",
            document_limit=settings.limits.document_size,
            requests=settings.limits.requests,
        ),
        environment=environment,
        committer=committer,
        journaling=journaling,
        operations=operation_table(settings, files, ids, clock),
        blocking=blocking_operations(),
        authenticator=Authenticator(
            secrets.load(settings.data, os.environ),
            clock,
            settings.server.domains,
            settings.server.region,
        ),
        addresses=Addresses(map(str, settings.network.trusted_proxies)),
        capture=Capture(ids, clock, default_account=account.account_id, recording=settings.bench.recording),
        clock=clock,
        ids=ids,
        pool=pool,
        metrics=metrics,
        operational=Operational(
            lambda: health.document(settings, environment),
            lambda: health.metrics(settings, environment),
            loopback_only=settings.health.loopback_only,
        ),
        disk_low=lambda: shutil.disk_usage(settings.data).free < settings.limits.disk_reserve,
    )
    committer.start()

    def close() -> None:
        journaling.close()
        committer.close()
        pool.shutdown()
        environment.close()
        metrics.close()

    return gateway, close
