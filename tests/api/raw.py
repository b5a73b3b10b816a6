"""Requests byte by byte, for what no SDK would send: wrong signatures, broken bodies, odd framing."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import hmac
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock
from urllib.parse import quote

from botocore.auth import HmacV1Auth, S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from s3trail.testing.server import Credentials, Server

__all__ = [
    "Answer",
    "Connection",
    "chunk_signed",
    "encode",
    "presign_v4",
    "send",
    "sign_v2",
    "sign_v4",
    "signing_time",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    """Lower-case names."""
    body: bytes

    @property
    def request_id(self) -> str:
        """`x-amz-request-id`."""
        return self.headers["x-amz-request-id"]

    @property
    def code(self) -> str:
        """The error document's `Code`; empty without one."""
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        return found[1].decode() if found else ""


class Connection:
    """A TCP connection to the server."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self._buffer = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def _more(self) -> bool:
        data = self.socket.recv(65536)
        self._buffer += data
        return bool(data)

    def ended(self) -> bool:
        """Whether the server closes the connection without sending anything more."""
        with contextlib.suppress(ConnectionResetError):
            return self.socket.recv(1) == b""
        return True

    def answer(self, *, head: bool = False) -> Answer:
        """The next answer; `head` says that the request was HEAD.

        Raises:
            ConnectionError: the server closed the connection instead.
        """
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                raise ConnectionError("closed without an answer")
        block, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = block.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        status = int(first.split(" ")[1])
        length = 0 if head or status in {100, 204, 304} else int(headers.get("content-length", "0"))
        while len(self._buffer) < length:
            if not self._more():
                raise ConnectionError("closed within an answer")
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Answer(status, headers, body)


@contextlib.contextmanager
def signing_time(shift: datetime.timedelta) -> Iterator[None]:
    """Signatures made within are dated `shift` from now."""
    moment = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + shift
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        yield


def _request(server: Server, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
    url = server.endpoint + quote(path, safe="/?=&%+~")
    sent = {"Host": f"127.0.0.1:{server.port}", **headers}
    request = AWSRequest(method=method, url=url, data=body, headers=sent)
    request.context["content-sha256"] = headers.get("X-Amz-Content-SHA256")
    return request


class _S3SigV4Auth(S3SigV4Auth):  # type: ignore[misc]
    """botocore's signer, which keeps an `X-Amz-Content-SHA256` that is there."""

    def payload(self, request: Any) -> str:
        return str(request.context.get("content-sha256") or super().payload(request))


def _signer(credentials: Credentials) -> Any:
    return BotocoreCredentials(credentials.access_key_id, credentials.secret_access_key)


def sign_v4(
    server: Server,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    credentials: Credentials | None = None,
    region: str = "us-east-1",
    service: str = "s3",
    headers: dict[str, str] | None = None,
) -> dict[str, str]:
    """Headers of a request with a SigV4 `Authorization`, as botocore signs it."""
    request = _request(server, method, path, body, headers or {})
    _S3SigV4Auth(_signer(credentials or server.root), service, region).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


def sign_v2(
    server: Server, method: str, path: str, *, credentials: Credentials | None = None
) -> dict[str, str]:
    """Headers of a request with a SigV2 `Authorization`, as botocore signs it."""
    request = _request(server, method, path, b"", {})
    request.auth_path = path
    HmacV1Auth(_signer(credentials or server.root)).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


def presign_v4(
    server: Server, method: str, path: str, *, credentials: Credentials | None = None, expires: int = 300
) -> str:
    """Path and query of a presigned SigV4 URL, as botocore makes it."""
    request = _request(server, method, path, b"", {})
    S3SigV4QueryAuth(_signer(credentials or server.root), "s3", "us-east-1", expires=expires).add_auth(
        request
    )
    return str(request.url).removeprefix(server.endpoint)


def chunk_signed(
    server: Server, path: str, chunks: list[bytes], *, spoil: int | None = None
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a PUT in `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` form.

    Written from the S3 API reference, "Signature calculations: transferring a payload in multiple chunks".

    Args:
        server: whose root key signs.
        path: `/bucket/key`.
        chunks: the payload's parts; the closing empty chunk is added.
        spoil: number of a chunk whose signature is made wrong.
    """
    mode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    size = sum(map(len, chunks))
    headers = sign_v4(
        server,
        "PUT",
        path,
        headers={
            "X-Amz-Content-SHA256": mode,
            "Content-Encoding": "aws-chunked",
            "X-Amz-Decoded-Content-Length": str(size),
        },
    )
    found = re.search(r"Credential=[^/]+/(\S+?),.*Signature=([0-9a-f]+)", headers["Authorization"])
    assert found is not None
    scope, signature = found[1], found[2]
    stamp = headers["X-Amz-Date"]
    key = f"AWS4{server.root.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    empty = hashlib.sha256(b"").hexdigest()
    body = b""
    for number, chunk in enumerate([*chunks, b""]):
        text = "\n".join(
            ["AWS4-HMAC-SHA256-PAYLOAD", stamp, scope, signature, empty, hashlib.sha256(chunk).hexdigest()]
        )
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        sent = "0" * 64 if number == spoil else signature
        body += f"{len(chunk):x};chunk-signature={sent}\r\n".encode() + chunk + b"\r\n"
    return headers, body


def encode(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as bytes; Content-Length is added when there is a body or a PUT."""
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    names = {name.lower() for name in headers}
    if (body or method == "PUT") and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def send(server: Server, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Answer:
    """One request on a connection of its own."""
    with Connection(server) as connection:
        connection.send(encode(method, target, headers, body))
        return connection.answer(head=method == "HEAD")
