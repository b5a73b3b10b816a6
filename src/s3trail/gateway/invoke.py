"""Calls from inside: a consumer acts by the same operations, as a service, recorded like anyone.

Several calls and a last write (a consumer's position) are one transaction: all of it happens, with its
records, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from s3trail.gateway.capture import Capture, Progress
from s3trail.gateway.works import Change
from s3trail.journal import journal
from s3trail.journal.committer import Abandoned
from s3trail.kernel.call import Call
from s3trail.kernel.caller import Caller
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AccessDenied, AwsError
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import ByteSink, Operation
from s3trail.state.environment import Environment, Tx
from s3trail.state.objects import buckets
from s3trail.state.objects.buckets import Bucket
from s3trail.wire.service import service

__all__ = ["Invocation", "Invoker"]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One S3 call that a service makes."""

    principal: str
    """Service principal, such as `cloudtrail.amazonaws.com`."""
    account_id: str
    """On whose behalf; unless `permitted` tells otherwise, the bucket must belong to this account."""
    operation: str
    params: Mapping[str, Any]
    """Input members, without `Body`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Request headers that the same call by HTTP would carry, for the record."""
    body: bytes = b""
    permitted: Callable[[Tx, Bucket], bool] | None = None
    """Whether the bucket lets the service in; by default one of the account does."""


class Invoker:
    """Carries invocations out, in the thread of whoever calls.

    Args:
        store: makes staged payloads durable.
        default_region: region of a call on a bucket that doesn't exist.
    """

    def __init__(
        self,
        environment: Environment,
        operations: Mapping[tuple[str, str], Operation],
        capture: Capture,
        clock: Clock,
        ids: Ids,
        store: Callable[[Sequence[ByteSink], Ids], None],
        default_region: str,
    ) -> None:
        self._environment = environment
        self._operations = operations
        self._capture = capture
        self._clock = clock
        self._ids = ids
        self._store = store
        self._default_region = default_region

    def invoke(
        self, invocations: Sequence[Invocation], also: Callable[[Tx], None] = lambda _tx: None
    ) -> None:
        """Carry out calls and `also` in one transaction.

        Raises:
            AwsError: the first call that failed. Nothing was changed then, but the failed call is recorded.
            AuditUnavailable: the commit failed; nothing happened.
        """
        sinks: list[ByteSink] = []
        committed = False
        try:
            changes = [self._prepare(invocation, sinks) for invocation in invocations]
            staged = [sink for sink in sinks if sink.staged]
            if staged:
                self._store(staged, self._ids)
            with self._environment.write() as tx:
                records: list[bytes] = []
                for change, progress in changes:
                    try:
                        made = change.carry_out(tx)
                    except Abandoned:
                        made = []
                    if change.error is not None or not made:
                        raise _Failed(change, progress)
                    records += made
                    tx.unjournaled = len(records)
                also(tx)
                journal.append_all(tx, self._clock.now(), records)
            committed = True
        except _Failed as failed:
            self._record(failed)
            raise failed.error from None
        finally:
            if not committed:
                for sink in sinks:
                    sink.discard()

    def _prepare(self, invocation: Invocation, sinks: list[ByteSink]) -> tuple[Change, Progress]:
        operation = self._operations["s3", invocation.operation]
        now = self._clock.now()
        with self._environment.read() as tx:
            bucket = buckets.get(tx, invocation.params["Bucket"])
            call = Call(
                request_id=self._ids.request_id(),
                host_id=self._ids.host_id(),
                service="s3",
                operation=invocation.operation,
                region=bucket.region if bucket else self._default_region,
                time=now,
                source_ip=invocation.principal,
                user_agent=invocation.principal,
                caller=Caller(type="AWSService", invoked_by=invocation.principal, rights="admin"),
            )
            progress = Progress(
                call,
                headers=invocation.headers,
                params=dict(invocation.params),
                bytes_in=len(invocation.body),
                arrived=now,
                bucket_account=bucket.account_id if bucket else "",
                wire=service("s3").operation(invocation.operation),
            )
            change = Change(operation, progress, self._capture, None)
            try:
                if bucket is not None and not _permitted(tx, bucket, invocation):
                    raise AccessDenied
                if operation.receive is not None:
                    sink = operation.receive(tx, call, progress.params, len(invocation.body))
                    sinks.append(sink)
                    sink.write(invocation.body)
                    sink.finish({})
                    progress.params["Body"] = sink
            except AwsError as error:
                change.error = error
                raise _Failed(change, progress) from None
        return change, progress

    def _record(self, failed: _Failed) -> None:
        _, records = self._capture.finish(failed.progress, None, failed.error)
        with self._environment.write() as tx:
            journal.append_all(tx, self._clock.now(), records)


def _permitted(tx: Tx, bucket: Bucket, invocation: Invocation) -> bool:
    if invocation.permitted is not None:
        return invocation.permitted(tx, bucket)
    return bucket.account_id == invocation.account_id


class _Failed(Exception):
    def __init__(self, change: Change, progress: Progress) -> None:
        super().__init__()
        self.error = change.error or AwsError()
        self.progress = progress
