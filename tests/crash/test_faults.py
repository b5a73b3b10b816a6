"""Broken disks: failing system calls on the way to journal and objects, injected into a running server.

Each fault is injected by strace into all processes. While it lasts no call may be acknowledged without its
record; after a restart without the fault everything verifies, and what was acknowledged is there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from s3trail.state.objects.packs import MOST
from s3trail.testing.server import Server

pytestmark = pytest.mark.crash

WRITES = "pwrite64,pwritev,write,writev"
SYNCS = "fdatasync,fsync"
NAMES = "link,linkat,rename,renameat,renameat2"


def _pids(server: Server) -> list[int]:
    supervisor = psutil.Process(server.pid)
    return [supervisor.pid, *(child.pid for child in supervisor.children(recursive=True))]


def _traced(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            status = (task / "status").read_text()
            if "\nTracerPid:\t0\n" in status:
                return False
    return True


@contextlib.contextmanager
def _fault(
    server: Server, strace: str, calls: str, what: str, log: Path, *, only: Path | None
) -> Iterator[None]:
    """All matching system calls of the server fail while the context lasts; those on one file if named."""
    pids = _pids(server)
    command = [strace, "-f", "-o", str(log), "-e", f"trace={calls}", "-e", f"inject={calls}:{what}"]
    if only is not None:
        command += ["-P", str(only)]
    for pid in pids:
        command += ["-p", str(pid)]
    with (log.parent / "strace.err").open("w") as errors:
        tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
    try:

        def attached() -> bool:
            if tracer.poll() is not None:
                reason = f"strace can't attach: {(log.parent / 'strace.err').read_text()[:300]}"
                if os.environ.get("CI"):
                    pytest.fail(reason)
                pytest.skip(reason)
            return all(_traced(pid) for pid in pids)

        server.wait_until(attached)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(20)


class _Calls:
    """Calls under a fault: what was acknowledged, and what was refused."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.s3 = server.client("s3")
        self.acknowledged: list[str] = []
        self.put: set[str] = set()
        self.refused: list[int] = []

    def call(self, name: str, key: str, **parameters: Any) -> bool:
        """Make a call; tells whether it was acknowledged."""
        try:
            answer = getattr(self.s3, name)(Bucket="broken", Key=key, **parameters)
            if "Body" in answer:
                answer["Body"].read()
        except ClientError as error:
            self.refused.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
            return False
        except BotoCoreError:
            # The server closed the connection without an answer.
            self.refused.append(0)
            return False
        self.acknowledged.append(answer["ResponseMetadata"]["RequestId"])
        if name == "put_object":
            self.put.add(key)
        return True

    def check(self) -> None:
        """Start afresh without the fault and check what is there."""
        self.server.kill()
        self.server.start()
        verified = self.server.command("verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        for request_id in self.acknowledged:
            assert "errorCode" not in self.server.record_of(request_id)
        listed = self.s3.list_objects_v2(Bucket="broken").get("Contents", [])
        present = {found["Key"] for found in listed}
        recorded = {
            record["requestParameters"]["key"]
            for record in self.server.records(eventName="PutObject", bucket="broken", errorCode=None)
        }
        assert set(self.refused) <= {0, 500, 503}
        assert self.put <= present
        assert present == recorded
        folder = self.server.data / "objects"
        files = [path for path in folder.glob("*/*") if path.parent.name not in ("tmp", "packs")]
        large = [found for found in listed if found["Size"] > MOST]
        assert len(files) == len(large), "files that no object refers to"
        assert self.call("put_object", "afterwards", Body=b"x")
        for key in [*present, "afterwards"]:
            assert self.call("get_object", key)
        assert self.server.healthy()


@pytest.fixture
def calls(tmp_path: Path) -> Iterator[_Calls]:
    with Server(tmp_path / "data", workers=1) as server:
        made = _Calls(server)
        made.s3.create_bucket(Bucket="broken")
        assert made.call("put_object", "before", Body=b"before")
        yield made


@pytest.mark.parametrize("what", ["error=ENOSPC", "error=EIO", "retval=1"], ids=["full", "error", "short"])
def test_refuses_calls_while_the_journal_cannot_be_written(
    calls: _Calls, tool: Callable[[str], str], tmp_path: Path, what: str
) -> None:
    with _fault(
        calls.server,
        tool("strace"),
        WRITES,
        what,
        tmp_path / "trace",
        only=calls.server.data / "journal" / "data.mdb",
    ):
        assert not calls.call("put_object", "during", Body=b"x")
        assert not calls.call("get_object", "before")
        assert not calls.call("put_object", "during-2", Body=b"x")
        calls.server.wait_until(lambda: not calls.server.healthy())
        assert not calls.call("delete_object", "before")
    calls.check()


@pytest.mark.parametrize("what", ["error=EIO", "error=ENOSPC"], ids=["error", "full"])
def test_refuses_calls_while_the_journal_cannot_be_synced(
    calls: _Calls, tool: Callable[[str], str], tmp_path: Path, what: str
) -> None:
    with _fault(
        calls.server,
        tool("strace"),
        SYNCS,
        what,
        tmp_path / "trace",
        only=calls.server.data / "journal" / "data.mdb",
    ):
        assert not calls.call("put_object", "during", Body=b"x")
        assert not calls.call("get_object", "before")
        calls.server.wait_until(lambda: not calls.server.healthy())
    calls.check()


@pytest.mark.parametrize("calls_", [WRITES, SYNCS], ids=["write", "sync"])
def test_one_failure_of_the_journal_loses_nothing(
    calls: _Calls, tool: Callable[[str], str], tmp_path: Path, calls_: str
) -> None:
    with _fault(
        calls.server,
        tool("strace"),
        calls_,
        "error=EIO:when=1",
        tmp_path / "trace",
        only=calls.server.data / "journal" / "data.mdb",
    ):
        for number in range(6):
            calls.call("put_object", f"during-{number}", Body=b"x")
            calls.call("get_object", "before")
    calls.check()


@pytest.mark.parametrize(
    ("names", "what"),
    [(NAMES, "error=ENOSPC"), (NAMES, "error=EIO"), (SYNCS, "error=EIO"), (SYNCS, "error=ENOSPC")],
    ids=["name full", "name error", "sync error", "sync full"],
)
def test_refuses_an_object_whose_bytes_are_not_on_disk(
    calls: _Calls, tool: Callable[[str], str], tmp_path: Path, names: str, what: str
) -> None:
    with _fault(calls.server, tool("strace"), names, what, tmp_path / "trace", only=None):
        assert not calls.call("put_object", "during", Body=b"x" * 100_000)
        assert not calls.call("put_object", "during-2", Body=b"x" * 200_000)
    calls.check()


@pytest.mark.parametrize("faulty", [WRITES, SYNCS], ids=["write", "sync"])
@pytest.mark.parametrize("what", ["error=EIO", "error=ENOSPC"], ids=["error", "full"])
def test_refuses_a_small_object_whose_bytes_are_not_on_disk(
    calls: _Calls, tool: Callable[[str], str], tmp_path: Path, faulty: str, what: str
) -> None:
    pack = next((calls.server.data / "objects" / "packs").iterdir())
    with _fault(calls.server, tool("strace"), faulty, what, tmp_path / "trace", only=pack):
        assert not calls.call("put_object", "during", Body=b"x")
        # The pack that failed gets nothing more, and the next one is another file.
        assert calls.call("put_object", "during-2", Body=b"x")
    calls.check()
