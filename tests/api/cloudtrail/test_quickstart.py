"""`s3trail trail quickstart`: one command from nothing to a trail that delivers."""

from __future__ import annotations

import json
import uuid

import pytest

from s3trail.testing.server import Server


@pytest.fixture
def name() -> str:
    """A trail's name."""
    return f"quick-{uuid.uuid4().hex[:8]}"


def _run(server: Server, *arguments: str) -> dict[str, object]:
    done = server.command("trail", "quickstart", *arguments, "-o", "json")
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_makes_everything_and_starts(server: Server, name: str) -> None:
    told = _run(server, name, "--data-events", "photos/2026/", "--data-events", "letters", "--validate")
    cloudtrail, s3 = server.client("cloudtrail"), server.client("s3")
    made = cloudtrail.get_trail(Name=name)["Trail"]
    assert (made["TrailARN"], made["S3BucketName"]) == (told["TrailARN"], told["S3BucketName"])
    assert made["LogFileValidationEnabled"] is True
    assert cloudtrail.get_trail_status(Name=name)["IsLogging"] is True
    (selector,) = cloudtrail.get_event_selectors(TrailName=name)["EventSelectors"]
    assert selector["DataResources"] == [
        {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::photos/2026/", "arn:aws:s3:::letters/"]}
    ]
    policy = json.loads(s3.get_bucket_policy(Bucket=made["S3BucketName"])["Policy"])
    sids = [statement["Sid"] for statement in policy["Statement"]]
    assert sids == ["AWSCloudTrailAclCheck", "AWSCloudTrailWrite"]
    (record,) = [
        each
        for each in server.records(eventName="CreateTrail")
        if (each["requestParameters"] or {}).get("name") == name
    ]
    assert record["userIdentity"]["type"] == "Root"
    assert record["sourceIPAddress"] == "127.0.0.1"
    server.wait_until(lambda: "LatestDeliveryTime" in cloudtrail.get_trail_status(Name=name))
    cloudtrail.delete_trail(Name=name)


def test_may_be_repeated(server: Server, name: str) -> None:
    first = _run(server, name)
    assert _run(server, name) == first
    server.client("cloudtrail").delete_trail(Name=name)


def test_tells_why_it_was_refused(server: Server) -> None:
    done = server.command("trail", "quickstart", "ab")
    assert done.returncode == 1
    assert "CreateTrail: InvalidTrailNameException: Trail name too short." in done.stderr
    assert "Traceback" not in done.stderr
