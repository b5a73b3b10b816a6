"""The HTTP/1.1 edge: sockets in, `Incoming` requests out, answers written back.

The parser is llhttp (httptools), the transport uvloop's. The edge is our own and not an ASGI server because
it is where the facts
of a record come from: the bytes really received and sent, the client that hangs up, the TLS session, the
request that isn't
HTTP (docs/design/0002 has the measurements).

One `Connection` serves one client connection. A request's head starts the handler at once; its body is
taken from
`Incoming` while it arrives, with back-pressure. Pipelined requests wait their turn in order.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from time import time
from typing import Any

import httptools

from s3trail.kernel.call import Tls
from s3trail.kernel.errors import AwsError, ClientDisconnected
from s3trail.wire.http import Request, parse_query

__all__ = ["Connection", "Edge", "Incoming", "Meter"]

_BODY_HIGH = 1 << 20
"""Unread body bytes at which the socket is paused."""
_DISCARD_MOST = 8 << 20
"""Unread body bytes that are still taken after an early answer, so that the client gets to read it."""
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_BYTES_ACKED = struct.Struct("=120xQ")
"""`tcpi_bytes_acked` in Linux's `struct tcp_info` (since 4.1)."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class RequestTimeout(AwsError):
    """The client stopped sending in the middle of a request."""

    code = "RequestTimeout"
    status = 400
    message = (
        "Your socket connection to the server was not read from or written to within the timeout period."
    )


@dataclass(slots=True)
class Edge:
    """What all connections of a worker share."""

    handler: Callable[[Incoming], Awaitable[None]]
    """Serves one request; must answer it through the connection, and never raises."""
    malformed: Callable[[Connection, str], Awaitable[None]]
    """Answers and records bytes that are no HTTP request."""
    max_header_bytes: int
    most_connections: int
    connections: set[Connection]
    draining: bool = False


class Incoming:
    """A request whose head is here and whose body is on its way.

    Attributes:
        request: the head.
        connection: where the answer goes.
        time: epoch seconds when the head had arrived.
        received: body bytes that arrived so far, as on the wire (without HTTP's own chunk framing).
        complete: the body has arrived in full.
    """

    __slots__ = (
        "_blocks",
        "_buffered",
        "_expects_continue",
        "_waiter",
        "complete",
        "connection",
        "discarding",
        "failed",
        "finished_at",
        "keep_alive",
        "received",
        "request",
        "time",
    )

    def __init__(self, request: Request, connection: Connection, *, keep_alive: bool) -> None:
        self.request = request
        self.connection = connection
        self.time = time()
        self.finished_at = self.time
        self.received = 0
        self.complete = False
        self.failed: AwsError | None = None
        self.keep_alive = keep_alive
        self.discarding = False
        self._blocks: deque[bytes] = deque()
        self._buffered = 0
        self._waiter: asyncio.Future[None] | None = None
        self._expects_continue = request.headers.get("expect", "").lower() == "100-continue"

    def feed(self, data: bytes) -> None:
        """Body bytes from the socket."""
        self.received += len(data)
        if self.discarding:
            if self.received > _DISCARD_MOST:
                self.connection.abort()
            return
        self._blocks.append(data)
        self._buffered += len(data)
        if self._buffered > _BODY_HIGH:
            self.connection.pause()
        self._wake()

    def end(self) -> None:
        """The body is complete."""
        self.complete = True
        self.finished_at = time()
        self._wake()

    def conclude(self) -> bool:
        """Whether the connection goes on after the answer that is written now.

        A client that waits for our word before it sends may or may not send after a final answer, so the
        connection's next bytes could be either, and it has to end.
        """
        if not self.complete and (self._expects_continue or self.failed is not None):
            self.keep_alive = False
        return self.keep_alive and not self.connection.edge.draining

    def fail(self, error: AwsError) -> None:
        """The rest of the body won't come."""
        if not self.complete and self.failed is None:
            self.failed = error
            self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def read(self) -> bytes:
        """The next body bytes; empty at the end.

        Raises:
            AwsError: the client went away or stopped sending (`ClientDisconnected`, `RequestTimeout`).
        """
        while not self._blocks:
            if self.complete:
                return b""
            if self.failed is not None:
                raise self.failed
            if self._expects_continue:
                self._expects_continue = False
                self.connection.write(_CONTINUE)
            self._waiter = self.connection.loop.create_future()
            await self._waiter
        block = self._blocks.popleft() if len(self._blocks) == 1 else self._take_all()
        self._buffered = 0
        self.connection.resume()
        return block

    def _take_all(self) -> bytes:
        joined = b"".join(self._blocks)
        self._blocks.clear()
        return joined

    def discard(self) -> None:
        """Take no more of the body.

        What still comes is dropped, so that the connection can go on, or the client can read its answer.
        """
        if not self.complete:
            self.discarding = True
        self._blocks.clear()
        self._buffered = 0
        self.connection.resume()


