"""CloudTrail's operations over a real environment and history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from s3trail.journal import journal
from s3trail.kernel.call import Call
from s3trail.kernel.caller import Caller
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds
from s3trail.services.cloudtrail.operations import operations
from s3trail.state.environment import Environment
from s3trail.state.objects import buckets
from s3trail.state.objects.buckets import Bucket
from s3trail.state.views.history import History
from s3trail.state.views.insights import InsightCounts
from tests.unit.records import ACCOUNT, NOW, OTHER_ACCOUNT, encoded, record


class CloudTrail:
    """Calls operations as the gateway does: a change and its record in one transaction."""

    def __init__(self, root: Path) -> None:
        self.environment = Environment(root)
        self.history = History(root / "views" / "history.sqlite")
        self.counts = InsightCounts(root / "views" / "insights.sqlite")
        self.clock = FixedClock(NOW)
        self.operations = {
            operation.name: operation
            for operation in operations(self.history, lambda: self.counts, self.clock, RandomIds())
        }
        with self.environment.write() as tx:
            for name, owner in (("logs", ACCOUNT), ("spare", ACCOUNT), ("foreign", OTHER_ACCOUNT)):
                buckets.put(tx, Bucket(name, name.encode().ljust(8), owner, "us-east-1", NOW))

    def call(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        *,
        region: str = "us-east-1",
        account: str = ACCOUNT,
    ) -> Any:
        """The result of an operation."""
        operation = self.operations[name]
        caller = Caller("Root", account, account, f"arn:aws:iam::{account}:root", rights="admin")
        call = Call("", "", "cloudtrail", name, region, self.clock.now(), "192.0.2.1", caller=caller)
        if not operation.writes:
            with self.environment.read() as tx:
                return operation.run(tx, call, dict(params or {}))
        with self.environment.write() as tx:
            result = operation.run(tx, call, dict(params or {}))
            journal.append(tx, self.clock.now(), encoded(record(name, account=account)))
        return result

    def error(self, name: str, params: Mapping[str, Any] | None = None, **where: Any) -> tuple[str, str]:
        """Code and message of an operation's error."""
        with pytest.raises(AwsError) as refused:
            self.call(name, params, **where)
        assert refused.value.status == 400
        return refused.value.code, refused.value.message

    def create(self, name: str = "main", **params: Any) -> Any:
        """A new trail; where it is made can be told by `region` and `account`."""
        where = {key: params.pop(key) for key in ("region", "account") if key in params}
        return self.call("CreateTrail", {"Name": name, "S3BucketName": "logs"} | params, **where)


@pytest.fixture
def cloudtrail(tmp_path: Path) -> Iterator[CloudTrail]:
    made = CloudTrail(tmp_path)
    yield made
    made.history.close()
    made.counts.close()
    made.environment.close()
