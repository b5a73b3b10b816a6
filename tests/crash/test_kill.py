"""`kill -9` at random instants, of the server or of one process: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from s3trail.testing.server import Server
from tests.crash.load import Load, check

pytestmark = [pytest.mark.crash, pytest.mark.slow]

_CHECK_EVERY = 25
"""Rounds between the audits, which cost more the longer the journal is; the last round always has one."""


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--crash-rounds"))


@pytest.fixture
def crashing(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "data", workers=2, settings={"trails.delivery_interval": "1s"}) as running:
        yield running


def _kill(server: Server, choice: random.Random) -> str:
    """Kill the whole server or one of its processes; tells which."""
    children = psutil.Process(server.pid).children(recursive=True)
    if not children or choice.random() < 0.5:
        server.kill()
        server.start()
        return "server"
    victim = choice.choice(children)
    victim.send_signal(signal.SIGKILL)
    victim.wait(10)
    server.wait_until(
        lambda: len(psutil.Process(server.pid).children()) >= len(children) and server.healthy()
    )
    return "process"


@pytest.mark.timeout(3600)
def test_nothing_is_lost_or_doubled(
    crashing: Server, rounds: int, record_property: Callable[[str, object], None]
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    choice = random.Random(seed)
    print(f"seed {seed}")
    server = crashing
    load = Load(server, threads=3, seed=seed)
    load.start()
    starts = []
    for number in range(rounds):
        before = load.progress()
        enough = before + choice.randrange(1, 120)
        server.wait_until(lambda enough=enough: load.progress() >= enough, seconds=60)  # type: ignore[misc]
        began = time.monotonic()
        kind = _kill(server, choice)
        if kind == "server":
            starts.append(time.monotonic() - began)
        if number % _CHECK_EVERY == _CHECK_EVERY - 1 and number + 1 < rounds:
            assert server.command("verify").returncode == 0
    server.wait_until(lambda: load.progress() >= before + 1, seconds=60)
    load.stop()
    check(load)
    slowest = max(starts, default=0.0)
    record_property("slowest_start_seconds", round(slowest, 3))
    print(f"{rounds} kills, {len(load.acknowledged)} calls acknowledged, slowest start {slowest:.2f} s")
    assert server.stop() == 0
