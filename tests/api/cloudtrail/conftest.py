"""What the tests of trails share: regions in turn, so that the quota of five trails isn't in the way."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from s3trail.testing.server import Server

_PLACES = ("eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1", "eu-central-1", "ap-south-1")
_REGIONS = itertools.cycle(_PLACES)


@pytest.fixture
def region() -> str:
    """A region for this test."""
    return next(_REGIONS)


@pytest.fixture
def cloudtrail(server: Server, region: str) -> Any:
    """boto3's CloudTrail client with root's key, in the test's region."""
    return server.client("cloudtrail", region=region)


@pytest.fixture
def trail(cloudtrail: Any, bucket: str) -> Iterator[dict[str, Any]]:
    """A new trail, not logging; deleted at the end if it is still there."""
    name = f"trail-{uuid.uuid4().hex[:8]}"
    created = cloudtrail.create_trail(Name=name, S3BucketName=bucket)
    yield created
    if cloudtrail.describe_trails(trailNameList=[name])["trailList"]:
        cloudtrail.delete_trail(Name=name)
