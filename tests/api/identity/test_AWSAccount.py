"""userIdentity of an anonymous caller."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3trail.testing.server import ANONYMOUS, Server


def test_an_anonymous_caller(server: Server, bucket: str, account: str) -> None:
    client: Any = server.client("s3", credentials=ANONYMOUS)
    with pytest.raises(ClientError) as refused:
        client.list_objects_v2(Bucket=bucket)
    record = server.record_of(refused.value)
    assert record["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": "ANONYMOUS_PRINCIPAL",
        "accountId": "ANONYMOUS_PRINCIPAL",
    }
    assert record["recipientAccountId"] == account
    assert record["sharedEventID"] != record["eventID"]
