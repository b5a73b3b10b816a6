"""A load of mixed calls whose every acknowledgement is remembered, and the audit of what a crash left.

Each thread works on keys of its own, so that the state after a crash is known but for the one call that was
under way when the server died: that one may have happened or not, and its record must say the same.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from s3trail.testing.server import Record, Server

__all__ = ["Acknowledged", "Load", "check"]

BUCKET = "crash"
LOGS = "crash-logs"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One call that was answered with success."""

    request_id: str
    event_name: str
    key: str


@dataclass(slots=True)
class _Key:
    """What a key may hold: one state when all is answered, two while a change is under way."""

    states: list[str | None] = field(default_factory=lambda: [None])
    """MD5 of the bytes, or None for absent; the last is what the call under way would make."""


class _Client:
    def __init__(self, load: Load, number: int) -> None:
        self.thread = threading.Thread(target=self.run, name=f"client-{number}", daemon=True)
        self.load = load
        self.number = number
        self.random = random.Random(f"{load.seed}-{number}")
        self.keys = {f"t{number}/k{n}": _Key() for n in range(6)}
        self.refusals = 0
        self.changing = False

    def run(self) -> None:
        s3 = self.load.client()
        while not self.load.stopping.is_set():
            key = self.random.choice(sorted(self.keys))
            operation = self.random.choice(
                (self._put, self._put, self._get, self._delete, self._multipart, self._list)
            )
            self.changing = False
            try:
                operation(s3, key)
            except ClientError as error:
                # 503 and 500 say that nothing happened; a change that was refused may be tried again.
                if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
                    self.refusals += 1
                    if self.changing and error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                        self.keys[key].states = self.keys[key].states[:1]
                self.load.stopping.wait(0.01)
            except BotoCoreError:
                if self.load.stopping.wait(0.01):
                    break
        s3.close()

    def _acknowledge(self, answer: Any, event_name: str, key: str) -> None:
        request_id = answer["ResponseMetadata"]["RequestId"]
        with self.load.lock:
            self.load.acknowledged.append(Acknowledged(request_id, event_name, key))

    def _body(self) -> bytes:
        return self.random.randbytes(self.random.choice((0, 10, 4096, 100_000)))

    def _settled(self, s3: Any, key: str) -> None:
        """After an unanswered change, look which of the two states is in force."""
        held = self.keys[key]
        if len(held.states) > 1:
            try:
                answer = s3.get_object(Bucket=BUCKET, Key=key)
                found: str | None = hashlib.md5(answer["Body"].read()).hexdigest()
            except ClientError as error:
                if error.response["Error"]["Code"] != "NoSuchKey":
                    raise
                found = None
            if found not in held.states:
                self.load.problems.append(f"{key} holds {found}, which was none of {held.states}")
            held.states = [found]

    def _change(self, s3: Any, key: str, becomes: str | None) -> None:
        self._settled(s3, key)
        self.keys[key].states.append(becomes)
        self.changing = True

    def _put(self, s3: Any, key: str) -> None:
        body = self._body()
        self._change(s3, key, hashlib.md5(body).hexdigest())
        self._acknowledge(s3.put_object(Bucket=BUCKET, Key=key, Body=body), "PutObject", key)
        self.keys[key].states = self.keys[key].states[-1:]

    def _delete(self, s3: Any, key: str) -> None:
        self._change(s3, key, None)
        self._acknowledge(s3.delete_object(Bucket=BUCKET, Key=key), "DeleteObject", key)
        self.keys[key].states = self.keys[key].states[-1:]

    def _get(self, s3: Any, key: str) -> None:
        self._settled(s3, key)
        answer = s3.get_object(Bucket=BUCKET, Key=key)
        if hashlib.md5(answer["Body"].read()).hexdigest() != self.keys[key].states[0]:
            self.load.problems.append(f"{key} holds other bytes than were acknowledged")
        self._acknowledge(answer, "GetObject", key)

    def _list(self, s3: Any, key: str) -> None:
        answer = s3.list_objects_v2(Bucket=BUCKET, Prefix=key.split("/")[0])
        self._acknowledge(answer, "ListObjects", "")

    def _multipart(self, s3: Any, key: str) -> None:
        body = self._body()
        where = {"Bucket": BUCKET, "Key": key}
        created = s3.create_multipart_upload(**where)
        self._acknowledge(created, "CreateMultipartUpload", key)
        where["UploadId"] = created["UploadId"]
        part = s3.upload_part(**where, PartNumber=1, Body=body)
        self._acknowledge(part, "UploadPart", key)
        if self.random.random() < 0.3:
            self._acknowledge(s3.abort_multipart_upload(**where), "AbortMultipartUpload", key)
            return
        self._change(s3, key, hashlib.md5(body).hexdigest())
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        answer = s3.complete_multipart_upload(**where, MultipartUpload=parts)
        self._acknowledge(answer, "CompleteMultipartUpload", key)
        self.keys[key].states = self.keys[key].states[-1:]