class Connection(asyncio.Protocol):
    """One client connection."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.loop = asyncio.get_running_loop()
        self.transport: Any = None
        self.peer = ""
        self.tls: Tls | None = None
        self.active = time()
        self.sent = 0
        self.written = 0
        self.lost = False
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._current: Incoming | None = None
        self._arriving: Incoming | None = None
        self._waiting: deque[Incoming] = deque()
        self._paused = False
        self._closing = False
        self._writable: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    # -- from the transport
    # ------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Keep the transport and the peer's address."""
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if isinstance(peer, tuple) else ""
        transport.set_write_buffer_limits(high=1 << 20, low=1 << 18)
        if len(self.edge.connections) >= self.edge.most_connections:
            self._closing = True
            transport.abort()
            return
        self.edge.connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell whoever reads or writes that the client is gone."""
        self.lost = True
        self.edge.connections.discard(self)
        if self._arriving is not None:
            self._arriving.fail(ClientDisconnected())
        if self._current is not None:
            self._current.fail(ClientDisconnected())
        # Pipelined requests that were whole are calls all the same: they are carried out and recorded in
        # turn.
        self._release()

    def eof_received(self) -> bool:
        """A half-closed connection still wants its answer, if its request was complete."""
        if self._arriving is not None:
            self._arriving.fail(ClientDisconnected())
        self._closing = True
        return self._current is not None

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        self.active = time()
        if self._closing and self._current is None:
            return
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse("the connection can't be upgraded")
        except (httptools.HttpParserError, ValueError) as error:
            self._refuse(str(error.__context__ or error))
        else:
            if self._arriving is None and self._head_bytes > self.edge.max_header_bytes and not self._idle:
                self._refuse("the request's head is too long")

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        self._writable = self.loop.create_future()

    def resume_writing(self) -> None:
        """The client caught up."""
        self._release()

    def _release(self) -> None:
        waiter, self._writable = self._writable, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # -- from the parser
    # -----------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A new request starts."""
        self._url = b""
        self._headers = []

    def on_url(self, url: bytes) -> None:
        """The request target, possibly in parts."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line."""
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is here: make the request and start it, or queue it behind the one in progress."""
        size = len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers)
        if size > self.edge.max_header_bytes:
            raise ValueError("the request's head is too long")
        incoming = Incoming(self._request(), self, keep_alive=self._parser.should_keep_alive())
        self._arriving = incoming
        if self._current is None:
            self._start(incoming)
        else:
            self._waiting.append(incoming)
            self.pause()

    def on_body(self, body: bytes) -> None:
        """Body bytes."""
        if self._arriving is not None:
            self._arriving.feed(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._head_bytes = 0
        if self._arriving is not None:
            self._arriving.end()
            self._arriving = None

    def _request(self) -> Request:
        target = self._url.decode("utf-8", "surrogateescape")
        if not target.startswith("/"):
            # Absolute form, as sent to proxies: the path begins after the authority.
            _, found, rest = target.partition("://")
            target = "/" + rest.partition("/")[2] if found else "/" + target
        path, _, query_string = target.partition("?")
        headers: dict[str, str] = {}
        raw = []
        for name, value in self._headers:
            key = name.decode("latin-1").lower()
            text = value.decode("utf-8", "surrogateescape")
            raw.append((key, text))
            headers[key] = f"{headers[key]},{text}" if key in headers else text
        method = self._parser.get_method().decode("latin-1")
        return Request(method, path, query_string, headers, raw, parse_query(query_string))

    # -- requests
    # ----------------------------------------------------------------------------------------------------

    @property
    def _idle(self) -> bool:
        return (
            self._current is None and self._arriving is None and not self._waiting and self._head_bytes == 0
        )

    def _start(self, incoming: Incoming) -> None:
        self._current = incoming
        self._task = self.loop.create_task(self._serve(incoming))

    async def _serve(self, incoming: Incoming) -> None:
        await self.edge.handler(incoming)
        incoming.discard()
        while not incoming.complete and not self.lost and incoming.keep_alive:
            waiter = incoming._waiter = self.loop.create_future()  # noqa: SLF001 - the two classes are one mechanism
            await waiter
        self._current = None
        if self.lost and not self._waiting:
            return
        if not incoming.keep_alive or (self._closing and not self._waiting) or self.edge.draining:
            self._shut(incoming)
        elif self._waiting:
            self._start(self._waiting.popleft())
            self.resume()

    def _shut(self, incoming: Incoming) -> None:
        self._closing = True
        if incoming.complete or self.lost:
            self.transport.close()
        else:
            # Closing with unread bytes would reset the connection under the answer: give the client time to
            # read it.
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self.loop.call_later(2.0, self.transport.close)

    def _refuse(self, reason: str) -> None:
        if self._closing:
            return
        self._closing = True
        self.pause()
        if self._arriving is not None:
            self._arriving.keep_alive = False
            self._arriving.fail(ClientDisconnected(f"The request body is malformed: {reason}"))
        if self._current is not None:
            # The call in progress is answered and recorded first; then the connection ends.
            self._current.keep_alive = False
            return
        self._task = self.loop.create_task(self._answer_malformed(reason))

    async def _answer_malformed(self, reason: str) -> None:
        await self.edge.malformed(self, reason)
        self.transport.close()

    def expire(self, now: float, idle_timeout: float, body_timeout: float) -> None:
        """Close the connection if nothing has moved on it for too long; called every second or so."""
        quiet = now - self.active
        if self._arriving is not None and quiet > body_timeout:
            self._arriving.keep_alive = False
            self._arriving.fail(RequestTimeout())
        elif self._current is None and quiet > (body_timeout if self._head_bytes else idle_timeout):
            self.transport.close()

    def finish(self) -> None:
        """Close now if idle; else after the request in progress. For draining."""
        if self._current is None:
            self.transport.close()

    # -- writing
    # -----------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Queue bytes for the client; dropped if it is gone."""
        if not self.lost:
            self.sent += len(data)
            self.written += len(data)
            self.transport.write(data)

    def write_all(self, parts: list[bytes]) -> None:
        """Queue several pieces with one system call."""
        if not self.lost:
            size = sum(map(len, parts))
            self.sent += size
            self.written += size
            self.transport.writelines(parts)

    async def drained(self) -> None:
        """Wait until the client has taken enough of what was written.

        Raises:
            ClientDisconnected: it is gone.
        """
        if self._writable is not None:
            await self._writable
            self.active = time()
        if self.lost:
            raise ClientDisconnected

    def pause(self) -> None:
        """Stop reading from the socket."""
        if not self._paused and not self.lost:
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read again, unless pipelined requests wait."""
        if self._paused and not self.lost and not self._waiting and not self._closing:
            self._paused = False
            self.transport.resume_reading()

    def abort(self) -> None:
        """Drop the connection."""
        if not self.lost:
            self.transport.abort()


class Meter:
    """Tells how many bytes of an answer have reached the client, also after it has gone.

    The transport forgets what it hadn't sent once the connection breaks, and what the system took need not
    have arrived. Linux counts the bytes that the client's system acknowledged; a second descriptor keeps
    that count readable. Close it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._before = connection.written
        own = None if connection.lost else connection.transport.get_extra_info("socket")
        self._socket = socket.fromfd(own.fileno(), own.family, own.type) if own is not None else None

    def acknowledged(self) -> int:
        """Bytes written since this meter was made that the client's system has acknowledged."""
        if self._socket is None:
            return 0
        info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED.size)
        if len(info) < _BYTES_ACKED.size:
            return self._connection.written - self._before
        acked: int = _BYTES_ACKED.unpack(info)[0]
        return max(0, min(acked, self._connection.written) - self._before)

    def close(self) -> None:
        """Let go of the descriptor."""
        if self._socket is not None:
            self._socket.close()


def head(status: int, headers: list[tuple[str, str]]) -> bytes:
    """Status line and headers as bytes. Line breaks in values are dropped: no header can start another."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    text = "\r\n".join(lines)
    if text.count("\n") != len(headers) or text.count("\r") != len(headers):
        lines[1:] = [f"{name}: {value}".replace("\r", "").replace("\n", "") for name, value in headers]
        text = "\r\n".join(lines)
    return text.encode("utf-8", "surrogateescape") + b"\r\n\r\n"
