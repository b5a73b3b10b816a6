"""A journal, trails and a bucket for log files, for the tests of consumers."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from s3trail.consumers.delivery import Delivery, DeliveryConsumer
from s3trail.journal import journal
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds
from s3trail.state.config import trails
from s3trail.state.config.trails import Rules, Trail
from s3trail.state.environment import Environment, Tx
from tests.unit.records import ACCOUNT, NOW, encoded, object_call


class Crash(Exception):
    """The process dies here."""


class LogBuckets:
    """The seam to the object store: files and their commit happen together, or neither does.

    With `echo` each put leaves a PutObject record in the journal, as the real one does.
    """

    def __init__(self, environment: Environment, clock: FixedClock) -> None:
        self.environment = environment
        self.clock = clock
        self.files: list[Delivery] = []
        self.flushes = 0
        self.refusal: AwsError | None = None
        self.crash = False
        self.crash_late = False
        self.echo = False

    def deliver(self, puts: Sequence[Delivery], commit: Callable[[Tx], None]) -> None:
        if self.refusal:
            raise self.refusal
        with self.environment.write() as tx:
            commit(tx)
            if self.crash:
                raise Crash
            if self.echo:
                identity = {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
                echoes = [object_call("PutObject", put.bucket, put.key, identity=identity) for put in puts]
                journal.append_all(tx, self.clock.now(), [encoded(each) for each in echoes])
        self.files += puts
        self.flushes += 1
        if self.crash_late:
            raise Crash

    def records(self, bucket: str | None = None) -> list[dict[str, Any]]:
        """All records in the files, in order of delivery."""
        found = []
        for file in self.files:
            if bucket in (None, file.bucket):
                found += orjson.loads(gzip.decompress(file.body))["Records"]
        return found

    def names(self, bucket: str | None = None) -> list[str]:
        return [each["eventName"] for each in self.records(bucket)]


class House:
    """Environment, clock, buckets and a delivery, with shorthands."""

    def __init__(self, root: Path) -> None:
        self.environment = Environment(root)
        self.clock = FixedClock(NOW)
        self.buckets = LogBuckets(self.environment, self.clock)
        self.delivery = self.consumer()

    def consumer(self, **settings: Any) -> DeliveryConsumer:
        """A delivery that has just started."""
        return DeliveryConsumer(self.environment, self.buckets.deliver, self.clock, RandomIds(), **settings)

    def trail(self, name: str = "main", **changes: Any) -> Trail:
        """A trail that logs from now on."""
        rules = Rules("us-east-1", **changes.pop("rules", {}))
        fields: dict[str, Any] = {"id": f"id-{name}", "account_id": ACCOUNT, "bucket": f"{name}-bucket"}
        return self.change(Trail(name=name, rules=rules, **(fields | changes)), "start")

    def change(self, trail: Trail, verb: str) -> Trail:
        """Start or stop a trail as its operation does, without a record."""
        with self.environment.write() as tx:
            current = trails.get(tx, trail.account_id, trail.region, trail.name) or trail
            changed: Trail = getattr(current, verb)(journal.upcoming(tx), self.clock.now())
            (trails.deleted if verb == "delete" else trails.put)(tx, changed)
        return changed

    def journal(self, *events: dict[str, Any]) -> None:
        """Append records as one block."""
        with self.environment.write() as tx:
            journal.append_all(tx, self.clock.now(), [encoded(event) for event in events])

    def settle(self) -> None:
        """Step until nothing is taken."""
        while self.delivery.step():
            pass

    def later(self, seconds: float = 60.0) -> None:
        """Let time pass, then step until nothing is taken."""
        self.settle()
        self.clock.advance(seconds)
        self.settle()

    def progress(self, trail: Trail) -> trails.Progress:
        with self.environment.read() as tx:
            return trails.progress(tx, trail.id)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.environment.close()
