"""Digests against a model: whatever happens in whatever order, each log file is in exactly one digest."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from s3trail.kernel.errors import AwsError
from tests.unit.consumers.digest_house import HOUR, DigestHouse, span
from tests.unit.records import NOW, record

REGIONS = ("us-east-1", "eu-west-1")


class Digests(RuleBasedStateMachine):
    """A trail that starts and stops, a bucket that comes and goes, a process that dies at its commits."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.house = DigestHouse(self.root)

    @initialize()
    def begin(self) -> None:
        self.trail = self.house.trail(rules={"multi_region": True})

    @rule(region=st.sampled_from(REGIONS))
    def call(self, region: str) -> None:
        self.house.journal(record(region=region))

    @rule()
    def stop(self) -> None:
        self.house.change(self.trail, "stop")
        self.house.journal(record("StopLogging"))

    @rule()
    def start(self) -> None:
        self.house.change(self.trail, "start")
        self.house.journal(record("StartLogging"))

    @rule(seconds=st.floats(0, 2 * HOUR), digests_first=st.booleans())
    def step(self, seconds: float, digests_first: bool) -> None:
        self.house.clock.advance(seconds)
        steps = [self.house.delivery.step, self.house.digests.step]
        for take in reversed(steps) if digests_first else steps:
            take()

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
    def restart(self) -> None:
        self.house.buckets.crash = self.house.buckets.crash_late = False
        self.house.delivery = self.house.consumer()
        self.house.digests = self.house.digester()

    @invariant()
    def no_key_and_no_file_twice(self) -> None:
        keys = [file.key for file in self.house.buckets.files]
        assert len(keys) == len(set(keys))
        assert max(Counter(self.house.named()).values(), default=1) == 1

    def teardown(self) -> None:
        self.bucket_comes()
        self.restart()
        self.house.change(self.trail, "stop")
        self.house.journal(record("StopLogging"))
        self.house.pass_time(3 * HOUR, HOUR / 4)
        named = self.house.named()
        delivered = [file.key for file in self.house.log_files()]
        ranges = {
            region: sorted(
                span(document, NOW)
                for backfill in (False, True)
                for document in self.house.documents(region, backfill=backfill)
            )
            for region in REGIONS
        }
        chains = self.house.chains()
        self.house.environment.close()
        shutil.rmtree(self.root)
        assert sorted(named) == sorted(delivered)
        assert chains == []
        for told in ranges.values():
            assert all(start < end for start, end in told)
            assert all(before[1] <= after[0] for before, after in pairwise(told))


TestDigests = Digests.TestCase
TestDigests.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
