"""`s3trail verify`: read the whole journal, show how far it is, say what was proven."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from s3trail.cli.directory import open_environment
from s3trail.journal import journal

__all__ = ["ProgressLine", "verify_journal"]


class ProgressLine:
    """A line on stderr that is drawn over, ten times a second at most; nothing when stderr is no terminal.

    Args:
        unit: what is counted.
    """

    def __init__(self, unit: str = "records") -> None:
        self._unit = unit
        self._shown = sys.stderr.isatty()
        self._began = self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show how far it is."""
        now = time.monotonic()
        if not self._shown or now - self._last < 0.1:
            return
        self._last = now
        rate = done / (now - self._began)
        left = (total - done) / rate if rate else 0.0
        text = f"{done:,} of {total:,} {self._unit}, {rate:,.0f}/s, {left:,.0f} s left"
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def verify_journal(data: Path, *, as_json: bool) -> bool:
    """Verify the journal of a data directory and print the verdict; False if something is wrong.

    Raises:
        Failure: there is no journal.
    """
    progress = ProgressLine()
    with open_environment(data) as environment:
        try:
            verdict = journal.verify(environment, progress)
        finally:
            progress.close()
    if as_json:
        document = {
            "ok": verdict.ok,
            "entries": verdict.entries,
            "first": verdict.first,
            "last": verdict.last,
            "headHash": verdict.head_hash,
            "problem": verdict.problem,
            "at": verdict.at,
        }
        print(json.dumps(document))
    elif verdict.ok:
        span = f", {verdict.first} to {verdict.last}" if verdict.entries else ""
        print(f"ok: {verdict.entries} records{span}; none is missing or altered")
        print(f"head hash {verdict.head_hash}")
    else:
        print(f"FAULT at record {verdict.at}: {verdict.problem}")
        print(f"{verdict.entries} records before it are good; hash there {verdict.head_hash}")
    return verdict.ok
