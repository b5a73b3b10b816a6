"""A data directory with an account and some records, and the command line run in this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from s3trail.cli import main
from s3trail.journal import journal
from s3trail.kernel.clock import FixedClock, iso_seconds
from s3trail.kernel.ids import RandomIds
from s3trail.state.config import identities, secrets
from s3trail.state.environment import Environment

START = 1_790_000_000.0
"""Epoch seconds of the first record: 2026-09-21T14:13:20Z."""


@dataclass(frozen=True)
class Outcome:
    """What a command line did."""

    code: int
    out: str
    err: str

    def records(self) -> list[dict[str, Any]]:
        """Its output as lines of JSON."""
        return [orjson.loads(line) for line in self.out.splitlines()]

    def names(self) -> list[str]:
        """The keys of the records in its output, in order."""
        return [record["requestParameters"]["key"] for record in self.records()]


Run = Callable[..., Outcome]


def record(number: int, **members: Any) -> dict[str, Any]:
    """A record of root putting `k<number>` into the bucket photos, a minute after the one before."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "Root",
            "principalId": "111122223333",
            "accountId": "111122223333",
            "accessKeyId": "AKIAROOT",
        },
        "eventTime": iso_seconds(START + 60 * number),
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutObject",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "[test]",
        "requestParameters": {"bucketName": "photos", "key": f"k{number}"},
        "responseElements": None,
        "requestID": f"R{number}",
        "eventID": f"00000000-0000-4000-8000-{number:012}",
        "readOnly": False,
        "eventCategory": "Data",
        **members,
    }


def journaled(data: Path, *records: dict[str, Any], late: float = 0.4) -> None:
    """Append records, each in a block of its own, `late` seconds after its eventTime."""
    environment = Environment(data)
    for each in records:
        with environment.write() as tx:
            at = journal.head(tx)
            journal.append(tx, START + 60 * at + late, orjson.dumps(each))
    environment.close()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory that all commands take as theirs."""
    for name in list(os.environ):
        if name.startswith(("S3TRAIL_", "AWS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("S3TRAIL_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def journal_only(data: Path) -> Path:
    """An opened data directory without accounts or records."""
    Environment(data).close()
    return data


@pytest.fixture
def started(data: Path) -> Path:
    """A data directory after a first start."""
    environment = Environment(data)
    identities.first_start(environment, secrets.load_or_make(data, {}), RandomIds(), FixedClock(START))
    environment.close()
    return data


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line and gives its exit code and output."""

    def run_it(*arguments: str) -> Outcome:
        capfd.readouterr()
        code = main.outcome(list(arguments))
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run_it
