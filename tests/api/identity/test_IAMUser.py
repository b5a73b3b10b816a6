"""userIdentity of a user: with an access key, and with temporary credentials."""

from __future__ import annotations

from s3trail.testing.server import Credentials, Server


def test_a_user_with_an_access_key_and_with_temporary_credentials(
    server: Server, user: Credentials, account: str
) -> None:
    identity = server.record_of(server.client("s3", credentials=user).list_buckets())["userIdentity"]
    user_id = identity["principalId"]
    assert user_id.startswith("AIDA")
    assert identity == {
        "type": "IAMUser",
        "principalId": user_id,
        "arn": f"arn:aws:iam::{account}:user/{user.user_name}",
        "accountId": account,
        "accessKeyId": user.access_key_id,
        "userName": user.user_name,
    }
    issued = server.client("sts", credentials=user).get_session_token()
    made = Credentials.of(issued)
    record = server.record_of(server.client("s3", credentials=made).list_buckets())
    identity = record["userIdentity"]
    assert (
        identity["sessionContext"]["attributes"].pop("creationDate") == server.record_of(issued)["eventTime"]
    )
    assert list(identity.items()) == [
        ("type", "IAMUser"),
        ("principalId", user_id),
        ("arn", f"arn:aws:iam::{account}:user/{user.user_name}"),
        ("accountId", account),
        ("accessKeyId", made.access_key_id),
        ("userName", user.user_name),
        ("sessionContext", {"attributes": {"mfaAuthenticated": "false"}}),
    ]
    assert record["recipientAccountId"] == account
    assert "sharedEventID" not in record
