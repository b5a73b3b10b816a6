"""An organization trail: it delivers the events of every account of the server."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from s3trail.testing.server import Credentials, Server
from tests.api.expect import refused


@pytest.mark.slow
def test_delivers_all_accounts_into_folders_of_their_own(fresh_server: Server) -> None:
    server = fresh_server
    made = server.command("account", "add", "second", "-o", "json")
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)
    other = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    s3, cloudtrail = server.client("s3"), server.client("cloudtrail")
    s3.create_bucket(Bucket="organization-logs")
    trail = cloudtrail.create_trail(
        Name="everyone",
        S3BucketName="organization-logs",
        IsOrganizationTrail=True,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )
    assert trail["IsOrganizationTrail"] is True
    cloudtrail.start_logging(Name="everyone")
    theirs = server.client("s3", credentials=other)
    theirs.create_bucket(Bucket=f"theirs-{uuid.uuid4().hex[:8]}")

    def accounts() -> set[str]:
        listed = s3.list_objects_v2(Bucket="organization-logs").get("Contents", [])
        found = [
            re.match(r"AWSLogs/o-[a-z0-9]{10,32}/(\d{12})/CloudTrail/us-east-1/", each["Key"])
            for each in listed
        ]
        return {each[1] for each in found if each is not None}

    server.wait_until(lambda: len(accounts()) == 2)
    member = server.client("cloudtrail", credentials=other)
    assert member.get_trail(Name=trail["TrailARN"])["Trail"]["IsOrganizationTrail"] is True
    refused(member.stop_logging, "NotOrganizationMasterAccountException", 400, Name=trail["TrailARN"])
    theirs.create_bucket(Bucket="second-logs")
    refused(
        member.create_trail,
        "NotOrganizationMasterAccountException",
        400,
        Name="mine",
        S3BucketName="second-logs",
        IsOrganizationTrail=True,
    )
    cloudtrail.stop_logging(Name="everyone")
    assert server.command("verify", "--history").returncode == 0
