"""userIdentity of root: with its access key, and with temporary credentials."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Credentials, Server


def test_root_with_its_access_key(server: Server, s3: Any, account: str) -> None:
    record = server.record_of(s3.list_buckets())
    assert record["userIdentity"] == {
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
        "accessKeyId": server.root.access_key_id,
    }


def test_root_with_temporary_credentials(server: Server, sts: Any, account: str) -> None:
    made = Credentials.of(sts.get_session_token())
    identity = server.record_of(server.client("s3", credentials=made).list_buckets())["userIdentity"]
    created = identity["sessionContext"]["attributes"].pop("creationDate")
    assert created.endswith("Z")
    assert list(identity.items()) == [
        ("type", "Root"),
        ("principalId", account),
        ("arn", f"arn:aws:iam::{account}:root"),
        ("accountId", account),
        ("accessKeyId", made.access_key_id),
        ("sessionContext", {"attributes": {"mfaAuthenticated": "false"}}),
    ]
