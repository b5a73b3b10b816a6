"""AssumeRole: a role's session, its record, and what trust policies ask for."""

from __future__ import annotations

import json
from typing import Any

from s3trail.testing.server import Credentials, Server
from tests.api.expect import refused
from tests.api.sts.conftest import Roles
from tests.api.sts.records import recorded


def test_the_record_names_the_role_and_the_issued_key(
    server: Server, user: Credentials, role: Roles, account: str
) -> None:
    arn = role()
    name = arn.rpartition("/")[2]
    client = server.client("sts", credentials=user)
    answer = client.assume_role(RoleArn=arn, RoleSessionName="job", DurationSeconds=900)
    session = f"arn:aws:sts::{account}:assumed-role/{name}/job"
    assert answer["AssumedRoleUser"]["Arn"] == session
    record = recorded(server, answer, "AssumeRole")
    assert record["userIdentity"]["userName"] == user.user_name
    assert record["requestParameters"] == {
        "roleArn": arn,
        "roleSessionName": "job",
        "durationSeconds": 900,
    }
    assert record["responseElements"]["assumedRoleUser"] == {
        "assumedRoleId": answer["AssumedRoleUser"]["AssumedRoleId"],
        "arn": session,
    }
    assert record["resources"] == [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}]
    later = server.client("sts", credentials=Credentials.of(answer)).get_caller_identity()
    assert later["Arn"] == session
    assert later["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    identity = server.record_of(later)["userIdentity"]
    assert identity["accessKeyId"] == record["responseElements"]["credentials"]["accessKeyId"]


def test_an_external_id_is_asked_for(server: Server, user: Credentials, role: Roles) -> None:
    arn = role({"Condition": {"StringEquals": {"sts:ExternalId": "agreed"}}})
    client = server.client("sts", credentials=user)
    answer = client.assume_role(RoleArn=arn, RoleSessionName="job", ExternalId="agreed")
    assert recorded(server, answer, "AssumeRole")["requestParameters"]["externalId"] == "agreed"
    error = refused(client.assume_role, "AccessDenied", 403, RoleArn=arn, RoleSessionName="job")
    record = recorded(server, error, "AssumeRole")
    assert record["requestParameters"] is None
    assert "resources" not in record


def test_tags_source_identity_and_policy_go_into_the_session(
    server: Server, user: Credentials, role: Roles
) -> None:
    arn = role({"Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]})
    allow_all = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    answer = server.client("sts", credentials=user).assume_role(
        RoleArn=arn,
        RoleSessionName="job",
        SourceIdentity="ann",
        Tags=[{"Key": "Team", "Value": "blue"}],
        TransitiveTagKeys=["Team"],
        Policy=json.dumps(allow_all),
    )
    assert answer["SourceIdentity"] == "ann"
    assert answer["PackedPolicySize"] > 0
    record = recorded(server, answer, "AssumeRole")
    assert record["requestParameters"]["sourceIdentity"] == "ann"
    assert record["responseElements"]["sourceIdentity"] == "ann"
    session = server.client("sts", credentials=Credentials.of(answer))
    identity = server.record_of(session.get_caller_identity())["userIdentity"]
    assert identity["sessionContext"]["sourceIdentity"] == "ann"


def test_revoking_a_roles_sessions_ends_them(server: Server, user: Credentials, role: Roles) -> None:
    arn = role()
    client = server.client("sts", credentials=user)
    made = Credentials.of(client.assume_role(RoleArn=arn, RoleSessionName="job"))
    session = server.client("sts", credentials=made)
    session.get_caller_identity()
    assert server.command("session", "revoke", arn).returncode == 0
    refused(session.get_caller_identity, "ExpiredToken", 403)
    renewed = Credentials.of(client.assume_role(RoleArn=arn, RoleSessionName="job"))
    server.client("sts", credentials=renewed).get_caller_identity()


def test_sessions_end_with_their_role(server: Server, user: Credentials, role: Roles) -> None:
    arn = role()
    client = server.client("sts", credentials=user)
    made = Credentials.of(client.assume_role(RoleArn=arn, RoleSessionName="job"))
    server.client("iam").delete_role(RoleName=arn.rpartition("/")[2])
    refused(server.client("sts", credentials=made).get_caller_identity, "ExpiredToken", 403)


def test_root_is_refused(server: Server, sts: Any, role: Roles) -> None:
    error = refused(sts.assume_role, "AccessDenied", 403, RoleArn=role(), RoleSessionName="job")
    assert error.response["Error"]["Message"] == "Roles may not be assumed by root accounts."
    recorded(server, error, "AssumeRole")


def test_revoke_says_what_it_does_not_know(server: Server) -> None:
    done = server.command("session", "revoke", "arn:aws:iam::123456789012:role/None")
    assert done.returncode == 1
    assert "there is no user, role or root" in done.stderr
