"""A real server for tests: `with Server() as server`, then talk to `server.endpoint` and read the records.

The server is the product as it ships (`s3trail serve` in processes of its own), on a free loopback port,
in a temporary data directory unless one is given. Records are read straight from the journal, so an
assertion about the audit trail needs no waiting: a call's record is durable before its answer has left.

    with Server() as server:
        s3 = server.client("s3")
        answer = s3.create_bucket(Bucket="photos")
        assert server.record_of(answer)["eventName"] == "CreateBucket"

`client` needs boto3, which the extra `test` brings; everything else works without.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import orjson

from s3trail.journal import journal
from s3trail.state.environment import Environment

__all__ = ["ANONYMOUS", "Credentials", "Record", "Server", "ServerError"]

T = TypeVar("T")
Record = dict[str, Any]
"""One CloudTrail record as parsed JSON."""

_START_SECONDS = 30.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.01


class ServerError(Exception):
    """The server didn't start, stop or answer as it must; the message ends with the last lines of its log."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client signs with; both empty for anonymous calls."""

    access_key_id: str
    secret_access_key: str
    user_name: str = ""
    """IAM user name; empty for root."""
    session_token: str = ""
    """For temporary credentials."""

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Credentials:
        """The temporary credentials in an answer of STS."""
        made = answer["Credentials"]
        return cls(made["AccessKeyId"], made["SecretAccessKey"], session_token=made["SessionToken"])


ANONYMOUS = Credentials("", "")
"""For `Server.client`: calls without a signature."""


