"""`lookup` and `tail`: what they find, in which order, and how they show it."""

from __future__ import annotations

import csv
import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from s3trail.cli.forms import Match, write
from s3trail.cli.options import Stream
from tests.unit.cli.conftest import START, Run, journaled, record

ALICE = {
    "type": "IAMUser",
    "principalId": "AIDAALICE",
    "accountId": "111122223333",
    "accessKeyId": "AKIAALICE",
    "userName": "alice",
}
ROLE = {"type": "AssumedRole", "principalId": "AROAX:session-7", "accountId": "111122223333"}
NOBODY = {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": "ANONYMOUS_PRINCIPAL"}


@pytest.fixture
def trail(journal_only: Path) -> Path:
    """Six records, k0 to k5, a minute apart."""
    journaled(
        journal_only,
        record(0),
        record(1, userIdentity=ALICE, eventName="GetObject", readOnly=True),
        record(2, userIdentity=ALICE, errorCode="AccessDenied", errorMessage="Access Denied"),
        record(3, userIdentity=NOBODY, requestParameters={"bucketName": "photos-2", "key": "k3"}),
        record(4, userIdentity=ROLE, requestParameters={"bucketName": "photos", "key": "k4", "x": "alice"}),
        record(5, errorCode="NoSuchKey", requestParameters={"bucketName": "logs", "key": 'k5/"ü"'}),
    )
    return journal_only


@pytest.mark.usefixtures("trail")
class TestLookup:
    """Against six records."""

    @pytest.mark.parametrize(
        ("flags", "keys"),
        [
            ([], ['k5/"ü"', "k4", "k3", "k2", "k1", "k0"]),
            (["--max-items", "2"], ['k5/"ü"', "k4"]),
            (["--max-results", "1"], ['k5/"ü"']),
            (["--event-name", "GetObject"], ["k1"]),
            (["--user", "alice"], ["k2", "k1"]),
            (["--user", "root"], ['k5/"ü"', "k0"]),
            (["--user", "session-7"], ["k4"]),
            (["--access-key", "AKIAALICE", "--error", "any"], ["k2"]),
            (["--access-key", "AKIAALICE", "--error", "none"], ["k1"]),
            (["--error", "NoSuchKey"], ['k5/"ü"']),
            (["--bucket", "photos"], ["k4", "k2", "k1", "k0"]),
            (["--key-prefix", 'k5/"'], ['k5/"ü"']),
            (["--identity-type", "AWSAccount"], ["k3"]),
            (["--lookup-attributes", "AttributeKey=ReadOnly,AttributeValue=true"], ["k1"]),
            (["--lookup-attributes", "AttributeValue=R4,AttributeKey=EventId"], []),
            (
                [
                    "--lookup-attributes",
                    "AttributeKey=EventId,AttributeValue=00000000-0000-4000-8000-000000000003",
                ],
                ["k3"],
            ),
            (["--lookup-attributes", "AttributeKey=ResourceName,AttributeValue=photos-2"], ["k3"]),
            (["--lookup-attributes", "AttributeKey=ResourceType,AttributeValue=AWS::KMS::Key"], []),
            (
                [
                    "--lookup-attributes",
                    "AttributeKey=Username,AttributeValue=alice",
                    "--event-name",
                    "PutObject",
                ],
                ["k2"],
            ),
            (["--start-time", "2026-09-21T14:16:20Z"], ['k5/"ü"', "k4", "k3"]),
            (["--start-time", "2026-09-21T16:16:20.5+02:00"], ['k5/"ü"', "k4"]),
            (["--end-time", "2026-09-21T14:14:20"], ["k1", "k0"]),
            (["--start-time", str(int(START) + 60), "--end-time", str(int(START) + 120)], ["k2", "k1"]),
            (["--since", "100000w"], ['k5/"ü"', "k4", "k3", "k2", "k1", "k0"]),
        ],
    )
    def test_finds_newest_first_what_meets_all_conditions(
        self, run: Run, flags: list[str], keys: list[str]
    ) -> None:
        outcome = run("lookup", *flags)
        assert outcome.names() == keys
        assert (outcome.code, outcome.err) == (0, "")

    def test_json_is_one_document_like_a_log_file(self, run: Run) -> None:
        found = json.loads(run("lookup", "-o", "json", "--user", "alice").out)
        assert [each["eventName"] for each in found["Records"]] == ["PutObject", "GetObject"]
        assert json.loads(run("lookup", "-o", "json", "--user", "nobody").out) == {"Records": []}

    def test_csv_has_a_header_and_a_row_for_each(self, run: Run) -> None:
        rows = list(csv.DictReader(run("lookup", "-o", "csv").out.splitlines()))
        assert len(rows) == 6
        assert rows[0]["key"] == 'k5/"ü"'
        assert rows[2]["principal"] == "anonymous"
        assert (rows[3]["principal"], rows[3]["error"], rows[3]["sequence"]) == ("alice", "AccessDenied", "3")

    def test_table_shows_the_seven_columns(self, run: Run) -> None:
        lines = run("lookup", "-o", "table").out.splitlines()
        assert lines[0].split("  ")[0] == "TIME"
        assert lines[4].split() == [
            "2026-09-21T14:15:20Z",
            "PutObject",
            "alice",
            "photos",
            "k2",
            "192.0.2.7",
            "AccessDenied",
        ]

    @pytest.mark.parametrize(
        ("flags", "why"),
        [
            (["--since", "yesterday"], "is no time"),
            (["--since", "1h", "--until", "2h"], "is after"),
            (["--max-items", "0"], "--max-items"),
            (["--lookup-attributes", "EventName=x"], "AttributeKey=KEY,AttributeValue=VALUE"),
            (["--lookup-attributes", "AttributeKey=Colour,AttributeValue=x"], "isn't one of AccessKeyId"),
            (["--lookup-attributes", "AttributeKey=ReadOnly,AttributeValue=yes"], "true or false"),
            (["-o", "xml"], "'xml'"),
        ],
    )
    def test_refuses_flags_that_it_cannot_read(self, run: Run, flags: list[str], why: str) -> None:
        outcome = run("lookup", *flags)
        assert outcome.code == 2
        assert why in outcome.err
        assert outcome.err.count("\n") == 1


@pytest.mark.usefixtures("trail")
def test_tail_shows_the_last_ones_oldest_first(run: Run) -> None:
    assert run("tail", "-n", "2").names() == ["k4", 'k5/"ü"']
    assert run("tail", "-n", "0").names() == []
    assert run("tail", "--user", "alice").names() == ["k1", "k2"]


def test_reads_more_than_one_stretch(journal_only: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s3trail.cli.scan._STRETCH", 3)
    journaled(journal_only, *(record(number) for number in range(10)))
    assert run("lookup").names() == [f"k{number}" for number in range(9, -1, -1)]
    assert run("lookup", "--start-time", "2026-09-21T14:17:20Z").names() == [
        f"k{number}" for number in range(9, 3, -1)
    ]


def test_finds_records_that_were_journaled_late(journal_only: Path, run: Run) -> None:
    journaled(journal_only, record(0), record(1), late=200)
    assert run("lookup", "--end-time", "2026-09-21T14:13:20Z").names() == ["k0"]


def test_an_empty_journal_has_nothing_to_show(journal_only: Path, run: Run) -> None:
    outcome = run("lookup")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert journal_only.exists()


def test_keys_cannot_steer_the_terminal(journal_only: Path, run: Run) -> None:
    journaled(journal_only, record(0, requestParameters={"bucketName": "photos", "key": "a\x1b[2J\nb"}))
    out = run("lookup", "-o", "table").out
    assert "\x1b" not in out
    assert r"a\x1b[2J\x0ab" in out


def test_follow_shows_what_comes_and_ends_on_interrupt(journal_only: Path) -> None:
    journaled(journal_only, record(0))
    command = [sys.executable, "-c", "from s3trail.cli.main import run; run()", "tail", "-f", "-o", "ndjson"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["requestID"] == "R0"
        journaled(journal_only, record(1))
        assert json.loads(process.stdout.readline())["requestID"] == "R1"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == ""


def test_a_reader_that_has_enough_is_no_error(journal_only: Path) -> None:
    journaled(journal_only, *(record(number, userAgent="x" * 5000) for number in range(100)))
    command = [sys.executable, "-c", "from s3trail.cli.main import run; run()", "lookup"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("columns", [60, 90, 120, 200])
def test_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    found: dict[str, Any] = record(
        0, errorCode="E" * 40, requestParameters={"bucketName": "b" * 63, "key": "鍵" * 90}
    )
    leader, follower = pty.openpty()
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    with open(follower, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        write([Match(1, START, b"", found)], Stream.table)
    monkeypatch.undo()
    shown = b""
    while select.select([leader], [], [], 0)[0]:
        try:
            shown += os.read(leader, 65536)
        except OSError:
            break
    os.close(leader)
    lines = shown.decode().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert sum(2 if mark == "鍵" else 1 for mark in line) <= columns
    assert "…" in lines[1]
