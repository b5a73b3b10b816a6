"""GetAccessKeyInfo: the account of an access key."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Credentials, Server
from tests.api.expect import refused
from tests.api.sts.records import recorded


def test_gives_the_account(server: Server, sts: Any, user: Credentials, account: str) -> None:
    answer = sts.get_access_key_info(AccessKeyId=user.access_key_id)
    assert answer["Account"] == account
    record = recorded(server, answer, "GetAccessKeyInfo")
    assert record["requestParameters"] == {"accessKeyId": user.access_key_id}
    assert record["responseElements"] is None


def test_refuses_an_unknown_key(server: Server, sts: Any) -> None:
    error = refused(sts.get_access_key_info, "ValidationError", 400, AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    recorded(server, error, "GetAccessKeyInfo")
