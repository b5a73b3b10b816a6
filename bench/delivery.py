"""Delivery of log files: 10,000 events a second into the journal, and a trail that keeps up with them.

The events are journaled by the bench itself, in blocks as a busy server makes them, so that delivery is
measured and not the calls. The server delivers as it ships: its pipeline follows the journal, and its log
files are objects with records of their own.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import orjson
import psutil

from bench import load
from bench.peers import PEERS, Running
from bench.report import Row
from bench.signing import signed_request
from s3trail.journal import journal
from s3trail.kernel.clock import iso_seconds
from s3trail.state.config import identities, trails
from s3trail.state.environment import Environment

__all__ = ["sustained"]

_RATE = 10_000
_BLOCK = 500
_INTERVAL = 5.0
"""Seconds; AWS's and our own minute would make a short run tell nothing."""
_SETTING = "S3TRAIL_TRAILS_DELIVERY_INTERVAL"
_TRAIL = "bench"
_BEHIND_TARGET = 2.0
_GROWTH_TARGET = 64.0
_SETTLED_AFTER = 0.3
"""Share of the time after which the first memory is taken: buffers have their sizes by then."""


def sustained(work: Path, *, seconds: float) -> Iterator[Row]:
    """Journal events at the rate for a while; gives how far behind delivery is, and how memory grows."""
    with _interval_of(_INTERVAL), PEERS[0].run(work) as server:
        environment = Environment(work / "data")
        with environment.read() as tx:
            account = identities.first_account(tx)
        assert account is not None
        _make_trail(server)
        template = _template(account.account_id)
        began = time.perf_counter()
        sent, early = 0, 0.0
        used = server.cpu()
        while (passed := time.perf_counter() - began) < seconds:
            if passed > seconds * _SETTLED_AFTER and not early:
                early = _memory(server)
            if sent >= passed * _RATE:
                time.sleep(0.002)
                continue
            moment = time.time()
            block = [_record(template, sent + at, moment) for at in range(_BLOCK)]
            with environment.write() as tx:
                journal.append_all(tx, moment, block)
            sent += _BLOCK
        rate = sent / (time.perf_counter() - began)
        behind = _behind(environment) / _RATE
        late = _memory(server)
        used = server.cpu() - used
        environment.close()
    case = f"delivery of {_RATE:,} events/s for {seconds:g} s"
    target = f"at least {0.99 * _RATE:,.0f}/s"
    yield Row("delivery", case, "events journaled", rate, "/s", target=target, ok=rate >= 0.99 * _RATE)
    target = f"at most {_BEHIND_TARGET:g} s and the interval"
    yield Row("delivery", case, "behind", behind, "s", target=target, ok=behind <= _BEHIND_TARGET)
    grown = (late - early) / (1 << 20)
    target = f"under {_GROWTH_TARGET:g} MiB"
    yield Row("delivery", case, "growth of memory", grown, "MiB", target=target, ok=grown < _GROWTH_TARGET)
    yield Row("delivery", case, "cpu of the server", used / (rate * seconds) * 1e6, "µs")


def _make_trail(server: Running) -> None:
    everything = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": everything}]
    for operation, document in (
        ("CreateTrail", {"Name": _TRAIL, "S3BucketName": server.bucket}),
        ("PutEventSelectors", {"TrailName": _TRAIL, "EventSelectors": selectors}),
        ("StartLogging", {"Name": _TRAIL}),
    ):
        headers = (
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", f"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}"),
        )
        body = json.dumps(document).encode()
        request = signed_request(
            server.credentials, server.host, "POST", "/", body, service="cloudtrail", headers=headers
        )
        status, answer = load.call(server.address, request)
        if status != 200:
            raise RuntimeError(f"{operation}: {answer[:300]!r}")


def _behind(environment: Environment) -> int:
    """Entries that the trail hasn't delivered and that have waited for longer than its interval."""
    with environment.read() as tx:
        (trail,) = [each for each in trails.every(tx) if each.name == _TRAIL]
        due = journal.at_time(tx, time.time() - _INTERVAL) - 1
        return max(0, due - trails.progress(tx, trail.id).position)


@contextlib.contextmanager
def _interval_of(seconds: float) -> Iterator[None]:
    """Servers that start meanwhile deliver at this interval."""
    os.environ[_SETTING] = f"{seconds:g}s"
    try:
        yield
    finally:
        del os.environ[_SETTING]


def _memory(server: Running) -> float:
    """Bytes of anonymous memory of all processes: without the pages of files that they map."""
    total = 0
    for process in server.tree():
        with contextlib.suppress(psutil.Error, OSError):
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            total += next(
                int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Anonymous:")
            )
    return total * 1024.0


def _template(account_id: str) -> bytes:
    """A GetObject event in which key, ids and time are left open."""
    record = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEEXAMPLE12",
            "arn": f"arn:aws:iam::{account_id}:user/alice",
            "accountId": account_id,
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "alice",
        },
        "eventTime": "%TIME",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "[Boto3/1.42.0 md/Botocore#1.42.0 ua/2.1 os/linux md/arch#x86_64 lang/python#3.11]",
        "requestParameters": {"bucketName": "photos", "Host": "s3.example.org", "key": "2026/%NUMBER.jpg"},
        "responseElements": None,
        "additionalEventData": {
            "SignatureVersion": "SigV4",
            "AuthenticationMethod": "AuthHeader",
            "bytesTransferredIn": 0,
            "bytesTransferredOut": 4096,
            "x-amz-id-2": "%NUMBER/E7Vh0Yc4dUZ1ypXfMqH0SL1uzqVJkDwlvRIYx2BWeJqq4v0Tz8DLbN3hOZNvqOe0BaUP5Y=",
        },
        "requestID": "%NUMBER",
        "eventID": "%EVENT",
        "readOnly": True,
        "resources": [
            {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::photos/2026/%NUMBER.jpg"},
            {"accountId": account_id, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::photos"},
        ],
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": account_id,
        "eventCategory": "Data",
    }
    return orjson.dumps(record)


def _record(template: bytes, number: int, moment: float) -> bytes:
    return (
        template.replace(b"%TIME", iso_seconds(moment).encode())
        .replace(b"%NUMBER", b"%016d" % number)
        .replace(b"%EVENT", str(uuid.UUID(int=number)).encode())
    )
