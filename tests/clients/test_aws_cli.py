"""The aws cli, version 1, unmodified, by endpoint URL alone."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.clients.rounds import LARGE, Round

pytestmark = pytest.mark.clients


@pytest.fixture
def aws(round_of: Callable[[str], Round], tool: Callable[[str], str]) -> tuple[Round, Callable[..., str]]:
    work, program = round_of("aws-cli"), tool("aws")
    environment = {
        "AWS_ACCESS_KEY_ID": work.user.access_key_id,
        "AWS_SECRET_ACCESS_KEY": work.user.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": work.server.endpoint,
    }
    return work, lambda *words: work.run(program, *words, environment=environment)


def test_does_a_round_of_work(aws: tuple[Round, Callable[..., str]]) -> None:
    work, run = aws
    url = f"s3://{work.bucket}"
    run("s3", "mb", url)
    run("s3", "cp", "small.txt", f"{url}/a/small.txt")
    run("s3", "cp", "large.bin", f"{url}/a/large.bin")
    listing = run("s3", "ls", f"{url}/a/")
    assert str(LARGE) in listing
    run("s3", "cp", f"{url}/a/large.bin", "back.bin")
    assert (work.folder / "back.bin").read_bytes() == work.large.read_bytes()
    run("s3", "cp", f"{url}/a/large.bin", f"{url}/b/large.bin")
    run("s3", "sync", url, "synced")
    assert (work.folder / "synced/b/large.bin").read_bytes() == work.large.read_bytes()
    run("s3", "mv", f"{url}/a/small.txt", f"{url}/b/small.txt")
    run("s3", "rm", url, "--recursive")
    run("s3", "rb", url)
    work.check(
        "CreateBucket",
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "ListObjects",
        "HeadObject",
        "GetObject",
        "CopyObject",
        "UploadPartCopy",
        "DeleteObject",
        "DeleteBucket",
        agent="aws-cli/1",
    )
    parts = [record for record in work.records() if record["eventName"] == "UploadPart"]
    assert sum(record["additionalEventData"]["bytesTransferredIn"] for record in parts) >= LARGE


def test_looks_up_its_own_calls(aws: tuple[Round, Callable[..., str]]) -> None:
    work, run = aws
    run("s3api", "create-bucket", "--bucket", f"{work.bucket}-looked-up")
    name = work.user.user_name
    attribute = f"AttributeKey=Username,AttributeValue={name}"
    events = json.loads(run("cloudtrail", "lookup-events", "--lookup-attributes", attribute))["Events"]
    assert [event["EventName"] for event in events][-1] == "CreateBucket"
    assert {event["Username"] for event in events} == {name}


def test_makes_a_trail(aws: tuple[Round, Callable[..., str]]) -> None:
    work, run = aws
    bucket = f"{work.bucket}-trail"
    run("s3", "mb", f"s3://{bucket}")
    run("cloudtrail", "create-trail", "--name", "cli-trail", "--s3-bucket-name", bucket)
    run("cloudtrail", "start-logging", "--name", "cli-trail")
    work.server.wait_until(lambda: "CloudTrail/us-east-1" in run("s3", "ls", "--recursive", f"s3://{bucket}"))
    assert json.loads(run("cloudtrail", "get-trail-status", "--name", "cli-trail"))["IsLogging"] is True
    run("cloudtrail", "delete-trail", "--name", "cli-trail")
