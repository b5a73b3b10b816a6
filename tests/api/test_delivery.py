"""Delivery: a trail's log files in its bucket, each event once, across restarts."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter
from typing import Any

import pytest

from s3trail.testing.server import Record, Server

_KEY = re.compile(
    r"(?P<prefix>.*/)?AWSLogs/(?P<account>\d{12})/CloudTrail/(?P<region>[a-z0-9-]+)/\d{4}/\d\d/\d\d/"
    r"(?P=account)_CloudTrail_(?P=region)_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz"
)


def _files(s3: Any, bucket: str, prefix: str = "") -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def _delivered(s3: Any, bucket: str) -> list[Record]:
    records: list[Record] = []
    for key in _files(s3, bucket):
        records += json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))[
            "Records"
        ]
    return records


def _trail(server: Server, name: str, **members: Any) -> tuple[Any, Any, str]:
    s3, cloudtrail = server.client("s3"), server.client("cloudtrail")
    bucket = f"logs-{name}"
    s3.create_bucket(Bucket=bucket)
    cloudtrail.create_trail(Name=name, S3BucketName=bucket, **members)
    cloudtrail.start_logging(Name=name)
    return s3, cloudtrail, bucket


def test_delivers_the_journaled_record_in_one_gzip_member(fresh_server: Server) -> None:
    server = fresh_server
    s3, _, bucket = _trail(server, "first", S3KeyPrefix="audit")
    made = server.record_of(s3.create_bucket(Bucket="something-new"))
    server.wait_until(lambda: made in _delivered(s3, bucket))
    for key in _files(s3, bucket):
        found = _KEY.fullmatch(key)
        assert found is not None, key
        assert found["prefix"] == "audit/"
        assert found["account"] == made["recipientAccountId"]
        answer = s3.get_object(Bucket=bucket, Key=key)
        assert (answer["ContentType"], answer["ContentEncoding"]) == ("application/json", "gzip")
        member = zlib.decompressobj(wbits=31)
        text = member.decompress(answer["Body"].read())
        assert member.eof
        assert member.unused_data == b""
        assert list(json.loads(text)) == ["Records"]


def test_records_the_delivery_as_the_services_own_call(fresh_server: Server) -> None:
    server = fresh_server
    _, _, bucket = _trail(server, "own-call")
    record = server.wait_for(
        lambda found: found["eventName"] == "PutObject" and found["requestParameters"]["bucketName"] == bucket
    )
    identity = record["userIdentity"]
    assert (identity["type"], identity["invokedBy"]) == ("AWSService", "cloudtrail.amazonaws.com")
    assert record["sourceIPAddress"] == record["userAgent"] == "cloudtrail.amazonaws.com"
    assert _KEY.fullmatch(record["requestParameters"]["key"])


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_delivers_each_event_once_across_a_restart(fresh_server: Server, ending: str) -> None:
    server = fresh_server
    s3, _, bucket = _trail(server, "once")
    made = []
    for number in range(3):
        made += [
            server.record_of(s3.create_bucket(Bucket=f"round-{number}-{n}"))["eventID"] for n in range(5)
        ]
        if ending == "stop":
            assert server.stop() == 0
        else:
            server.kill()
        server.start()
    last = server.record_of(s3.list_buckets())
    server.wait_until(lambda: last in _delivered(s3, bucket))
    times = Counter(record["eventID"] for record in _delivered(s3, bucket))
    assert set(made) <= set(times)
    assert max(times.values()) == 1


def test_selects_data_events_by_prefix(fresh_server: Server) -> None:
    server = fresh_server
    s3, cloudtrail, bucket = _trail(server, "selected")
    s3.create_bucket(Bucket="watched-bucket")
    cloudtrail.put_event_selectors(
        TrailName="selected",
        EventSelectors=[
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": True,
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::watched-bucket/in/"]}],
            }
        ],
    )
    wanted = server.record_of(s3.put_object(Bucket="watched-bucket", Key="in/a", Body=b"x"))
    unwanted = [
        server.record_of(s3.put_object(Bucket="watched-bucket", Key="out/a", Body=b"x")),
        server.record_of(s3.get_object(Bucket="watched-bucket", Key="in/a")),
    ]
    last = server.record_of(s3.create_bucket(Bucket="the-last-one"))
    server.wait_until(lambda: last in _delivered(s3, bucket))
    delivered = _delivered(s3, bucket)
    assert wanted in delivered
    assert not [record for record in unwanted if record in delivered]


def test_a_single_region_trail_takes_its_region_alone(fresh_server: Server) -> None:
    server = fresh_server
    s3, cloudtrail, bucket = _trail(server, "one-region")
    s3.create_bucket(Bucket="logs-all-regions")
    cloudtrail.create_trail(Name="all-regions", S3BucketName="logs-all-regions", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="all-regions")
    far = server.record_of(
        server.client("s3", region="eu-west-1").create_bucket(
            Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
    )
    near = server.record_of(s3.list_buckets())
    server.wait_until(lambda: far in _delivered(s3, "logs-all-regions"))
    server.wait_until(lambda: near in _delivered(s3, bucket))
    assert far not in _delivered(s3, bucket)
    folders = {_KEY.fullmatch(key)["region"] for key in _files(s3, "logs-all-regions")}  # type: ignore[index]
    assert {"us-east-1", "eu-west-1"} <= folders


def test_an_idle_trail_does_not_feed_on_its_own_deliveries(fresh_server: Server) -> None:
    server = fresh_server
    s3, cloudtrail, bucket = _trail(server, "idle")
    cloudtrail.put_event_selectors(
        TrailName="idle",
        EventSelectors=[
            {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}], "ReadWriteType": "All"}
        ],
    )

    def deliveries() -> int:
        own = server.records(eventName="PutObject", bucket=bucket)
        return len([record for record in own if record["userIdentity"].get("invokedBy")])

    server.wait_until(deliveries)
    # Each round waits for a delivery that our call caused; deliveries that cause others would outrun them.
    for number in range(3):
        before = deliveries()
        s3.create_bucket(Bucket=f"stir-{number}")
        server.wait_until(lambda before=before: deliveries() > before)  # type: ignore[misc]
    assert deliveries() <= 6
