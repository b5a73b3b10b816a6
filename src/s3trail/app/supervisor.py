"""`serve`: starts the workers and the pipeline, replaces the ones that die, drains them at the end.

The supervisor holds the listening sockets and nothing else, so that a worker that dies takes no waiting
connection with it. Each worker has a socket of its own on the same port, among which the system spreads
connections evenly; from a shared one, whichever worker wakes first takes more than its part.
The processes share state on disk only; each may be killed and is started again.
"""

from __future__ import annotations

import ctypes
import fcntl
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

from s3trail import observe
from s3trail.app.preparation import RootKey, prepare
from s3trail.config import Settings

__all__ = ["AlreadyRunning", "Started", "serve"]

_FORK = multiprocessing.get_context("fork")
_PDEATHSIG = 1
_HELD = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGUSR1})
"""Signals that a new process gets only once it can handle them; it unblocks them itself."""
_CUT_OFF = 3
"""Exit code of a worker that had to cut calls off at the end of its drain."""
_QUICK = 1.0
"""A process that lived shorter than this many seconds is started again only after a pause."""


class AlreadyRunning(Exception):
    """Another server works on the same data directory."""


class Started:
    """What `serve` tells once it listens."""

    def __init__(self, endpoint: str, root_key: RootKey | None) -> None:
        self.endpoint = endpoint
        self.root_key = root_key


def serve(settings: Settings, started: Callable[[Started], None] = lambda _: None) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit code.

    Args:
        started: told the endpoint, and the root key if this start has made the first account, when the
            server listens.

    Raises:
        AlreadyRunning: another server has the data directory.
        OSError: the address can't be listened on, or the data directory can't be used.
        StartError: the journal can't be opened, or the master key doesn't fit.
    """
    data = settings.data
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _Lock(data / "run"):
        listeners = _listen(settings)
        root_key = prepare(_FORK, data)
        host, port = listeners[0].getsockname()[:2]
        endpoint = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        (data / "run" / "endpoint").write_text(endpoint + "\n")
        supervisor = _Supervisor(settings, listeners, _listen_for_records(data))
        supervisor.start()
        started(Started(endpoint, root_key))
        return supervisor.run()


class _Lock:
    """One server for each data directory, by a file lock that ends with the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = open(self._folder / "lock", "a")
        deadline = time.monotonic() + 2.0
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                # After `kill -9` of a supervisor its children hold the lock for the moment that they need
                # to notice.
                if time.monotonic() > deadline:
                    self._file.close()
                    raise AlreadyRunning(
                        f"another s3trail serves the data directory {self._folder.parent}"
                    ) from None
                time.sleep(0.02)

    def __exit__(self, *_exc: object) -> None:
        self._file.close()


def _listen(settings: Settings) -> list[socket.socket]:
    address = settings.server.listen
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # Such a port can be joined by other programs of the same user; nobody else may be there before.
    probe = socket.socket(family, socket.SOCK_STREAM)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind((address.host, address.port))
    port = probe.getsockname()[1]
    probe.close()
    listeners = []
    for _ in range(settings.server.workers):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((address.host, port))
        listener.listen(1024)
        listener.setblocking(False)
        listeners.append(listener)
    return listeners


def _listen_for_records(data: Path) -> socket.socket:
    path = data / "run" / "journal.sock"  # `journal.writer.path`, which would load LMDB into the supervisor
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The system's limit for such paths is 107 bytes; the name by way of the descriptor of its folder is
    # short.
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    path.chmod(0o600)
    listener.listen(64)
    return listener


class _Supervisor:
    def __init__(self, settings: Settings, listeners: list[socket.socket], records: socket.socket) -> None:
        self._settings = settings
        self._listeners = listeners
        self._records = records
        self._stopping = False
        self._children: dict[str, tuple[BaseProcess, float]] = {}
        self._parent = os.getpid()

    def start(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._spawn("journal")
        for index in range(self._settings.server.workers):
            self._spawn(f"worker-{index}")
        self._spawn("pipeline")

    def run(self) -> int:
        while not self._stopping:
            wait([process.sentinel for process, _ in self._children.values()], timeout=0.25)
            for name, (process, began) in list(self._children.items()):
                if self._stopping or process.is_alive():
                    continue
                observe.error("process.died", name=name, exit_code=process.exitcode)
                if time.monotonic() - began < _QUICK:
                    time.sleep(_QUICK / 2)
                self._spawn(name)
        return self._drain()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _drain(self) -> int:
        for listener in self._listeners:
            listener.close()
        self._records.close()
        for process, _ in self._children.values():
            if process.is_alive() and process.pid:
                os.kill(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + self._settings.server.drain_timeout + 5
        clean = True
        # The workers first, then the writer: what they journal last is consumed before the pipeline ends.
        for name, (process, _) in sorted(self._children.items(), reverse=True):
            if name == "pipeline":
                continue
            process.join(max(0.1, deadline - time.monotonic()))
            clean = clean and process.exitcode == 0
        pipeline = self._children["pipeline"][0]
        if pipeline.is_alive() and pipeline.pid:
            os.kill(pipeline.pid, signal.SIGUSR1)
        pipeline.join(max(0.1, deadline - time.monotonic()))
        clean = clean and pipeline.exitcode == 0
        for process, _ in self._children.values():
            if process.is_alive():
                process.kill()
                process.join()
        return 0 if clean else 1

    def _spawn(self, name: str) -> None:
        # A signal that comes before the child has its handlers waits until it has.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
        process = _FORK.Process(
            target=_child,
            args=(name, self._settings, self._listeners, self._records, self._parent),
            name=name,
        )
        process.start()
        self._children[name] = (process, time.monotonic())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)


def _child(
    name: str,
    settings: Settings,
    listeners: list[socket.socket],
    records: socket.socket,
    parent: int,
) -> None:
    # A supervisor that is killed takes its children along: they would serve on unwatched, hold its lock, and
    # keep the next start waiting. What they were doing is unacknowledged, like after any crash.
    ctypes.CDLL(None, use_errno=True).prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    observe.configure(settings.log.format, settings.log.level, process=name)
    own = None
    for index, listener in enumerate(listeners):
        if name == f"worker-{index}":
            own = listener
        else:
            listener.close()
    try:
        if name == "pipeline":
            from s3trail.app.pipeline_process import run

            records.close()
            run(settings)
        elif name == "journal":
            from s3trail.app import journal_process

            journal_process.run(settings, records, name)
        else:
            records.close()
            from s3trail.app import gateway_process

            assert own is not None, "a worker's name has its number"
            if not gateway_process.run(settings, own, name):
                sys.exit(_CUT_OFF)
    except Exception as fault:  # noqa: BLE001 - the supervisor sees the exit code, the operator the log
        observe.error("process.failed", fault, hint="it is started again")
        sys.exit(1)
