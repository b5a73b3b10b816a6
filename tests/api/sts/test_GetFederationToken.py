"""GetFederationToken: a federated user with a name of its own."""

from __future__ import annotations

import json

from s3trail.testing.server import Credentials, Server
from tests.api.expect import refused
from tests.api.sts.records import recorded

POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)


def test_names_a_federated_user(server: Server, user: Credentials, account: str) -> None:
    client = server.client("sts", credentials=user)
    answer = client.get_federation_token(Name="jane", Policy=POLICY, DurationSeconds=3600)
    arn = f"arn:aws:sts::{account}:federated-user/jane"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{account}:jane", "Arn": arn}
    record = recorded(server, answer, "GetFederationToken")
    assert record["requestParameters"] == {"name": "jane", "policy": POLICY, "durationSeconds": 3600}
    assert record["responseElements"]["federatedUser"] == {"federatedUserId": f"{account}:jane", "arn": arn}
    session = server.client("sts", credentials=Credentials.of(answer))
    assert session.get_caller_identity()["Arn"] == arn


def test_refuses_a_policy_that_is_none(server: Server, user: Credentials) -> None:
    client = server.client("sts", credentials=user)
    error = refused(client.get_federation_token, "MalformedPolicyDocument", 400, Name="jane", Policy="{}")
    record = server.record_of(error)
    assert record["errorCode"] == "MalformedPolicyDocumentException"
    assert record["responseElements"] is None
