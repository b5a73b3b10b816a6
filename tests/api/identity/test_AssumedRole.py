"""userIdentity of a role's session: plain, with a source identity, on behalf of an Identity Center user."""

from __future__ import annotations

import json
from typing import Any

from s3trail.testing.server import Credentials, Server
from tests.api.sts.conftest import Roles


def assumed(server: Server, user: Credentials, arn: str, **params: Any) -> Credentials:
    """Credentials of the role's session `job`."""
    client = server.client("sts", credentials=user)
    return Credentials.of(client.assume_role(RoleArn=arn, RoleSessionName="job", **params))


def identity_of(server: Server, made: Credentials) -> dict[str, Any]:
    """`userIdentity` of a call, without the date of the session."""
    answer = server.client("sts", credentials=made).get_caller_identity()
    identity: dict[str, Any] = server.record_of(answer)["userIdentity"]
    assert identity["sessionContext"]["attributes"].pop("creationDate")
    return identity


def test_a_roles_session(server: Server, user: Credentials, role: Roles, account: str) -> None:
    arn = role()
    name = arn.rpartition("/")[2]
    made = assumed(server, user, arn)
    role_id = server.client("iam").get_role(RoleName=name)["Role"]["RoleId"]
    assert list(identity_of(server, made).items()) == [
        ("type", "AssumedRole"),
        ("principalId", f"{role_id}:job"),
        ("arn", f"arn:aws:sts::{account}:assumed-role/{name}/job"),
        ("accountId", account),
        ("accessKeyId", made.access_key_id),
        (
            "sessionContext",
            {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": role_id,
                    "arn": arn,
                    "accountId": account,
                    "userName": name,
                },
                "attributes": {"mfaAuthenticated": "false"},
            },
        ),
    ]


def test_a_source_identity_stays_through_role_chaining(
    server: Server, user: Credentials, role: Roles, account: str
) -> None:
    allowed = {"Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}
    first = role(allowed)
    made = assumed(server, user, first, SourceIdentity="ann")
    context = identity_of(server, made)["sessionContext"]
    assert list(context) == ["sessionIssuer", "attributes", "sourceIdentity"]
    assert context["sourceIdentity"] == "ann"
    second = role({**allowed, "Principal": {"AWS": f"arn:aws:sts::{account}:assumed-role/{first[-13:]}/job"}})
    chained = identity_of(server, assumed(server, made, second))["sessionContext"]
    assert chained["sourceIdentity"] == "ann"
    assert chained["sessionIssuer"]["arn"] == second


def test_on_behalf_of_an_identity_center_user(
    server: Server, user: Credentials, role: Roles, account: str
) -> None:
    store = f"arn:aws:identitystore::{account}:identitystore/d-1234567890"
    done = server.command(
        "session", "identity-context", "u-42", "--identity-store", store, "--output", "json"
    )
    assert done.returncode == 0, done.stderr
    context = json.loads(done.stdout)
    made = assumed(
        server,
        user,
        role({"Action": ["sts:AssumeRole", "sts:SetContext"]}),
        ProvidedContexts=[context],
    )
    identity = identity_of(server, made)
    (credential_id,) = (
        each["serviceEventDetails"]["credentialId"]
        for each in server.records(eventName="CreateIdentityContext")
        if each["serviceEventDetails"]["userId"] == "u-42"
    )
    assert identity["type"] == "AssumedRole"
    assert list(identity)[-3:] == ["sessionContext", "onBehalfOf", "credentialId"]
    assert identity["onBehalfOf"] == {"userId": "u-42", "identityStoreArn": store}
    assert identity["credentialId"] == credential_id
    (record,) = (
        each
        for each in server.records(eventName="AssumeRole")
        if ((each["responseElements"] or {}).get("credentials") or {}).get("accessKeyId")
        == made.access_key_id
    )
    assert context["ContextAssertion"] not in str(record)
    assert record["requestParameters"]["providedContexts"] == [{"providerArn": context["ProviderArn"]}]