class Server:
    """One server and its data directory.

    Args:
        data: the data directory; a temporary one, removed at the end, when None.
        workers: gateway worker processes; the server's default when None.
        settings: `section.name` to value as text, such as `{"trails.delivery_interval": "1s"}`.
        wrap: a command that runs the server's command line, such as `("strace", "-f")`.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        workers: int | None = None,
        settings: Mapping[str, str] | None = None,
        wrap: Sequence[str] = (),
    ) -> None:
        self._temporary = None if data else tempfile.TemporaryDirectory(prefix="s3trail-test-")
        self.data = data or Path(self._temporary.name if self._temporary else "") / "data"
        self.log = self.data.parent / f"{self.data.name}.log"
        self.port = _free_port()
        self.wrap = tuple(wrap)
        self._workers = workers
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._root: Credentials | None = None
        self._clients: dict[tuple[str, Credentials, str], Any] = {}
        self._records: list[Record] = []
        self._sequence = 0

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def endpoint(self) -> str:
        """The endpoint URL of all AWS services."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the supervisor, which leads the server's process group.

        Raises:
            ServerError: it isn't running.
        """
        if self._process is None:
            raise ServerError("the server isn't running")
        return self._process.pid

    @property
    def root(self) -> Credentials:
        """The root key of the first account, as `s3trail env` prints it."""
        if self._root is None:
            values = self.environment()
            self._root = Credentials(values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"])
        return self._root

    def start(self) -> None:
        """Start the server and wait until it is healthy.

        Raises:
            ServerError: it ended, or isn't healthy after 30 s.
        """
        command = [
            *self.wrap,
            *_program(),
            "serve",
            "--data",
            str(self.data),
            "--listen",
            f"127.0.0.1:{self.port}",
        ]
        command.append("--no-console")
        if self._workers is not None:
            command += ["--workers", str(self._workers)]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._process_environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self.healthy():
            if self._process.poll() is not None:
                raise ServerError(f"the server ended with {self._process.returncode}{self._log_tail()}")
            if time.monotonic() > deadline:
                raise ServerError(f"the server isn't healthy after {_START_SECONDS:.0f} s{self._log_tail()}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> int:
        """Ask the server to end (SIGTERM) and give its exit code.

        Raises:
            ServerError: it is still there after 30 s; it was killed then.
        """
        process = self._process
        if process is None:
            raise ServerError("the server isn't running")
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"the server didn't stop on SIGTERM{self._log_tail()}") from None
        self._process = None
        return code

    def kill(self) -> None:
        """End all the server's processes at once with SIGKILL, as a power failure of the process would."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._process = None

    def restart(self) -> int:
        """Stop if it runs, start again on the same port and data; gives the exit code of the stop, else 0."""
        code = self.stop() if self._process is not None else 0
        self.start()
        return code

    def close(self) -> None:
        """End the server and remove the temporary data directory."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self.kill()
        if self._temporary is not None:
            self._temporary.cleanup()

    def health(self) -> tuple[int, dict[str, Any]]:
        """Status and document of `GET /_s3trail/health`.

        Raises:
            OSError: nobody answers.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/_s3trail/health")
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def healthy(self) -> bool:
        """Whether the server answers that all is well."""
        try:
            status, document = self.health()
        except (OSError, ValueError):
            return False
        return status == 200 and document.get("status") == "ok"

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `s3trail` on this data directory: `command("verify")`. Any exit code is fine."""
        return subprocess.run(  # noqa: S603 - our own program
            [*_program(), *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            env=self._process_environment(),
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """What `s3trail env` exports, with the endpoint of this server."""
        printed = self._output("env")
        values = {}
        for line in printed.splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["export"]:
                for word in words[1:]:
                    name, _, value = word.partition("=")
                    values[name] = value
        return {**values, "AWS_ENDPOINT_URL": self.endpoint}

    def add_user(self, name: str, rights: str = "admin") -> Credentials:
        """A new user of the first account with an access key.

        Args:
            name: the IAM user name.
            rights: `admin`, `read-only` or `none`.
        """
        key = json.loads(self._output("user", "add", name, "--rights", rights, "-o", "json"))
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"], name)

    def client(
        self, service: str, *, credentials: Credentials | None = None, region: str = "us-east-1"
    ) -> Any:
        """A boto3 client of this server; one per service, credentials and region.

        It makes one attempt per call, so that one call is one record.

        Args:
            service: boto3's service name.
            credentials: root's when None; `ANONYMOUS` for unsigned calls.
            region: region of the signing scope.
        """
        credentials = credentials or self.root
        found = self._clients.get((service, credentials, region))
        if found is None:
            import boto3
            from botocore import UNSIGNED
            from botocore.config import Config

            config = Config(
                retries={"total_max_attempts": 1},
                connect_timeout=10,
                read_timeout=60,
                signature_version=UNSIGNED if credentials == ANONYMOUS else None,
            )
            found = boto3.session.Session().client(
                service,
                endpoint_url=self.endpoint,
                region_name=region,
                aws_access_key_id=credentials.access_key_id or None,
                aws_secret_access_key=credentials.secret_access_key or None,
                aws_session_token=credentials.session_token or None,
                config=config,
            )
            self._clients[service, credentials, region] = found
        return found

    def records(self, *, bucket: str | None = None, key: str | None = None, **fields: Any) -> list[Record]:
        """Journaled records, oldest first, that match all of what is given.

        Args:
            bucket: `requestParameters.bucketName`.
            key: `requestParameters.key`.
            fields: top-level fields by name, such as `eventName="PutObject"`; None: the field is absent.
        """
        self._read_journal()
        wanted = {"bucketName": bucket, "key": key}
        parameters = {name: value for name, value in wanted.items() if value is not None}
        return [
            record
            for record in self._records
            if all(record.get(name) == value for name, value in fields.items())
            and (
                not parameters
                or all(
                    (record.get("requestParameters") or {}).get(name) == value
                    for name, value in parameters.items()
                )
            )
        ]

    def record_of(self, answer: Mapping[str, Any] | Exception | str) -> Record:
        """The one record of a call.

        Args:
            answer: a boto3 answer, the ClientError that it raised, or a request id.

        Raises:
            LookupError: there is no record of it, or more than one.
        """
        if isinstance(answer, Exception):
            answer = getattr(answer, "response", {})
        request_id = answer if isinstance(answer, str) else answer["ResponseMetadata"]["RequestId"]
        found = self.records(requestID=request_id)
        if len(found) != 1:
            raise LookupError(f"{len(found)} records of request {request_id!r}")
        return found[0]

    def wait_for(self, predicate: Callable[[Record], bool], *, seconds: float = 20.0) -> Record:
        """The first record that satisfies a predicate: for calls whose end the client doesn't see.

        Raises:
            TimeoutError: none came in time.
        """
        return self.wait_until(
            lambda: next((record for record in self.records() if predicate(record)), None), seconds=seconds
        )

    def wait_until(self, condition: Callable[[], T | None], *, seconds: float = 20.0) -> T:
        """What a condition gives, once that is true, asking every 10 ms.

        Raises:
            TimeoutError: it never was; the message ends with the last lines of the server's log.
        """
        deadline = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"not so after {seconds:.0f} s{self._log_tail()}")
            time.sleep(_POLL_SECONDS)

    def _read_journal(self) -> None:
        environment = Environment(self.data, readonly=True)
        try:
            with environment.read() as tx:
                for entry in journal.read(tx, self._sequence):
                    self._records.append(orjson.loads(entry.record))
                    self._sequence = entry.sequence
        finally:
            environment.close()

    def _output(self, *arguments: str) -> str:
        done = self.command(*arguments)
        if done.returncode:
            raise ServerError(
                f"s3trail {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}"
            )
        return done.stdout

    def _process_environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("S3TRAIL_")}
        named = {f"S3TRAIL_{name.replace('.', '_').upper()}": value for name, value in self._settings.items()}
        return {**inherited, **named}

    def _log_tail(self) -> str:
        if not self.log.exists():
            return ""
        lines = [line[:500] for line in self.log.read_text(errors="replace").splitlines()[-15:]]
        return "\n".join([f"; the end of {self.log}:", *lines])


def _program() -> list[str]:
    # The console script beside this interpreter, so that a virtual environment need not be active.
    script = Path(sys.executable).parent / "s3trail"
    return (
        [str(script)]
        if script.exists()
        else [sys.executable, "-c", "from s3trail.cli.main import run; run()"]
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
