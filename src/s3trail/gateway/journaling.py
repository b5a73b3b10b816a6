"""How a worker gets the records of its reads journaled: by the writer, or by itself when that is away.

All records of one round of the event loop go out as one frame. A frame whose answer is lost with the
connection
is looked up in the journal, so that no record is written twice and none is taken for durable that isn't.
"""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import Any

from s3trail import observe
from s3trail.gateway.works import Recorded
from s3trail.journal import writer
from s3trail.journal.committer import Committer
from s3trail.kernel.errors import AuditUnavailable

__all__ = ["Journaling"]

_RETRY = 0.1
"""Seconds between attempts to reach the writer."""


class Journaling(asyncio.Protocol):
    """The worker's end of the connection to the writer.

    Args:
        path: the writer's socket.
        committer: takes over while the writer is away.
    """

    def __init__(self, path: Path, committer: Committer) -> None:
        self._path = path
        self._committer = committer
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._round: list[Recorded] = []
        self._sent: deque[list[Recorded]] = deque()
        self._closing = False
        self._connecting = self._loop.create_task(self._connect())

    def submit(self, work: Recorded) -> None:
        """Have records journaled; `work.durable` tells when they are."""
        if self._transport is None:
            self._committer.submit(work)
            return
        self._round.append(work)
        if len(self._round) == 1:
            self._loop.call_soon(self._end_of_round)

    def close(self) -> None:
        """Disconnect; for the end, when nothing waits any more."""
        self._closing = True
        self._connecting.cancel()
        if self._transport is not None:
            self._transport.close()

    def _end_of_round(self) -> None:
        batch, self._round = self._round, []
        if self._transport is None:
            for work in batch:
                self._committer.submit(work)
            return
        self._sent.append(batch)
        self._transport.write(writer.frame([record for work in batch for record in work.records]))

    def connection_made(self, transport: Any) -> None:
        """The writer is there."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers, one byte a frame."""
        for answer in data:
            error = None if answer else AuditUnavailable()
            for work in self._sent.popleft():
                work.settle(error)

    def connection_lost(self, _error: Exception | None) -> None:
        """The writer went away: settle what had no answer, and try to reach it again."""
        self._transport = None
        open_, self._sent = self._sent, deque()
        for batch in open_:
            for work in batch:
                work.unsure = True
                self._committer.submit(work)
        if not self._closing:
            observe.warning("journal.writer_lost", unanswered=len(open_))
            self._connecting = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        while not self._closing:
            try:
                await self._loop.create_unix_connection(lambda: self, str(self._path))
            except OSError:
                await asyncio.sleep(_RETRY)
            else:
                return
