"""Exchanges and their records, for the tests of the audit record."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from s3trail.audit import build
from s3trail.audit.exchange import Exchange
from s3trail.kernel.call import Call, Signature, Tls
from s3trail.kernel.caller import Caller
from s3trail.kernel.ids import RandomIds

ACCOUNT = "123456789012"
USER = Caller(
    type="IAMUser",
    account_id=ACCOUNT,
    principal_id="AIDAEXAMPLEEXAMPLE12",
    arn=f"arn:aws:iam::{ACCOUNT}:user/alice",
    access_key_id="AKIAIOSFODNN7EXAMPLE",
    user_name="alice",
)


def _exchange(
    operation: str = "GetObject", *, call: dict[str, Any] | None = None, **changes: Any
) -> Exchange:
    """A finished call of alice's, for S3 on `b/k` over TLS; `call` and `changes` replace fields."""
    s3 = (call or {}).get("service", "s3") == "s3"
    fields: dict[str, Any] = {
        "request_id": "2T6TAP5P6J5P84Y2",
        "host_id": "Zm9vYmFy" if s3 else "",
        "service": "s3",
        "operation": operation,
        "region": "eu-west-1",
        "time": 1_700_000_000.25,
        "source_ip": "192.0.2.1",
        "user_agent": "aws-cli/2.15",
        "host": "b.s3.example.com",
        "caller": USER,
        "signature": Signature("SigV4", "AuthHeader"),
        "tls": Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    } | (call or {})
    facts: dict[str, Any] = {
        "headers": {},
        "query": [],
        "params": {"Bucket": "b", "Key": "k"} if s3 else {},
        "result": {},
        "error": None,
        "status": 200,
        "response_headers": [],
        "end": 1_700_000_001.75,
        "bucket_account": ACCOUNT if s3 else "",
    } | changes
    return Exchange(call=Call(**fields), **facts)


@pytest.fixture
def exchange() -> Callable[..., Exchange]:
    """Makes exchanges: `exchange("PutObject", query=[…], call={"caller": …})`."""
    return _exchange


@pytest.fixture
def written() -> Callable[[Exchange], list[dict[str, Any]]]:
    """The records of an exchange, decoded, members in order."""

    def records(exchange: Exchange) -> list[dict[str, Any]]:
        return [json.loads(record) for record in build.records(exchange, RandomIds())]

    return records


@pytest.fixture
def record(written: Callable[[Exchange], list[dict[str, Any]]]) -> Callable[..., dict[str, Any]]:
    """The one record of an exchange that is made like `exchange`'s."""

    def only(*names: str, **changes: Any) -> dict[str, Any]:
        found = written(_exchange(*names, **changes))
        assert len(found) == 1
        return found[0]

    return only
