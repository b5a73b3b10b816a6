"""userIdentity of a caller whom nobody can make out."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3trail.testing.server import Credentials, Server


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("AKIAIOSFODNN7EXAMPLE", {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
        ("ASIAIOSFODNN7EXAMPLE", {"accessKeyId": "ASIAIOSFODNN7EXAMPLE"}),
        ("not-a-key", {}),
    ],
)
def test_a_key_that_nobody_has(server: Server, account: str, key: str, named: dict[str, str]) -> None:
    client: Any = server.client("s3", credentials=Credentials(key, "x" * 40, session_token="x" * 40))
    with pytest.raises(ClientError) as refused:
        client.list_buckets()
    record = server.record_of(refused.value)
    assert record["userIdentity"] == {"type": "Unknown", **named}
    assert record["recipientAccountId"] == account
