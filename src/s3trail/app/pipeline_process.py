"""The pipeline: all consumers of the journal, and the housekeeping of what they are done with."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic

from s3trail import observe
from s3trail.app.operations import open_history, open_insight_counts, operation_table
from s3trail.config import Settings
from s3trail.consumers.delivery import DeliveryConsumer
from s3trail.consumers.digests import DigestConsumer
from s3trail.consumers.history import HistoryConsumer
from s3trail.consumers.insights import InsightsConsumer
from s3trail.consumers.key_usage import KeyUsageConsumer
from s3trail.consumers.runner import Consumer, Runner
from s3trail.consumers.to_bucket import Deliver, Delivery
from s3trail.gateway.capture import Capture
from s3trail.gateway.invoke import Invocation, Invoker
from s3trail.journal import journal
from s3trail.kernel.clock import Clock, SystemClock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds
from s3trail.state.config import identities, log_buckets, secrets
from s3trail.state.config.signing_keys import SigningKeys
from s3trail.state.environment import Environment, Tx
from s3trail.state.objects import packs
from s3trail.state.objects.buckets import Bucket
from s3trail.state.objects.files import Files

__all__ = ["run"]

_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_DAY = 86400.0
_GIVE_WAY = 10
"""How much the pipeline's priority is below the workers': a tenth of their share when all are busy."""
_HOUSEKEEPING_EVERY = 10.0
_WITNESS_EVERY = 1.0


def run(settings: Settings) -> None:
    """Follow the journal until SIGTERM, then until SIGUSR1 says that nothing more will be journaled."""
    # On a busy machine requests come first: what is journaled can wait a moment, a caller can't.
    os.nice(_GIVE_WAY)
    stop = threading.Event()
    last = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGUSR1, lambda *_: last.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1})
    clock, ids = SystemClock(), RandomIds()
    environment = Environment(settings.data)
    with environment.read() as tx:
        account = identities.first_account(tx)
    assert account is not None, "the supervisor makes the first account before it starts the pipeline"
    files = Files(settings.data)
    capture = Capture(ids, clock, default_account=account.account_id, recording=settings.bench.recording)
    invoker = Invoker(
        environment,
        operation_table(settings, files, ids, clock),
        capture,
        clock,
        ids,
        files.packs.store,
        settings.server.region,
    )
    deliver = _deliverer(invoker, strict=settings.trails.require_bucket_policy)
    consumers: list[Consumer] = [
        HistoryConsumer(environment, open_history(settings), clock, settings.history.retention_days),
        DeliveryConsumer(
            environment,
            deliver,
            clock,
            ids,
            interval=settings.trails.delivery_interval,
            size=settings.trails.delivery_size,
        ),
        DigestConsumer(
            environment,
            SigningKeys(environment, secrets.load(settings.data, os.environ)),
            deliver,
            clock,
            interval=settings.trails.digest_interval,
        ),
        InsightsConsumer(environment, open_insight_counts(settings), clock, ids),
        KeyUsageConsumer(environment, clock),
    ]
    runner = Runner(environment, consumers, clock)
    runner.start()
    housekeeping_at = monotonic() + _HOUSEKEEPING_EVERY
    witnessed = 0
    while not stop.wait(_WITNESS_EVERY):
        witnessed = _witness(environment, witnessed)
        if monotonic() >= housekeeping_at:
            _prune(environment, consumers, clock, settings)
            _reclaim(environment, files)
            housekeeping_at = monotonic() + _HOUSEKEEPING_EVERY
    # Workers end first; what they journal while they drain is still taken.
    last.wait(settings.server.drain_timeout)
    if not runner.stop():
        observe.warning("pipeline.unfinished", hint="the next start goes on from the kept positions")
    _witness(environment, 0)
    environment.close()


def _deliverer(invoker: Invoker, *, strict: bool) -> Deliver:
    def permitted(tx: Tx, bucket: Bucket, put: Delivery) -> bool:
        return log_buckets.may_put(tx, bucket, put.account_id, put.trail_arn, put.key, strict=strict)

    def deliver(puts: Sequence[Delivery], commit: Callable[[Tx], None]) -> None:
        invoker.invoke(
            [
                Invocation(
                    principal=_CLOUDTRAIL,
                    account_id=put.account_id,
                    operation="PutObject",
                    params={
                        "Bucket": put.bucket,
                        "Key": put.key,
                        "ACL": "bucket-owner-full-control",
                        "ContentType": put.content_type,
                        "ContentEncoding": put.content_encoding,
                        "Metadata": dict(put.metadata),
                    },
                    headers={"x-amz-acl": "bucket-owner-full-control"},
                    body=put.body,
                    permitted=partial(permitted, put=put),
                )
                for put in puts
            ],
            commit,
        )

    return deliver


def _prune(environment: Environment, consumers: Sequence[Consumer], clock: Clock, settings: Settings) -> None:
    """Take out of the journal what is past its retention and consumed, a little at a time."""
    before = clock.now() - settings.journal.retention_days * _DAY
    keep_after = min(consumer.position() for consumer in consumers)
    try:
        removed = 1
        while removed:
            with environment.read() as tx:
                oldest = next(journal.read(tx, 0, 1), None)
            if oldest is None or oldest.time >= before or oldest.sequence > keep_after:
                return
            with environment.write() as tx:
                removed = journal.prune(tx, before, keep_after)
    except AwsError as error:
        observe.error("journal.prune_failed", error)


def _witness(environment: Environment, witnessed: int) -> int:
    try:
        with environment.read() as tx:
            head = journal.head(tx)
        if head != witnessed:
            with environment.write() as tx:
                journal.witness(tx)
        return head
    except AwsError as error:
        observe.error("journal.witness_failed", error)
        return witnessed


def _reclaim(environment: Environment, files: Files) -> None:
    try:
        packs.reclaim(environment, files.packs)
    except (AwsError, OSError) as error:
        observe.error("packs.reclaim_failed", error)
