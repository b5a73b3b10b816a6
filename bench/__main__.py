"""`python -m bench [--quick | --full]`: a table, and `build/bench.json`; exit 1 if a target is missed."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from bench import delivery, history, objects
from bench.peers import BUILD, PEERS
from bench.report import Row, show, write


def main() -> int:
    """Run the bench and give the exit code."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="one short round: a look, no proof")
    length.add_argument("--full", action="store_true", help="with ten million events in the Event history")
    parser.add_argument("--rounds", type=int, help="measurements of each case; the median counts (default 3)")
    parser.add_argument("--seconds", type=float, help="length of one measurement (default 5)")
    parser.add_argument("--peers", help="parts of names with commas between them (default: all)")
    parser.add_argument("--output", type=Path, default=BUILD / "bench.json")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 3)
    seconds = options.seconds or (2.0 if options.quick else 5.0)
    names = options.peers.split(",") if options.peers else [""]
    peers = [peer for peer in PEERS if any(name in peer.name for name in names)]
    work = BUILD / "bench-data"
    rows: list[Row] = []
    try:
        rows += objects.measure(
            peers, objects.cases(quick=options.quick), work, rounds=rounds, seconds=seconds
        )
        if any(peer.name == "s3trail" for peer in peers):
            print("memory and Event history", flush=True)
            rows += history.idle_memory(work)
            rows += history.lookup_latency(work, count=20 if options.quick else 200)
            print("delivery", flush=True)
            rows += delivery.sustained(work, seconds=30 if options.quick else 180)
        if options.full:
            print("ten million events", flush=True)
            rows += history.page_cost(work, events=10_000_000)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    write(rows, options.output)
    show(rows)
    missed = [row for row in rows if row.ok is False]
    print(f"{len(missed)} targets missed; {options.output}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
