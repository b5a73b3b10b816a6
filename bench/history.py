"""The Event history: how soon an event is in it, and what a page costs among ten million."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench import load
from bench.peers import PEERS, Running
from bench.report import Row
from bench.signing import Request, signed_request
from s3trail.kernel.clock import iso_seconds
from s3trail.state.views.history import History

__all__ = ["idle_memory", "lookup_latency", "page_cost"]

_TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
_ACCOUNT = "123456789012"
_REGION = "us-east-1"
_PAGE_TARGET_MS = 20.0
_LATENCY_TARGET_MS = 200.0
_MEMORY_TARGET_MIB = 300.0


def _lookup(server: Running, document: dict[str, Any]) -> Request:
    headers = (("content-type", "application/x-amz-json-1.1"), ("x-amz-target", _TARGET))
    body = json.dumps(document).encode()
    return signed_request(
        server.credentials, server.host, "POST", "/", body, service="cloudtrail", headers=headers
    )


def lookup_latency(work: Path, *, count: int) -> Iterator[Row]:
    """From a call's answer to the first LookupEvents answer that shows it, over `count` calls."""
    waits, trips = [], []
    with PEERS[0].run(work) as server:
        for _ in range(count):
            status, answer = load.call(server.address, server.sign("GET", "/"))
            answered = time.perf_counter()
            head = answer.partition(b"\r\n\r\n")[0].lower()
            if status != 200:
                raise RuntimeError(f"ListBuckets: {answer[:300]!r}")
            at = head.index(b"x-amz-request-id:") + len(b"x-amz-request-id:")
            request_id = head[at:].split(b"\r\n", 1)[0].strip().upper()
            attributes = [{"AttributeKey": "EventName", "AttributeValue": "ListBuckets"}]
            document = {"LookupAttributes": attributes, "MaxResults": 5}
            while True:
                began = time.perf_counter()
                status, found = load.call(server.address, _lookup(server, document))
                if status != 200:
                    raise RuntimeError(f"LookupEvents: {found[:300]!r}")
                if request_id in found.upper():
                    break
            done = time.perf_counter()
            waits.append((done - answered) * 1000)
            trips.append((done - began) * 1000)
    case = "a call's answer until LookupEvents shows it"
    worst = sorted(waits)[int(len(waits) * 0.99)]
    yield Row("history", case, "p50", median(waits), "ms")
    target = f"at most {_LATENCY_TARGET_MS:g} ms"
    yield Row("history", case, "p99", worst, "ms", target=target, ok=worst <= _LATENCY_TARGET_MS)
    yield Row("history", case, "p50 of one LookupEvents call", median(trips), "ms")


def idle_memory(work: Path) -> Iterator[Row]:
    """Memory of all processes of a server that has answered a few calls and is idle."""
    with PEERS[0].run(work) as server:
        body = b"x" * 4096
        for number in range(20):
            load.call(server.address, server.sign("PUT", f"/{server.bucket}/k{number}", body))
            load.call(server.address, server.sign("GET", f"/{server.bucket}/k{number}"))
        time.sleep(3)
        rss, pss = server.memory()
        processes = len(server.tree())
    case = f"idle, {processes} processes"
    target = f"under {_MEMORY_TARGET_MIB:g} MiB"
    total = rss / (1 << 20)
    yield Row("memory", case, "rss", total, "MiB", target=target, ok=total < _MEMORY_TARGET_MIB)
    yield Row("memory", case, "pss", pss / (1 << 20), "MiB")


def _record(number: int, moment: float) -> bytes:
    """A management event like the journal's, with few common and many rare attribute values."""
    user = f"user-{number % 997}"
    return json.dumps(
        {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "principalId": f"AIDA{number % 997:016}",
                "arn": f"arn:aws:iam::{_ACCOUNT}:user/{user}",
                "accountId": _ACCOUNT,
                "accessKeyId": f"AKIA{number % 997:016}",
                "userName": user,
            },
            "eventTime": iso_seconds(moment),
            "eventSource": "s3.amazonaws.com",
            "eventName": ("ListBuckets", "GetBucketLocation", "CreateBucket", "DeleteBucket")[number % 4],
            "awsRegion": _REGION,
            "sourceIPAddress": "192.0.2.7",
            "userAgent": "[aws-cli/2.15]",
            "requestParameters": {"bucketName": f"bucket-{number % 10007}", "Host": "s3.example.org"},
            "responseElements": None,
            "requestID": f"{number:016}",
            "eventID": str(uuid.UUID(int=number)),
            "readOnly": number % 4 < 2,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": _ACCOUNT,
            "eventCategory": "Management",
        },
        separators=(",", ":"),
    ).encode()


def page_cost(work: Path, *, events: int) -> Iterator[Row]:
    """Fill the view itself with `events` events over 90 days, then time pages by every attribute."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / "history.sqlite"
    history = History(path)
    first = time.time() - 90 * 86400
    step = 90 * 86400 / events
    batch = 5000
    began = time.perf_counter()
    for start in range(0, events, batch):
        numbers = range(start, min(start + batch, events))
        entries = [(number + 1, _record(number, first + number * step)) for number in numbers]
        history.append(entries, numbers[-1] + 1)
        if start % (events // 10) < batch:
            print(f"  {start:,} of {events:,} events", flush=True)
    filled = time.perf_counter() - began
    middle = events // 2
    asked = {
        "no attribute": (None, ""),
        "EventId": ("EventId", str(uuid.UUID(int=middle))),
        "EventName, common": ("EventName", "ListBuckets"),
        "ReadOnly, common": ("ReadOnly", "true"),
        "Username": ("Username", "user-5"),
        "ResourceType, common": ("ResourceType", "AWS::S3::Bucket"),
        "ResourceName": ("ResourceName", f"bucket-{middle % 10007}"),
        "EventSource, common": ("EventSource", "s3.amazonaws.com"),
        "AccessKeyId": ("AccessKeyId", f"AKIA{5:016}"),
    }
    case = f"a page of 50 among {events:,} events"
    for name, (attribute, value) in asked.items():
        times = []
        for end in [None, first + 45 * 86400, first + 80 * 86400] * 3:
            started = time.perf_counter()
            page = history.lookup(_ACCOUNT, _REGION, attribute=attribute, value=value, end=end)
            times.append((time.perf_counter() - started) * 1000)
            if attribute != "EventId" and not page.events:
                raise RuntimeError(f"no events for {name}")
        worst = max(times)
        target = f"under {_PAGE_TARGET_MS:g} ms"
        yield Row(
            "history", case, f"worst of 9, {name}", worst, "ms", target=target, ok=worst < _PAGE_TARGET_MS
        )
    yield Row("history", case, "filling, with making the records", events / filled, "/s")
    yield Row("history", case, "size", sum(f.stat().st_size for f in work.iterdir()) / (1 << 30), "GiB")
    history.close()
