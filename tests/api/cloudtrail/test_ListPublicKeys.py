"""ListPublicKeys: the keys of a region's digests, by time."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


@pytest.fixture(scope="module")
def digesting() -> Iterator[Server]:
    """A server that has signed a digest in eu-west-1."""
    settings = {"trails.delivery_interval": "1s", "trails.digest_interval": "1s"}
    with Server(workers=1, settings=settings) as server:
        client = server.client("cloudtrail", region="eu-west-1")
        server.client("s3").create_bucket(Bucket="digests-here")
        client.create_trail(Name="signed", S3BucketName="digests-here", EnableLogFileValidation=True)
        client.start_logging(Name="signed")
        server.wait_until(lambda: client.list_public_keys()["PublicKeyList"])
        yield server


def test_lists_the_key_that_is_valid_now(digesting: Server) -> None:
    answer = digesting.client("cloudtrail", region="eu-west-1").list_public_keys()
    (key,) = answer["PublicKeyList"]
    assert key["Fingerprint"] == hashlib.md5(key["Value"]).hexdigest()
    assert key["ValidityEndTime"] - key["ValidityStartTime"] == timedelta(days=30)
    assert "NextToken" not in answer
    record = recorded(digesting, answer, "ListPublicKeys")
    assert record["readOnly"] is True
    assert record["awsRegion"] == "eu-west-1"


def test_lists_none_of_another_region(digesting: Server) -> None:
    assert digesting.client("cloudtrail", region="us-east-1").list_public_keys()["PublicKeyList"] == []


@pytest.mark.parametrize(("start", "end", "count"), [(-2, -1, 0), (-1, 1, 1), (29, 31, 1), (31, 32, 0)])
def test_lists_keys_valid_at_some_time_of_the_range(
    digesting: Server, start: int, end: int, count: int
) -> None:
    client = digesting.client("cloudtrail", region="eu-west-1")
    now = datetime.now(UTC)
    answer = client.list_public_keys(StartTime=now + timedelta(days=start), EndTime=now + timedelta(days=end))
    assert len(answer["PublicKeyList"]) == count


def test_refuses_a_range_that_begins_after_its_end(digesting: Server) -> None:
    client = digesting.client("cloudtrail")
    now = datetime.now(UTC)
    late = {"StartTime": now + timedelta(hours=1)}
    error = refused(client.list_public_keys, "InvalidTimeRangeException", 400, **late)
    recorded(digesting, error, "ListPublicKeys")
    refused(client.list_public_keys, "InvalidTimeRangeException", 400, **late, EndTime=now)


def test_refuses_a_token_that_was_never_given(digesting: Server) -> None:
    client = digesting.client("cloudtrail")
    refused(client.list_public_keys, "InvalidTokenException", 400, NextToken=uuid.uuid4().hex)
