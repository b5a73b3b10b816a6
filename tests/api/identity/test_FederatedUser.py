"""userIdentity of a federated user."""

from __future__ import annotations

from s3trail.testing.server import Credentials, Server


def test_a_federated_user(server: Server, user: Credentials, account: str) -> None:
    issued = server.client("sts", credentials=user).get_federation_token(Name="jane")
    made = Credentials.of(issued)
    issuer = server.record_of(issued)["userIdentity"]
    answer = server.client("sts", credentials=made).get_caller_identity()
    identity = server.record_of(answer)["userIdentity"]
    assert identity["sessionContext"]["attributes"].pop("creationDate")
    assert list(identity.items()) == [
        ("type", "FederatedUser"),
        ("principalId", f"{account}:jane"),
        ("arn", f"arn:aws:sts::{account}:federated-user/jane"),
        ("accountId", account),
        ("accessKeyId", made.access_key_id),
        (
            "sessionContext",
            {
                "sessionIssuer": {
                    "type": "IAMUser",
                    "principalId": issuer["principalId"],
                    "arn": issuer["arn"],
                    "accountId": account,
                    "userName": user.user_name,
                },
                "attributes": {"mfaAuthenticated": "false"},
            },
        ),
    ]
