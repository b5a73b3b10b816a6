"""`s3trail verify --history` and `s3trail views rebuild`: the Event history, proven and made again.

Input: a data directory, for a rebuild also a directory of log files. Output: a verdict; the history's file.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s3trail.cli import options

if TYPE_CHECKING:
    from s3trail.config import Settings
    from s3trail.state.environment import Environment
    from s3trail.state.views.history import History, Stored

__all__ = ["verify_history", "views"]

views = typer.Typer(help="What is derived from the journal.", no_args_is_help=True, rich_markup_mode=None)

_STRETCH = 2000
"""Journal entries read in one snapshot."""


def verify_history(settings: Settings, *, as_json: bool) -> bool:
    """Prove the Event history, and print the verdict; False if something is wrong.

    Its own hash chain shows whether an event was altered, removed or added. Each event is also compared with
    the journal, and each record of the journal is looked for, as far as the journal reaches.
    """
    from s3trail.app.operations import open_history
    from s3trail.cli.directory import open_environment
    from s3trail.cli.verification import ProgressLine

    _need_history(settings)
    progress = ProgressLine("events")
    history = open_history(settings)
    with open_environment(settings.data) as environment:
        comparison = _Comparison(environment, history, progress)
        try:
            proof = history.verify(comparison.see)
        finally:
            progress.close()
            history.close()
        problem, at = proof.problem, proof.at
        if proof.ok:
            problem, at = comparison.rest(proof.position)
    if as_json:
        document = {
            "ok": not problem,
            "events": proof.events,
            "position": proof.position,
            "headHash": proof.head_link,
            "problem": problem,
            "at": at,
        }
        print(json.dumps(document))
    elif problem:
        print(f"FAULT at event {at}: {problem}" if at is not None else f"FAULT: {problem}")
        print("`s3trail views rebuild` makes the history again from the journal")
    else:
        print(f"ok: {proof.events} events, up to record {proof.position}; none is missing or altered")
        print(f"head hash {proof.head_link}")
    return not problem


class _Comparison:
    """The journal's records that belong into the history, one after the other, beside its events."""

    def __init__(
        self, environment: Environment, history: History, progress: Callable[[int, int], None]
    ) -> None:
        from s3trail.journal import journal

        self._history = history
        self._progress = progress
        with environment.read() as tx:
            self._first, self._head = journal.first(tx), journal.head(tx)
        self._records = _of_journal(environment, 0)
        self._floor = history.floor()

    def see(self, event: Stored) -> str:
        """What is wrong with an event of the history; empty when nothing is."""
        self._progress(max(0, event.sequence), self._head)
        if event.sequence < max(self._first, 1):
            # From trail files, or the journal has let go of it: the chain alone speaks for it.
            return ""
        for sequence, record in self._records:
            if sequence == event.sequence:
                return "" if record == event.record else "the event isn't the one that was journaled"
            if sequence > event.sequence:
                break
            if self._missing(record):
                return f"record {sequence} of the journal is missing before it"
        return "the journal has no such record"

    def rest(self, position: int) -> tuple[str, int | None]:
        """What is wrong behind the last event."""
        for sequence, record in self._records:
            if sequence > position:
                break
            if self._missing(record):
                return "a record of the journal is missing", sequence
        return "", None

    def _missing(self, record: bytes) -> bool:
        import orjson

        from s3trail.kernel.clock import parse_iso_seconds

        if not self._history.holds(record):
            return False
        return parse_iso_seconds(orjson.loads(record)["eventTime"]) >= self._floor


def _of_journal(environment: Environment, after: int) -> Iterator[tuple[int, bytes]]:
    """Sequence numbers and records after a number, each stretch in a snapshot of its own."""
    from s3trail.journal import journal

    while True:
        with environment.read() as tx:
            entries = list(journal.read(tx, after, _STRETCH))
        if not entries:
            return
        for entry in entries:
            yield entry.sequence, entry.record
        after = entries[-1].sequence


def _need_history(settings: Settings) -> None:
    if not (settings.data / "views" / "history.sqlite").exists():
        raise options.Failure(f"there is no Event history in {settings.data}; `s3trail serve` makes it")


@views.command("rebuild")
def rebuild(
    data: options.Data = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help="Take events that the journal doesn't have from log files in this directory.",
        ),
    ] = None,
) -> None:
    """Make the Event history again from the journal; the server must not run."""
    settings = options.settings(data=data)
    from s3trail.app.operations import open_history
    from s3trail.cli.directory import open_environment
    from s3trail.cli.verification import ProgressLine
    from s3trail.journal import journal

    with open_environment(settings.data) as environment:
        _check_stopped(settings.data)
        found = _from_files(source) if source is not None else {}
        with environment.read() as tx:
            head = journal.head(tx)
        progress = ProgressLine()
        history = open_history(settings)
        try:
            if found:
                for sequence, record in _of_journal(environment, 0):
                    found.pop(_event_id(record), None)
                    progress(sequence, 2 * head)
            history.clear()
            adopted = history.adopt([record for _, record in sorted(found.values())])
            taken = _fill(history, environment, head, progress)
        finally:
            progress.close()
            history.close()
    print(f"{taken} events from the journal" + (f", {adopted} from log files" if source else ""))


def _fill(history: History, environment: Environment, head: int, progress: Callable[[int, int], None]) -> int:
    taken = 0
    batch: list[tuple[int, bytes]] = []
    for sequence, record in _of_journal(environment, 0):
        batch.append((sequence, record))
        if len(batch) == _STRETCH or sequence == head:
            taken += history.append(batch, sequence)
            batch = []
            progress(sequence, head)
        if sequence == head:
            break
    return taken


def _check_stopped(data: Path) -> None:
    """Refuse while a server serves the directory: its pipeline is the only writer of the history."""
    try:
        with (data / "run" / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return
    except BlockingIOError:
        raise options.Failure(f"a server runs on {data}; stop it first") from None


def _from_files(directory: Path) -> dict[str, tuple[str, bytes]]:
    """Time and record by event id, from all log files of a directory.

    Raises:
        Failure: there is no log file, or one can't be read.
    """
    import orjson

    found: dict[str, tuple[str, bytes]] = {}
    paths = sorted(directory.rglob("*.json.gz"))
    for path in paths:
        try:
            records = orjson.loads(gzip.decompress(path.read_bytes())).get("Records", [])
            for record in records:
                found[record["eventID"]] = (record["eventTime"], orjson.dumps(record))
        except (OSError, EOFError, zlib.error, ValueError, KeyError, AttributeError, TypeError) as error:
            raise options.Failure(f"{path} is no log file: {type(error).__name__}: {error}") from error
    if not paths:
        raise options.Failure(f"there are no log files (*.json.gz) in {directory}")
    return found


def _event_id(record: bytes) -> str:
    at = record.rfind(b'"eventID":"')
    return record[at + 11 : at + 47].decode(errors="replace") if at >= 0 else ""
