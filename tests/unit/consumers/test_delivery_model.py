"""Delivery against a model: whatever happens in whatever order, every event is in exactly one file."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from s3trail.consumers import log_files
from s3trail.kernel.errors import AwsError
from tests.unit.consumers.conftest import House
from tests.unit.records import record


class Delivery(RuleBasedStateMachine):
    """A trail that starts and stops, a bucket that comes and goes, a process that dies at its commits."""

    def __init__(self) -> None:
        super().__init__()
        # Small files, so that they fill up and end in the midst of what is read.
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(log_files, "_MOST_UNPACKED", 4000)
        self.root = Path(tempfile.mkdtemp())
        self.house = House(self.root)
        self.expected: list[str] = []
        self.count = 0
        self.logging = True

    @initialize()
    def begin(self) -> None:
        self.trail = self.house.trail()

    def _journal(self, name: str, *, wanted: bool, ours: bool = True) -> None:
        self.count += 1
        event = record(name, event_id=f"event-{self.count}", region="us-east-1" if ours else "eu-west-1")
        self.house.journal(event)
        if wanted and ours:
            self.expected.append(event["eventID"])

    @rule(ours=st.lists(st.booleans(), min_size=1, max_size=20))
    def call(self, ours: list[bool]) -> None:
        for each in ours:
            self._journal("Call", wanted=self.logging, ours=each)

    @rule()
    def stop(self) -> None:
        self.house.change(self.trail, "stop")
        self._journal("StopLogging", wanted=self.logging)
        self.logging = False

    @rule()
    def start(self) -> None:
        self.house.change(self.trail, "start")
        self._journal("StartLogging", wanted=True)
        self.logging = True

    @rule(seconds=st.integers(0, 90))
    def step(self, seconds: int) -> None:
        self.house.clock.advance(seconds)
        self.house.delivery.step()

    @rule()
    def bucket_goes(self) -> None:
        self.house.buckets.refusal = AwsError(code="NoSuchBucket", status=404)

    @rule()
    def bucket_comes(self) -> None:
        self.house.buckets.refusal = None

    @rule()
    def commits_fail(self) -> None:
        self.house.buckets.crash = True

    @rule()
    def answers_are_lost(self) -> None:
        self.house.buckets.crash_late = True

    @rule()
    def answers_come(self) -> None:
        self.house.buckets.crash_late = False

    @rule()
    def restart(self) -> None:
        self.house.buckets.crash = self.house.buckets.crash_late = False
        self.house.delivery = self.house.consumer()

    @rule()
    def stop_process(self) -> None:
        self.house.delivery.finish()
        self.restart()

    @invariant()
    def nothing_twice(self) -> None:
        found = [each["eventID"] for each in self.house.buckets.records()]
        assert len(found) == len(set(found))
        assert set(found) <= set(self.expected)

    def teardown(self) -> None:
        self.bucket_comes()
        self.restart()
        for _ in range(3):
            self.house.later(120)
        found = [each["eventID"] for each in self.house.buckets.records()]
        self.house.environment.close()
        self.patch.undo()
        shutil.rmtree(self.root)
        assert found == self.expected


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
