"""`serve` from outside: starting, stopping, what an interrupted start or stop leaves."""

from __future__ import annotations

import threading
from pathlib import Path

from s3trail.testing.server import Server
from tests.api import raw


def test_ends_with_0_on_sigterm_however_early(tmp_path: Path) -> None:
    with Server(tmp_path / "data", workers=1) as server:
        codes = [server.restart() for _ in range(6)]
    assert codes == [0] * 6


def test_answers_a_call_that_is_under_way_at_sigterm(fresh_server: Server) -> None:
    server = fresh_server
    server.client("s3").create_bucket(Bucket="draining")
    path, body = "/draining/k", b"x" * 100_000
    headers = {**raw.sign_v4(server, "PUT", path, body), "Content-Length": str(len(body))}
    codes: list[int] = []
    with raw.Connection(server) as connection:
        connection.send(raw.encode("PUT", path, headers) + body[:50_000])
        stopping = threading.Thread(target=lambda: codes.append(server.stop()))
        stopping.start()
        connection.send(body[50_000:])
        answer = connection.answer()
        stopping.join()
    assert answer.status == 200
    assert codes == [0]
    assert server.record_of(answer.request_id)["eventName"] == "PutObject"


def test_keeps_everything_across_a_restart(fresh_server: Server) -> None:
    server = fresh_server
    s3 = server.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="k", Body=b"bytes", Metadata={"a": "1"})
    user = server.add_user("kept-user")
    assert server.restart() == 0
    answer = server.client("s3", credentials=user).get_object(Bucket="kept", Key="k")
    assert answer["Body"].read() == b"bytes"
    assert answer["Metadata"] == {"a": "1"}
    assert server.command("verify").returncode == 0


def test_a_second_server_on_the_same_data_is_refused(fresh_server: Server) -> None:
    second = fresh_server.command("serve", "--listen", "127.0.0.1:0", "--no-console")
    assert second.returncode != 0
    assert "another s3trail" in second.stderr + second.stdout
    assert fresh_server.healthy()


def test_a_changed_record_fails_verify(fresh_server: Server) -> None:
    server = fresh_server
    server.client("s3").create_bucket(Bucket="evidence")
    assert server.stop() == 0
    journal = server.data / "journal" / "data.mdb"
    content = journal.read_bytes()
    assert b'"evidence"' in content
    journal.write_bytes(content.replace(b'"evidence"', b'"innocent"'))
    verified = server.command("verify")
    assert verified.returncode == 1
    assert "Traceback" not in verified.stderr
