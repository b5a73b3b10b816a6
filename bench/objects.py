"""4 KiB and 64 MiB objects, put and got, on every peer: rate, latency, CPU and memory.

The peers take turns, each round in another order: it starts every peer afresh and runs all cases on it,
and a value is the median over the rounds, so that a disturbance of the machine hits all alike. Small
requests go over prepared, distinct keys; bodies of 64 MiB are sent with `UNSIGNED-PAYLOAD`, as SDKs do
under TLS, so that the disk and the sockets are measured and not SHA-256.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import load
from bench.peers import MissingError, Peer, Running
from bench.report import Row
from bench.signing import UNSIGNED_PAYLOAD, Request

__all__ = ["Case", "cases", "measure"]

_SMALL = 4096
_LARGE = 64 << 20
_KEYS = 2000


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of load."""

    name: str
    method: str
    size: int
    connections: int
    rclone: float | None = None
    """Least ratio to `rclone serve s3`."""
    moto: float | None = None
    """Least ratio to `moto_server`."""
    recording: float | None = None
    """Greatest share of the rate that durable recording may cost."""


# The targets hold for a saturated server: with few connections a durable answer waits for the disk.
_CASES = (
    Case("PUT 4 KiB, 16 connections", "PUT", _SMALL, 16),
    Case("PUT 4 KiB, 64 connections", "PUT", _SMALL, 64, rclone=1.0, moto=8.0, recording=0.10),
    Case("GET 4 KiB, 16 connections", "GET", _SMALL, 16),
    Case("GET 4 KiB, 64 connections", "GET", _SMALL, 64, rclone=0.6, moto=8.0, recording=0.35),
    Case("PUT 64 MiB, 2 connections", "PUT", _LARGE, 2, recording=0.02),
    Case("GET 64 MiB, 2 connections", "GET", _LARGE, 2, recording=0.02),
)


def cases(*, quick: bool) -> tuple[Case, ...]:
    """The cases of a run; a quick one leaves out 16 connections."""
    return tuple(case for case in _CASES if not quick or case.connections != 16)


def _requests(server: Running, case: Case) -> list[Request]:
    """Distinct prepared requests of a case. Bodies are random, so that no store can shrink them."""
    if case.size == _SMALL:
        keys = range(_KEYS)
        if case.method == "GET":
            return [server.sign("GET", f"/{server.bucket}/small/{key:05}") for key in keys]
        return [server.sign("PUT", f"/{server.bucket}/small/{key:05}", os.urandom(_SMALL)) for key in keys]
    paths = [f"/{server.bucket}/large/{key}" for key in range(case.connections)]
    if case.method == "GET":
        return [server.sign("GET", path) for path in paths]
    body = os.urandom(_LARGE)
    return [server.sign("PUT", path, body, payload_hash=UNSIGNED_PAYLOAD) for path in paths]


def _run(server: Running, case: Case, seconds: float) -> dict[str, float]:
    requests = _requests(server, case)
    if case.method == "GET" and case.size == _SMALL:
        # Every key must be there; the PUT case may have ended before its last one.
        puts = _requests(server, Case("", "PUT", _SMALL, 16))
        load.run(server.address, puts, 16, 0, at_least=_KEYS)
    cpu = server.cpu()
    small = case.size == _SMALL
    outcome = load.run(
        server.address,
        requests,
        case.connections,
        seconds,
        warm_up=seconds / 4 if small else 0.0,
        at_least=0 if small else 8,
    )
    if outcome.errors:
        raise RuntimeError(f"{server.peer}, {case.name}: {outcome.errors} errors: {outcome.first_error!r}")
    rss, pss = server.memory()
    # The warm-up's CPU is in the difference, so its share of the time is taken out.
    share = outcome.seconds / (outcome.seconds + (seconds / 4 if small else 0.0))
    return {
        "rate": outcome.rate,
        "p50": outcome.quantile(0.5) * 1000,
        "p99": outcome.quantile(0.99) * 1000,
        "cpu": (server.cpu() - cpu) * share / max(1, outcome.answers) * 1e6,
        "rss": rss / (1 << 20),
        "pss": pss / (1 << 20),
    }


_UNITS = {"rate": "/s", "p50": "ms", "p99": "ms", "cpu": "µs/op", "rss": "MiB", "pss": "MiB"}


def measure(
    peers: Sequence[Peer], chosen: Sequence[Case], work: Path, *, rounds: int, seconds: float
) -> Iterator[Row]:
    """Run all cases on all peers and give the rows, s3trail's first.

    Args:
        peers: who takes part.
        chosen: the cases.
        work: a folder for the peers' data.
        rounds: how often each case is measured; the median counts.
        seconds: how long each measurement of small requests lasts.
    """
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for number in range(rounds):
        first = number % len(peers)
        for peer in (*peers[first:], *peers[:first]):
            print(f"round {number + 1} of {rounds}: {peer.name}", flush=True)
            _measure_peer(peer, chosen, work, seconds, found)
    medians = {key: median(values) for key, values in found.items()}
    for case in chosen:
        for metric, unit in _UNITS.items():
            ours = medians.get(("s3trail", case.name, metric))
            for peer in peers:
                value = medians.get((peer.name, case.name, metric))
                if value is not None:
                    yield _row(peer.name, case, metric, value, unit, ours)
        yield from _recording_cost(case, medians)


def _measure_peer(
    peer: Peer,
    chosen: Sequence[Case],
    work: Path,
    seconds: float,
    found: dict[tuple[str, str, str], list[float]],
) -> None:
    try:
        with peer.run(work) as server:
            for case in chosen:
                # A peer that fails a case (moto_server at 64 MiB in parallel) has no row for it.
                with contextlib.suppress(ConnectionError):
                    try:
                        values = _run(server, case, seconds)
                    except (RuntimeError, TimeoutError) as error:
                        print(f"  {case.name}: {error}"[:300], flush=True)
                        continue
                    print(f"  {case.name}: {values['rate']:,.1f}/s, p99 {values['p99']:.1f} ms", flush=True)
                    for metric, value in values.items():
                        found[peer.name, case.name, metric].append(value)
    except MissingError as error:
        print(f"  left out: {error}", flush=True)


def _row(peer: str, case: Case, metric: str, value: float, unit: str, ours: float | None) -> Row:
    ratio = ours / value if ours is not None and value and peer != "s3trail" else None
    least = None
    if metric == "rate":
        least = {"rclone serve s3": case.rclone, "moto_server": case.moto}.get(peer)
    if least is None or ratio is None:
        return Row("s3", case.name, metric, value, unit, peer, ratio)
    return Row("s3", case.name, metric, value, unit, peer, ratio, f"at least {least:g}x", ratio >= least)


def _recording_cost(case: Case, medians: dict[tuple[str, str, str], float]) -> Iterator[Row]:
    on = medians.get(("s3trail", case.name, "rate"))
    off = medians.get(("s3trail, recording off", case.name, "rate"))
    if on is None or off is None or case.recording is None:
        return
    cost = 1 - on / off
    target = f"at most {case.recording:.0%}"
    yield Row(
        "recording", case.name, "cost", cost * 100, "%", "s3trail", None, target, cost <= case.recording
    )
