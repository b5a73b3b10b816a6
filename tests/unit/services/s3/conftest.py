"""One S3 store in a temporary directory, called as the gateway calls it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from s3trail.kernel.call import Call
from s3trail.kernel.caller import Caller
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.ids import RandomIds
from s3trail.services.s3 import operations
from s3trail.state.environment import Environment
from s3trail.state.objects.files import Files

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
NOW = 1_700_000_000.25


def _caller(account_id: str) -> Caller:
    return Caller(
        "IAMUser", account_id, "AIDAEXAMPLE", f"arn:aws:iam::{account_id}:user/alice", user_name="alice"
    )


class S3:
    """The operations, each call in a transaction of its own."""

    def __init__(self, environment: Environment, files: Files) -> None:
        self.environment = environment
        self.files = files
        self.clock = FixedClock(NOW)
        self.operations = {
            operation.name: operation for operation in operations(files, RandomIds(), self.clock)
        }
        self.base = Call("REQUEST", "HOST", "s3", "", "us-east-1", NOW, "127.0.0.1", host="s3.test")
        self.base = self.base._replace(caller=_caller(ACCOUNT))

    def call(self, name: str, trailers: dict[str, str] | None = None, /, **params: Any) -> dict[str, Any]:
        """Call an operation as the store's usual account."""
        return self.call_as(self.base, name, trailers, **params)

    def call_as(
        self, call: Call, name: str, trailers: dict[str, str] | None = None, /, **params: Any
    ) -> dict[str, Any]:
        """Call an operation; `Body` is the payload in bytes."""
        operation = self.operations[name]
        call = call._replace(operation=name)
        if operation.receive is None:
            transaction = self.environment.write() if operation.writes else self.environment.read()
            with transaction as tx:
                return dict(operation.run(tx, call, params))
        body = params.pop("Body", b"")
        with self.environment.read() as tx:
            sink = operation.receive(tx, call, params, len(body))
        try:
            if body:
                sink.write(body)
            sink.finish(trailers or {})
            if sink.staged:
                self.files.packs.store([sink], RandomIds())
            params["Body"] = sink
            with self.environment.write() as tx:
                return dict(operation.run(tx, call, params))
        except BaseException:
            sink.discard()
            raise

    def put(self, key: str, body: bytes = b"", /, bucket: str = "bucket", **params: Any) -> dict[str, Any]:
        """PutObject."""
        return self.call("PutObject", Bucket=bucket, Key=key, Body=body, **params)

    def get(self, key: str, /, bucket: str = "bucket", **params: Any) -> tuple[bytes, dict[str, Any]]:
        """GetObject: bytes and result."""
        result = self.call("GetObject", Bucket=bucket, Key=key, **params)
        source = result["Body"]
        body = b""
        while block := source.read(1 << 16):
            body += block
        source.close()
        return body, result

    def as_account(self, account_id: str) -> Call:
        """The call of another account."""
        return self.base._replace(caller=_caller(account_id))

    def in_region(self, region: str) -> Call:
        """A call to another region's endpoint."""
        return self.base._replace(region=region)

    def file_count(self) -> int:
        """How many files there are on disk, sealed or not."""
        return len({path.name for path in self.files.path.rglob("*") if path.is_file()})


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[S3]:
    """A store without buckets."""
    environment = Environment(tmp_path)
    yield S3(environment, Files(tmp_path, packed=0))
    environment.close()


@pytest.fixture
def packing(tmp_path: Path) -> Iterator[S3]:
    """A store with the bucket `bucket` that packs payloads of up to 1,000 bytes."""
    environment = Environment(tmp_path)
    store = S3(environment, Files(tmp_path, packed=1000))
    store.call("CreateBucket", Bucket="bucket")
    yield store
    environment.close()


@pytest.fixture
def s3(empty: S3) -> S3:
    """A store with the bucket `bucket`."""
    empty.call("CreateBucket", Bucket="bucket")
    return empty
