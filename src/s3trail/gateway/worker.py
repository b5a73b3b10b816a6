"""One gateway process: the event loop, its connections, and the drain at its end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import time
from typing import Protocol

import uvloop

from s3trail import observe
from s3trail.gateway.connection import Connection, Edge, Incoming

__all__ = ["Served", "WorkerSettings", "run"]


class Served(Protocol):
    """What a worker serves with."""

    async def serve(self, incoming: Incoming) -> None:
        """Answer one request."""
        ...

    async def malformed(self, connection: Connection, reason: str) -> None:
        """Answer what is no request."""
        ...

    def tick(self) -> None:
        """Called about every second."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Limits of the edge; times in seconds."""

    max_header_bytes: int
    idle_timeout: float
    body_timeout: float
    drain_timeout: float
    connections: int
    """Open connections at the most; further ones are closed at once."""


def run(
    listener: socket.socket, settings: WorkerSettings, open_: Callable[[], tuple[Served, Callable[[], None]]]
) -> bool:
    """Serve until SIGTERM or SIGINT, then let the calls under way end.

    Args:
        listener: a listening socket, shared with other workers.
        open_: called in the loop; gives what serves and what to call when the last request is done.

    Returns:
        False if calls had to be cut off at the end of the drain.
    """
    return uvloop.run(_main(listener, settings, open_))


async def _main(
    listener: socket.socket, settings: WorkerSettings, open_: Callable[[], tuple[Served, Callable[[], None]]]
) -> bool:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    served, close = open_()
    edge = Edge(
        _guarded(served.serve), served.malformed, settings.max_header_bytes, settings.connections, set()
    )
    server = await loop.create_server(lambda: Connection(edge), sock=listener, backlog=1024)
    watch = loop.create_task(_watch(edge, settings, served))
    await stop.wait()
    server.close()
    edge.draining = True
    for connection in list(edge.connections):
        connection.finish()
    deadline = time() + settings.drain_timeout
    while edge.connections and time() < deadline:
        await asyncio.sleep(0.01)
    clean = not edge.connections
    for connection in list(edge.connections):
        connection.abort()
    watch.cancel()
    await asyncio.sleep(0)
    close()
    return clean


async def _watch(edge: Edge, settings: WorkerSettings, served: Served) -> None:
    while True:
        await asyncio.sleep(1)
        now = time()
        served.tick()
        for connection in list(edge.connections):
            connection.expire(now, settings.idle_timeout, settings.body_timeout)


def _guarded(serve: Callable[[Incoming], Awaitable[None]]) -> Callable[[Incoming], Awaitable[None]]:
    async def guarded(incoming: Incoming) -> None:
        try:
            await serve(incoming)
        except Exception as fault:  # noqa: BLE001 - the connection must not hang on a fault of the server
            observe.error("request.failed", fault)
            incoming.keep_alive = False
            incoming.connection.abort()

    return guarded
