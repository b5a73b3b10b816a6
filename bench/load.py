"""The load generator: one thread, epoll, raw sockets, prepared requests.

Each connection has one request under way and sends the next as soon as its answer is whole, so N
connections keep N requests in the server. A small request costs the generator about 10 µs of CPU, an
order of magnitude less than the servers under test, and the same for each of them. A server that closes
after each answer is connected to anew; that is part of its cost. Input: prepared requests and how long to
run; output: counts and latencies.
"""

from __future__ import annotations

import select
import socket
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.signing import Request

__all__ = ["Outcome", "call", "run"]

_BLOCK = 1 << 20


@dataclass(slots=True)
class Outcome:
    """What one measurement gave."""

    seconds: float = 0.0
    """Wall time that was measured."""
    answers: int = 0
    """Successful answers (2xx)."""
    errors: int = 0
    """Other answers and broken connections."""
    first_error: bytes = b""
    """Head of the first unsuccessful answer, for the report."""
    latencies: array[float] = field(default_factory=lambda: array("d"))
    """Seconds from the first request byte to the last answer byte, one per successful answer."""

    @property
    def rate(self) -> float:
        """Successful answers per second."""
        return self.answers / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """The latency, in seconds, under which `share` of the answers came; 0 without answers."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class _Connection:
    __slots__ = ("chunked", "closing", "head", "left", "pending", "socket", "started", "status")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.reset()

    def reset(self) -> None:
        self.head = b""
        self.left = -1
        self.chunked = False
        self.closing = False
        self.status = 0
        self.started = 0.0
        self.pending: memoryview | None = None

    def start(self, request: Request) -> bool:
        """Send a request; False when its bytes didn't all fit."""
        self.reset()
        self.started = time.perf_counter()
        if len(request.body) <= 65536:
            self.pending = memoryview(request.head + bytes(request.body))
        else:
            self.socket.setblocking(True)
            self.socket.sendall(request.head)
            self.socket.setblocking(False)
            self.pending = request.body
        return self.flush()

    def flush(self) -> bool:
        pending = self.pending
        while pending:
            try:
                sent = self.socket.send(pending[:_BLOCK])
            except BlockingIOError:
                self.pending = pending
                return False
            pending = pending[sent:]
        self.pending = None
        return True

    def take(self, data: bytes | memoryview) -> bool:
        """Account for answer bytes; True when the answer is whole."""
        if self.left >= 0 and not self.chunked:
            self.left -= len(data)
            return self.left <= 0
        self.head += bytes(data)
        if not self.status:
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self.head[:end].lower()
            self.status = int(head[9:12])
            self.closing = b"\r\nconnection: close" in head
            at = head.find(b"\r\ncontent-length:")
            if at >= 0:
                stop = head.find(b"\r\n", at + 2)
                length = int(head[at + 17 : stop if stop > 0 else end])
                self.left = length - (len(self.head) - end - 4)
                return self.left <= 0
            self.chunked = b"transfer-encoding: chunked" in head
            if not self.chunked:
                return True
        self.left = 0
        if self.head.endswith(b"\r\n0\r\n\r\n"):
            return True
        self.head = self.head[-16:] if len(self.head) > _BLOCK else self.head
        return False


def run(
    address: tuple[str, int],
    requests: Sequence[Request],
    connections: int,
    seconds: float,
    *,
    warm_up: float = 0.0,
    at_least: int = 0,
) -> Outcome:
    """Keep `connections` requests under way for a time.

    Args:
        address: host and port of the server.
        requests: prepared requests, used in turn and again from the start.
        connections: how many sockets.
        seconds: how long to measure.
        warm_up: how long to run before measuring, not counted.
        at_least: go on until so many answers were counted, for large bodies.
    """
    outcome = Outcome()
    poll = select.epoll()
    open_: dict[int, _Connection] = {}
    next_request = 0
    count = len(requests)
    buffer = bytearray(_BLOCK)
    view = memoryview(buffer)
    clock = time.perf_counter

    def renew(connection: _Connection | None) -> None:
        nonlocal next_request
        if connection is None:
            connection = _Connection(address)
            open_[connection.socket.fileno()] = connection
            poll.register(connection.socket.fileno(), select.EPOLLIN)
        request = requests[next_request]
        next_request = (next_request + 1) % count
        if not connection.start(request):
            poll.modify(connection.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)

    for _ in range(connections):
        renew(None)
    begin = clock() + warm_up
    end = begin + seconds
    try:
        while True:
            ready = poll.poll(10.0)
            if not ready:
                raise TimeoutError("the server has not answered for 10 seconds")
            now = clock()
            if now >= end and outcome.answers >= at_least:
                break
            for fd, events in ready:
                connection = open_[fd]
                if events & select.EPOLLOUT and connection.flush():
                    poll.modify(fd, select.EPOLLIN)
                if not events & ~select.EPOLLOUT:
                    continue
                try:
                    got = connection.socket.recv_into(buffer)
                except BlockingIOError:
                    continue
                except OSError:
                    got = 0
                if got and not connection.take(view[:got]):
                    continue
                now = clock()
                if now >= begin:
                    if got and 200 <= connection.status < 300:
                        outcome.answers += 1
                        outcome.latencies.append(now - connection.started)
                    else:
                        outcome.errors += 1
                        outcome.first_error = (
                            outcome.first_error or connection.head[:600] or b"connection closed"
                        )
                if got and not connection.closing:
                    renew(connection)
                else:
                    poll.unregister(fd)
                    open_.pop(fd).socket.close()
                    renew(None)
        outcome.seconds = clock() - begin
    finally:
        for connection in open_.values():
            connection.socket.close()
        poll.close()
    return outcome


def call(address: tuple[str, int], request: Request) -> tuple[int, bytes]:
    """One request on a connection of its own: status and the answer's bytes, head included."""
    connection = _Connection(address)
    try:
        connection.start(request)
        connection.socket.settimeout(30)
        while connection.pending:
            connection.flush()
        whole = b""
        while True:
            data = connection.socket.recv(_BLOCK)
            whole += data
            if not data or connection.take(data):
                return connection.status, whole
    finally:
        connection.socket.close()
