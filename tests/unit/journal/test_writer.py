"""The writer: frames of several workers become blocks, each is answered once it is durable."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import lmdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3trail.journal import journal, writer
from s3trail.journal.writer import Writer
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.errors import AuditUnavailable
from s3trail.state.environment import Environment


class _Running:
    """A writer in a thread, and connections to it."""

    def __init__(self, root: Path) -> None:
        self.environment = Environment(root)
        self.batches: list[tuple[int, int, AuditUnavailable | None]] = []
        # The path of a Unix socket is short; the test's own directory may not be.
        self._folder = tempfile.TemporaryDirectory()
        self._path = f"{self._folder.name}/s"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self._path)
        listener.listen()
        self.writer = Writer(self.environment, listener, FixedClock(1.0), self._note)
        self.failure: BaseException | None = None
        self._listener = listener
        self._clients: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _note(self, frames: int, records: int, _seconds: float, error: AuditUnavailable | None) -> None:
        self.batches.append((frames, records, error))

    def _run(self) -> None:
        try:
            self.writer.run()
        except AuditUnavailable as failure:
            self.failure = failure

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(10)
        client.connect(self._path)
        self._clients.append(client)
        return client

    def records(self) -> list[bytes]:
        with self.environment.read() as tx:
            return [entry.record for entry in journal.read(tx, 0)]

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.writer.stop()
        self.join()
        self._listener.close()
        self.environment.close()
        self._folder.cleanup()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[_Running]:
    found = _Running(tmp_path)
    yield found
    found.close()


def test_answers_a_frame_once_its_records_are_journaled(running: _Running) -> None:
    client = running.connect()
    client.sendall(writer.frame([b"a", b"bb"]))

    assert client.recv(10) == b"\1"
    assert running.records() == [b"a", b"bb"]
    assert journal.verify(running.environment).ok


def test_takes_frames_in_pieces_and_several_at_once(running: _Running) -> None:
    client = running.connect()
    data = writer.frame([b"a" * 1000]) + writer.frame([b"b"]) + writer.frame([b"c", b""])
    for at in range(0, len(data), 7):
        client.sendall(data[at : at + 7])
    answers = b""
    while len(answers) < 3:
        answers += client.recv(10)

    assert answers == b"\1\1\1"
    assert running.records() == [b"a" * 1000, b"b", b"c", b""]


def test_serves_several_workers(running: _Running) -> None:
    clients = [running.connect() for _ in range(5)]
    for number, client in enumerate(clients):
        client.sendall(writer.frame([b"%d" % number]))
    for client in clients:
        assert client.recv(10) == b"\1"

    assert sorted(running.records()) == [b"0", b"1", b"2", b"3", b"4"]


def test_a_worker_that_goes_amid_a_frame_leaves_nothing(running: _Running) -> None:
    client = running.connect()
    client.sendall(writer.frame([b"lost"])[:-1])
    client.close()
    other = running.connect()
    other.sendall(writer.frame([b"kept"]))

    assert other.recv(10) == b"\1"
    assert running.records() == [b"kept"]


def test_a_worker_that_talks_nonsense_is_cut_off(running: _Running) -> None:
    client = running.connect()
    client.sendall(b"\xff\xff\xff\xff")

    assert client.recv(10) == b""


def test_refuses_what_it_cannot_journal_and_recovers(
    running: _Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = running.connect()

    def full(*_: object) -> None:
        raise AuditUnavailable from lmdb.DiskError("No space left on device")

    monkeypatch.setattr(journal, "append_all", full)
    client.sendall(writer.frame([b"refused"]))
    assert client.recv(10) == b"\0"
    monkeypatch.undo()
    client.sendall(writer.frame([b"taken"]))

    assert client.recv(10) == b"\1"
    assert running.records() == [b"taken"]
    assert [error is None for _, _, error in running.batches] == [False, True]


def test_ends_when_the_environment_is_dead(running: _Running, monkeypatch: pytest.MonkeyPatch) -> None:
    client = running.connect()

    def dead(*_: object) -> None:
        raise AuditUnavailable from lmdb.PanicError("a sync failed")

    monkeypatch.setattr(journal, "append_all", dead)
    client.sendall(writer.frame([b"refused"]))
    assert client.recv(10) == b"\0"
    running.join()

    assert isinstance(running.failure, AuditUnavailable)


def test_finds_what_was_journaled_before_its_answer_was_lost(running: _Running) -> None:
    client = running.connect()
    client.sendall(writer.frame([b"first"]))
    assert client.recv(10) == b"\1"

    with running.environment.write() as tx:
        assert writer.found(tx, b"first")
        assert not writer.found(tx, b"other")


@given(st.lists(st.lists(st.binary(max_size=3000), min_size=1, max_size=20), max_size=20))
@settings(max_examples=25, deadline=None)
def test_journals_what_was_sent(tmp_path_factory: pytest.TempPathFactory, frames: list[list[bytes]]) -> None:
    running = _Running(tmp_path_factory.mktemp("writer"))
    try:
        client = running.connect()
        client.sendall(b"".join(map(writer.frame, frames)))
        answers = 0
        while answers < len(frames):
            answers += len(client.recv(100))
        assert running.records() == [record for frame in frames for record in frame]
    finally:
        running.close()
