"""Connections: clients that hang up, half requests, framing, limits; each call is recorded as it went."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api import raw

BODY = bytes(range(256)) * 256


@pytest.fixture
def path(s3: Any, bucket: str) -> str:
    """`/bucket/key` of an object of 64 KiB."""
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    return f"/{bucket}/k"


def _get(server: Server, path: str, **headers: str) -> bytes:
    return raw.encode("GET", path, {**raw.sign_v4(server, "GET", path), **headers})


def _split(path: str) -> tuple[str, str]:
    bucket, _, key = path.strip("/").partition("/")
    return bucket, key


def test_keeps_a_connection_for_many_requests(server: Server, path: str) -> None:
    with raw.Connection(server) as connection:
        answers = []
        for _ in range(3):
            connection.send(_get(server, path))
            answers.append(connection.answer())
    assert [answer.body for answer in answers] == [BODY] * 3
    assert len({answer.request_id for answer in answers}) == 3
    for answer in answers:
        assert server.record_of(answer.request_id)["eventName"] == "GetObject"


def test_closes_when_asked_to(server: Server, path: str) -> None:
    with raw.Connection(server) as connection:
        connection.send(_get(server, path, Connection="close"))
        assert connection.answer().body == BODY
        assert connection.ended()


def test_answers_pipelined_requests_in_order(server: Server, path: str) -> None:
    bucket, _ = _split(path)
    with raw.Connection(server) as connection:
        second = f"/{bucket}/absent"
        connection.send(_get(server, path) + _get(server, second) + _get(server, path))
        answers = [connection.answer() for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 404, 200]
    assert answers[2].body == BODY
    for answer in answers:
        server.record_of(answer.request_id)


def test_head_gives_the_length_and_no_body(server: Server, path: str) -> None:
    with raw.Connection(server) as connection:
        connection.send(raw.encode("HEAD", path, raw.sign_v4(server, "HEAD", path)) + _get(server, path))
        head = connection.answer(head=True)
        assert head.headers["content-length"] == str(len(BODY))
        assert connection.answer().body == BODY
    assert server.record_of(head.request_id)["additionalEventData"]["bytesTransferredOut"] == 0


def test_head_of_a_missing_key_has_no_body(server: Server, path: str) -> None:
    with raw.Connection(server) as connection:
        missing = path + "-absent"
        connection.send(
            raw.encode("HEAD", missing, raw.sign_v4(server, "HEAD", missing)) + _get(server, path)
        )
        assert connection.answer(head=True).status == 404
        assert connection.answer().body == BODY


def test_says_continue_before_a_body_it_will_take(server: Server, path: str) -> None:
    headers = {**raw.sign_v4(server, "PUT", path, b"new"), "Content-Length": "3", "Expect": "100-continue"}
    with raw.Connection(server) as connection:
        connection.send(raw.encode("PUT", path, headers))
        assert connection.answer().status == 100
        connection.send(b"new")
        answer = connection.answer()
    assert answer.status == 200
    assert server.record_of(answer.request_id)["additionalEventData"]["bytesTransferredIn"] == 3


def test_refuses_without_asking_for_a_body_it_would_not_take(server: Server) -> None:
    path = "/nobody-made-this/k"
    headers = {**raw.sign_v4(server, "PUT", path, b"new"), "Content-Length": "3", "Expect": "100-continue"}
    with raw.Connection(server) as connection:
        connection.send(raw.encode("PUT", path, headers))
        answer = connection.answer()
    assert (answer.status, answer.code) == (404, "NoSuchBucket")
    assert server.record_of(answer.request_id)["additionalEventData"]["bytesTransferredIn"] == 0


def test_refuses_a_chunked_body_of_unknown_length(server: Server, s3: Any, path: str) -> None:
    headers = raw.sign_v4(server, "PUT", path, headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    body = b"4\r\nabcd\r\n6\r\nefghij\r\n0\r\n\r\n"
    answer = raw.send(server, "PUT", path, {**headers, "Transfer-Encoding": "chunked"}, body)
    assert (answer.status, answer.code) == (411, "MissingContentLength")
    assert server.record_of(answer.request_id)["errorCode"] == "MissingContentLength"
    bucket, key = _split(path)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == BODY


def test_an_interrupted_upload_is_recorded_and_changes_nothing(server: Server, s3: Any, path: str) -> None:
    headers = {**raw.sign_v4(server, "PUT", path, b"x" * 1000), "Content-Length": "1000"}
    with raw.Connection(server) as connection:
        connection.send(raw.encode("PUT", path, headers) + b"x" * 400)
        connection.socket.shutdown(socket.SHUT_WR)
    bucket, key = _split(path)
    record = server.wait_for(
        lambda found: (
            found["eventName"] == "PutObject"
            and (found["requestParameters"] or {}).get("bucketName") == bucket
            and "errorCode" in found
        )
    )
    assert record["errorCode"] == "IncompleteBody"
    assert record["additionalEventData"]["bytesTransferredIn"] == 400
    assert record["userIdentity"]["type"] == "Root"
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == BODY


def test_a_client_that_hangs_up_is_recorded_with_the_bytes_sent(server: Server, s3: Any, path: str) -> None:
    bucket, _ = _split(path)
    size = 64 << 20
    s3.put_object(Bucket=bucket, Key="large", Body=bytes(size))
    connection = raw.Connection(server)
    # Ends with a reset, as a crashed client would, while most of the answer is still to come.
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.send(_get(server, f"/{bucket}/large"))
    connection.socket.recv(1000)
    connection.socket.close()
    record = server.wait_for(
        lambda found: (
            found["eventName"] == "GetObject"
            and (found["requestParameters"] or {}).get("bucketName") == bucket
            and found["requestParameters"].get("key") == "large"
        )
    )
    assert 0 < record["additionalEventData"]["bytesTransferredOut"] < size
    assert record["additionalEventData"]["objectSize"] == size


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nbroken header\r\n\r\n",
        b"PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
        b"PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    ],
    ids=["words", "version", "NUL", "header", "length", "both framings", "TLS"],
)
def test_answers_400_to_what_is_no_http(server: Server, data: bytes) -> None:
    with raw.Connection(server) as connection:
        connection.send(data)
        with contextlib.suppress(ConnectionError):
            assert connection.answer().status == 400
        assert connection.ended()
    assert server.healthy()


def test_refuses_a_head_that_is_too_long(server: Server) -> None:
    with raw.Connection(server) as connection, contextlib.suppress(ConnectionError):
        connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Filler: " + b"x" * (1 << 20) + b"\r\n\r\n")
        assert connection.answer().status in {400, 431}
    assert server.healthy()


def test_takes_8_kib_of_headers(server: Server, path: str) -> None:
    headers = {**raw.sign_v4(server, "GET", path), "X-Filler": "x" * 8000}
    assert raw.send(server, "GET", path, headers).body == BODY


def test_an_unknown_method_is_refused_and_recorded(server: Server, path: str) -> None:
    answer = raw.send(server, "PATCH", path, raw.sign_v4(server, "PATCH", path))
    assert answer.status in {405, 501}
    assert server.record_of(answer.request_id)["errorCode"] == answer.code


def test_believes_no_forwarded_address_from_a_stranger(server: Server, path: str) -> None:
    headers = {**raw.sign_v4(server, "GET", path), "X-Forwarded-For": "203.0.113.7"}
    answer = raw.send(server, "GET", path, headers)
    assert server.record_of(answer.request_id)["sourceIPAddress"] == "127.0.0.1"


def test_virtual_host_style_finds_the_bucket(server: Server, path: str) -> None:
    bucket, key = _split(path)
    host = f"{bucket}.localhost:{server.port}"
    headers = raw.sign_v4(server, "GET", f"/{key}", headers={"Host": host})
    answer = raw.send(server, "GET", f"/{key}", headers)
    assert answer.body == BODY
    parameters = server.record_of(answer.request_id)["requestParameters"]
    assert (parameters["bucketName"], parameters["Host"], parameters["key"]) == (bucket, host, key)


def test_health_needs_no_signature_and_leaves_no_record(server: Server) -> None:
    before = len(server.records())
    status, document = server.health()
    assert (status, document["status"]) == (200, "ok")
    answer = raw.send(server, "GET", "/_s3trail/metrics", {"Host": "localhost"})
    assert answer.status == 200
    own = [
        record
        for record in server.records()[before:]
        if record["userIdentity"].get("invokedBy") != "cloudtrail.amazonaws.com"
    ]
    assert own == []
