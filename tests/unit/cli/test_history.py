"""`verify --history`, `views rebuild`: what is proven, what is found out, what is made again."""

from __future__ import annotations

import fcntl
import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest

from s3trail.journal import journal
from s3trail.state.environment import Environment
from s3trail.state.views.history import History
from tests.unit.cli.conftest import Run, journaled, record


def management(number: int) -> dict[str, Any]:
    """A management event."""
    return record(
        number, eventName="CreateBucket", eventCategory="Management", recipientAccountId="111122223333"
    )


@pytest.fixture
def filled(started: Path) -> Path:
    """A data directory with five events in journal and history."""
    journaled(started, *[management(number) for number in range(5)])
    _fill(started)
    return started


def _fill(data: Path) -> None:
    environment = Environment(data)
    with environment.read() as tx:
        entries = [(entry.sequence, entry.record) for entry in journal.read(tx, 0)]
    environment.close()
    history = History(data / "views" / "history.sqlite")
    history.append(entries, entries[-1][0])
    history.close()


def _tamper(data: Path, *statements: str) -> None:
    with sqlite3.connect(data / "views" / "history.sqlite") as connection:
        connection.execute("DROP TRIGGER events_are_final")
        connection.execute("DROP TRIGGER events_are_kept")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_an_untouched_history_is_proven(filled: Path, run: Run) -> None:
    outcome = run("verify", "--history", "-o", "json")
    told = json.loads(outcome.out)
    assert outcome.code == 0
    assert told["ok"]
    assert told["events"] >= 5
    assert run("verify", "--history").out.startswith(f"ok: {told['events']} events")


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE events SET record = (SELECT record FROM events LIMIT 1)", "was altered"),
        ("UPDATE events SET id = id + 2147483648 WHERE sequence = {last}", "was altered"),
        ("DELETE FROM events WHERE sequence = {last} - 2", "removed"),
        ("DELETE FROM events WHERE sequence = {last}", "the last events are missing"),
        ("UPDATE state SET position = position - 1", "beyond the position"),
    ],
)
def test_every_change_is_found(filled: Path, run: Run, statement: str, problem: str) -> None:
    with sqlite3.connect(filled / "views" / "history.sqlite") as connection:
        last = connection.execute("SELECT MAX(sequence) FROM events").fetchone()[0]
    connection.close()
    _tamper(filled, statement.format(last=last))
    outcome = run("verify", "--history")
    assert outcome.code == 1
    assert outcome.out.startswith("FAULT at event ")
    assert problem in outcome.out


def test_a_history_with_a_forged_chain_differs_from_the_journal(filled: Path, run: Run) -> None:
    view = filled / "views" / "history.sqlite"
    view.unlink()
    environment = Environment(filled)
    with environment.read() as tx:
        entries = [(entry.sequence, entry.record) for entry in journal.read(tx, 0)]
    environment.close()
    sequence, genuine = entries[-1]
    entries[-1] = (sequence, genuine.replace(b"photos", b"letter"))
    history = History(view)
    history.append(entries, sequence)
    history.close()
    outcome = run("verify", "--history")
    assert outcome.code == 1
    assert "isn't the one that was journaled" in outcome.out


def test_a_history_that_leaves_out_a_record_is_found(filled: Path, run: Run) -> None:
    view = filled / "views" / "history.sqlite"
    view.unlink()
    environment = Environment(filled)
    with environment.read() as tx:
        entries = [(entry.sequence, entry.record) for entry in journal.read(tx, 0)]
    environment.close()
    last = entries[-1][0]
    for left_out in (entries[:-1], entries[:-2] + entries[-1:]):
        view.unlink(missing_ok=True)
        history = History(view)
        history.append(left_out, last)
        history.close()
        outcome = run("verify", "--history")
        assert outcome.code == 1
        assert "is missing" in outcome.out


def test_rebuild_makes_a_damaged_history_good(filled: Path, run: Run) -> None:
    _tamper(filled, "DELETE FROM events WHERE sequence % 2 = 0")
    assert run("verify", "--history").code == 1
    rebuilt = run("views", "rebuild")
    assert (rebuilt.code, rebuilt.err) == (0, "")
    assert rebuilt.out.endswith("events from the journal\n")
    assert run("verify", "--history").code == 0


def test_rebuild_takes_what_the_journal_lacks_from_log_files(filled: Path, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "copied" / "AWSLogs"
    folder.mkdir(parents=True)
    older = [
        {**management(-100 - number), "eventID": f"11111111-0000-4000-8000-{number:012}"} for number in (1, 2)
    ]
    known = management(1)
    body = gzip.compress(orjson.dumps({"Records": [*older, known]}))
    (folder / "one.json.gz").write_bytes(body)
    outcome = run("views", "rebuild", "--from", str(tmp_path / "copied"))
    assert outcome.code == 0, outcome.err
    assert outcome.out.endswith(", 2 from log files\n")
    history = History(filled / "views" / "history.sqlite")
    for each in older:
        page = history.lookup("111122223333", "us-east-1", attribute="EventId", value=each["eventID"])
        assert [dict(event.fields) for event in page.events] == [each]
    history.close()
    assert run("verify", "--history").code == 0


def test_rebuild_names_a_file_that_is_no_log_file(filled: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.json.gz").write_bytes(b"not gzip")
    outcome = run("views", "rebuild", "--from", str(tmp_path))
    assert outcome.code == 1
    assert "x.json.gz is no log file" in outcome.err
    assert run("verify", "--history").code == 0


def test_rebuild_refuses_while_a_server_runs(filled: Path, run: Run) -> None:
    (filled / "run").mkdir(exist_ok=True)
    with (filled / "run" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = run("views", "rebuild")
    assert outcome.code == 1
    assert "a server runs on" in outcome.err


def test_csv_cells_are_no_formulas(started: Path, run: Run) -> None:
    keys = ("=1+1", "+1", "-1", "@x", "safe")
    journaled(
        started,
        *[record(at, requestParameters={"bucketName": "photos", "key": key}) for at, key in enumerate(keys)],
    )
    lines = run("lookup", "--bucket", "photos", "-o", "csv").out.splitlines()
    at = lines[0].split(",").index("key")
    assert sorted(line.split(",")[at] for line in lines[1:]) == ["'+1", "'-1", "'=1+1", "'@x", "safe"]
