"""IAM's operations over a real environment, with a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from s3trail.kernel.call import Call
from s3trail.kernel.caller import Caller
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds
from s3trail.services.iam.operations import operations
from s3trail.state.config import identities
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Environment

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
NOW = 1_790_000_000.0


class Iam:
    """Calls operations as the gateway does; a refused change must have written nothing."""

    def __init__(self, root: Path) -> None:
        self.environment = Environment(root)
        self.clock = FixedClock(NOW)
        self.secrets = Secrets(bytes(32))
        ids = RandomIds()
        self.operations = {
            operation.name: operation for operation in operations(self.secrets, self.clock, ids)
        }
        with self.environment.write() as tx:
            for account, name in ((ACCOUNT, "main"), (OTHER_ACCOUNT, "other")):
                identities.create_account(tx, self.secrets, ids, self.clock, name, account)

    def call(
        self, name: str, /, *, account: str = ACCOUNT, caller: Caller | None = None, **params: Any
    ) -> Any:
        """The result of an operation, called by root unless told otherwise."""
        by = caller or Caller("Root", account, account, f"arn:aws:iam::{account}:root", rights="admin")
        call = Call("", "", "iam", name, "us-east-1", self.clock.now(), "192.0.2.1", caller=by)
        operation = self.operations[name]
        if not operation.writes:
            with self.environment.read() as tx:
                return operation.run(tx, call, dict(params))
        with self.environment.write() as tx:
            try:
                return operation.run(tx, call, dict(params))
            except AwsError:
                assert not tx.wrote
                raise

    def error(self, name: str, /, **params: Any) -> tuple[str, str]:
        """Code and message of an operation's error."""
        with pytest.raises(AwsError) as refused:
            self.call(name, **params)
        return refused.value.code, refused.value.message


@pytest.fixture
def iam(tmp_path: Path) -> Iterator[Iam]:
    """IAM with two accounts."""
    made = Iam(tmp_path)
    yield made
    made.environment.close()


def names(listed: list[Mapping[str, Any]], member: str) -> list[Any]:
    """One member of each item."""
    return [item[member] for item in listed]
