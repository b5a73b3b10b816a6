"""What the gateway hands to the committer: the records of a finished read, or a change with its record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from s3trail import observe
from s3trail.gateway.capture import Capture, Progress
from s3trail.journal import writer
from s3trail.journal.committer import Abandoned, Work
from s3trail.kernel.errors import AuditUnavailable, AwsError, InternalError
from s3trail.kernel.operation import ByteSink, Operation
from s3trail.state.environment import DiskFailure, Tx
from s3trail.wire.http import Response

__all__ = ["Change", "Recorded", "fault_of", "staged"]


def staged(batch: list[Work]) -> list[ByteSink]:
    """The payloads of a batch that are to be made durable ahead of its transaction."""
    return [work.sink for work in batch if isinstance(work, Change) and work.sink and work.sink.staged]


class Recorded:
    """The records of a call that changed nothing; `durable` ends once they are."""

    __slots__ = ("durable", "records", "unsure")

    def __init__(self, records: list[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self.records = records
        self.unsure = False
        """The writer may have journaled them, but its answer was lost."""
        self.durable: asyncio.Future[None] = loop.create_future()

    def carry_out(self, tx: Tx) -> list[bytes]:
        """Give the records, unless the writer has journaled them."""
        return [] if self.unsure and writer.found(tx, self.records[0]) else self.records

    def settle(self, error: AuditUnavailable | None) -> None:
        """Tell the waiting call; in the loop's thread."""
        if self.durable.done():
            return
        if error is None:
            self.durable.set_result(None)
        else:
            self.durable.set_exception(error)


class Change:
    """A writing operation: runs in the committer's transaction, and its record commits with it.

    After `durable` the answer is in `response`, the outcome in `error`.
    """

    __slots__ = ("_capture", "_operation", "_outcome", "_progress", "durable", "error", "response", "sink")

    def __init__(
        self,
        operation: Operation,
        progress: Progress,
        capture: Capture,
        durable: asyncio.Future[None] | None,
        sink: ByteSink | None = None,
    ) -> None:
        self.sink = sink
        self._operation = operation
        self._progress = progress
        self._capture = capture
        self._outcome: AwsError | None = None
        self.durable = durable
        self.response: Response | None = None
        self.error: AwsError | None = None

    def carry_out(self, tx: Tx) -> list[bytes]:
        """Run the operation, render its answer and build its record."""
        result: Mapping[str, Any] | None = None
        error = self._outcome
        if error is None:
            wrote, tx.wrote = tx.wrote, False
            try:
                result = self._operation.run(tx, self._progress.call, self._progress.params)
            except AwsError as raised:
                error = raised
            except DiskFailure:
                raise
            except Exception as fault:  # noqa: BLE001 - any fault of an operation is an answer and a record
                error = fault_of(self._progress, fault)
            if error is not None and tx.wrote:
                self._outcome = error
                raise Abandoned
            tx.wrote = tx.wrote or wrote
        self.error = error
        self.response, records = self._capture.finish(self._progress, result, error)
        return records

    def settle(self, error: AuditUnavailable | None) -> None:
        """Tell the waiting call; in the loop's thread."""
        if self.durable is None or self.durable.done():
            return
        if error is None:
            self.durable.set_result(None)
        else:
            self.durable.set_exception(error)


def fault_of(progress: Progress, fault: Exception) -> InternalError:
    """Log an unexpected fault under the request id, and give the error that the client sees."""
    observe.error(
        "operation.failed",
        fault,
        request_id=progress.call.request_id,
        service=progress.call.service,
        operation=progress.call.operation,
    )
    return InternalError()
