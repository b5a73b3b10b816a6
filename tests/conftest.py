"""Fixtures that every test of a running server shares: the server, its clients, a bucket."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from s3trail.testing.server import Server


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the length of the crash test to pytest's options."""
    parser.addoption("--crash-rounds", type=int, default=5, help="how often the crash test kills the server")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server for the whole run; trails deliver every second."""
    with Server(settings={"trails.delivery_interval": "1s"}) as running:
        yield running


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, which it may stop, kill and restart; one worker."""
    with Server(tmp_path / "data", workers=1, settings={"trails.delivery_interval": "1s"}) as running:
        yield running


@pytest.fixture
def s3(server: Server) -> Any:
    """boto3's S3 client with root's key."""
    return server.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """A new, empty bucket in us-east-1."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Path of a program that a test drives; the test is skipped where it is missing, and fails under CI."""

    def find(name: str) -> str:
        beside = Path(sys.executable).parent / name
        found = str(beside) if beside.exists() else shutil.which(name)
        if found is None:
            reason = f"{name} is not installed"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        return found

    return find