class Load:
    """Client threads at work on one server.

    Args:
        server: the server; it may go away and come back on the same port.
        threads: how many clients.
        seed: of the mix of calls.
    """

    def __init__(self, server: Server, *, threads: int, seed: int) -> None:
        self.server = server
        self.seed = seed
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.acknowledged: list[Acknowledged] = []
        self.problems: list[str] = []
        self.root = server.root
        self.clients = [_Client(self, number) for number in range(threads)]

    def client(self) -> Any:
        """An S3 client that tries once and gives up soon."""
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.server.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.root.access_key_id,
            aws_secret_access_key=self.root.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20),
        )

    def start(self) -> None:
        """Make the buckets and a trail that takes every event, then let the clients work."""
        s3, cloudtrail = self.server.client("s3"), self.server.client("cloudtrail")
        for bucket in (BUCKET, LOGS):
            s3.create_bucket(Bucket=bucket)
        cloudtrail.create_trail(Name="crash", S3BucketName=LOGS)
        everything = {"DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{BUCKET}/"]}]}
        cloudtrail.put_event_selectors(TrailName="crash", EventSelectors=[everything])
        cloudtrail.start_logging(Name="crash")
        for client in self.clients:
            client.thread.start()

    def progress(self) -> int:
        """How many calls were acknowledged until now."""
        with self.lock:
            return len(self.acknowledged)

    def stop(self) -> None:
        """Let the clients end their calls."""
        self.stopping.set()
        for client in self.clients:
            client.thread.join(60)
            assert not client.thread.is_alive()


def _delivered(server: Server) -> Counter[str]:
    s3 = server.client("s3")
    times: Counter[str] = Counter()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=LOGS):
        for found in page.get("Contents", []):
            body = s3.get_object(Bucket=LOGS, Key=found["Key"])["Body"].read()
            times.update(record["eventID"] for record in json.loads(gzip.decompress(body))["Records"])
    return times


_CHANGES = {"PutObject", "DeleteObject", "CompleteMultipartUpload"}


def check(load: Load) -> None:
    """Check the promises on a running server whose clients have stopped.

    - every acknowledged call has exactly one record, of its event and key;
    - the last change on record of each key is the change in force: no change without a record, no record
      without its change;
    - the log files hold each event once, and all events there are once delivery has caught up;
    - `s3trail verify` finds the journal whole.
    """
    server = load.server
    assert load.problems == []
    records = server.records()
    by_request: dict[str, list[Record]] = {}
    for record in records:
        by_request.setdefault(record.get("requestID", ""), []).append(record)
    for call in load.acknowledged:
        found = by_request.get(call.request_id, [])
        assert len(found) == 1, f"{len(found)} records of {call}"
        assert found[0]["eventName"] == call.event_name
        assert "errorCode" not in found[0]
        if call.key:
            assert found[0]["requestParameters"]["key"] == call.key
    _check_state(load, records)
    verified = server.command("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    last = server.record_of(server.client("s3").list_buckets())["eventID"]
    times: Counter[str] = Counter()

    def caught_up() -> bool:
        nonlocal times
        times = _delivered(server)
        return last in times

    server.wait_until(caught_up, seconds=60)
    assert [event for event, count in times.items() if count > 1] == []
    expected = {
        record["eventID"]
        for record in records
        if (record["requestParameters"] or {}).get("bucketName") == BUCKET
        and record["eventCategory"] == "Data"
    }
    assert expected <= set(times), f"{len(expected - set(times))} events were not delivered"


def _check_state(load: Load, records: list[Record]) -> None:
    s3 = load.server.client("s3")
    last: dict[str, Record] = {}
    for change in records:
        parameters = change["requestParameters"] or {}
        if (
            parameters.get("bucketName") == BUCKET
            and change["eventName"] in _CHANGES
            and "errorCode" not in change
            and "key" in parameters
        ):
            last[parameters["key"]] = change
    present: dict[str, str] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for found in page.get("Contents", []):
            answer = s3.get_object(Bucket=BUCKET, Key=found["Key"])
            present[found["Key"]] = hashlib.md5(answer["Body"].read()).hexdigest()
    for client in load.clients:
        for key, held in client.keys.items():
            now = present.get(key)
            assert now in held.states, f"{key} holds {now}, none of {held.states}"
            record = last.get(key)
            written = record is not None and record["eventName"] != "DeleteObject"
            assert (now is not None) == written, f"{key}: {now}, last record {record}"
            # With two possible states the record decides which: an unanswered change without a record has not
            # happened, one with a record has.
            if record is not None and now is not None:
                size = record["additionalEventData"].get("objectSize")
                head = s3.head_object(Bucket=BUCKET, Key=key)
                assert size is None or size == head["ContentLength"], f"{key}: {record}"
