"""What sessions may do: as much as the role or user, and no more than the session policies allow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.testing.server import Credentials, Server
from tests.api.expect import refused
from tests.api.sts.conftest import Roles

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def allows(action: str, **more: Any) -> str:
    """A policy with one Allow on everything."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def powerful(server: Server, role: Roles) -> str:
    """A role that may do everything."""
    arn = role({"Action": ["sts:AssumeRole", "sts:TagSession"]})
    server.client("iam").attach_role_policy(RoleName=arn.rpartition("/")[2], PolicyArn=ADMINISTRATOR)
    return arn


def session(server: Server, user: Credentials, arn: str, **params: Any) -> Any:
    """boto3's S3 client with a role's session."""
    answer = server.client("sts", credentials=user).assume_role(RoleArn=arn, RoleSessionName="job", **params)
    return server.client("s3", credentials=Credentials.of(answer))


def test_a_session_may_do_what_its_role_may(
    server: Server, user: Credentials, role: Roles, bucket: str, account: str
) -> None:
    arn = role()
    name = arn.rpartition("/")[2]
    client = session(server, user, arn)
    refused(client.list_objects_v2, "AccessDenied", 403, Bucket=bucket)
    server.client("iam").attach_role_policy(RoleName=name, PolicyArn=READ_ONLY)
    client.list_objects_v2(Bucket=bucket)
    error = refused(client.put_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    message = error.response["Error"]["Message"]
    assert message.startswith(f"User: arn:aws:sts::{account}:assumed-role/{name}/job is not authorized")
    assert "because no identity-based policy allows the s3:PutObject action" in message


def test_a_session_policy_narrows_what_the_role_may(
    server: Server, user: Credentials, powerful: str, bucket: str
) -> None:
    session(server, user, powerful).put_object(Bucket=bucket, Key="k", Body=b"x")
    for narrow in ({"Policy": allows("s3:List*")}, {"PolicyArns": [{"arn": READ_ONLY}]}):
        client = session(server, user, powerful, **narrow)
        client.list_objects_v2(Bucket=bucket)
        error = refused(client.put_object, "AccessDenied", 403, Bucket=bucket, Key="k")
        assert "because no session policy allows" in error.response["Error"]["Message"]


def test_a_session_policy_grants_nothing_by_itself(
    server: Server, user: Credentials, role: Roles, bucket: str
) -> None:
    client = session(server, user, role(), Policy=allows("*"))
    refused(client.list_objects_v2, "AccessDenied", 403, Bucket=bucket)


def test_conditions_ask_for_session_tags(server: Server, user: Credentials, role: Roles, bucket: str) -> None:
    arn = role({"Action": ["sts:AssumeRole", "sts:TagSession"]})
    server.client("iam").put_role_policy(
        RoleName=arn.rpartition("/")[2],
        PolicyName="blue",
        PolicyDocument=allows("s3:*", Condition={"StringEquals": {"aws:PrincipalTag/Team": "blue"}}),
    )
    refused(session(server, user, arn).list_objects_v2, "AccessDenied", 403, Bucket=bucket)
    tags = [{"Key": "Team", "Value": "blue"}]
    session(server, user, arn, Tags=tags).list_objects_v2(Bucket=bucket)


def test_a_federated_user_may_do_what_user_and_session_policies_allow(
    server: Server, user: Credentials, bucket: str
) -> None:
    sts = server.client("sts", credentials=user)
    bare = Credentials.of(sts.get_federation_token(Name="jane"))
    refused(server.client("s3", credentials=bare).list_objects_v2, "AccessDenied", 403, Bucket=bucket)
    given = Credentials.of(sts.get_federation_token(Name="jane", Policy=allows("s3:List*")))
    client = server.client("s3", credentials=given)
    client.list_objects_v2(Bucket=bucket)
    refused(client.put_object, "AccessDenied", 403, Bucket=bucket, Key="k")


def test_a_session_token_may_do_what_its_user_may(server: Server, bucket: str) -> None:
    reader = server.add_user("reads-with-a-session", "read-only")
    made = Credentials.of(server.client("sts", credentials=reader).get_session_token())
    client = server.client("s3", credentials=made)
    client.list_objects_v2(Bucket=bucket)
    refused(client.put_object, "AccessDenied", 403, Bucket=bucket, Key="k")
