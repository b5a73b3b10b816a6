"""What the tests of IAM share: a client, and users, groups, roles and policies that go away again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from s3trail.testing.server import Credentials, Server

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
"""A trust policy that any role may have."""


def document(action: str = "s3:GetObject", effect: str = "Allow", resource: str = "*") -> str:
    """A policy with one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def iam(server: Server) -> Any:
    """boto3's IAM client with root's key."""
    return server.client("iam")


@pytest.fixture
def name() -> str:
    """A name that nothing has."""
    return f"n-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def user(iam: Any, name: str) -> str:
    """A new user."""
    iam.create_user(UserName=name)
    return name


@pytest.fixture
def group(iam: Any) -> str:
    """A new group."""
    made = f"g-{uuid.uuid4().hex[:10]}"
    iam.create_group(GroupName=made)
    return made


@pytest.fixture
def role(iam: Any) -> str:
    """A new role."""
    made = f"r-{uuid.uuid4().hex[:10]}"
    iam.create_role(RoleName=made, AssumeRolePolicyDocument=TRUST)
    return made


@pytest.fixture
def policy(iam: Any) -> str:
    """The ARN of a new managed policy, which allows s3:GetObject."""
    made = iam.create_policy(PolicyName=f"p-{uuid.uuid4().hex[:10]}", PolicyDocument=document())
    arn: str = made["Policy"]["Arn"]
    return arn


@pytest.fixture
def key_of(server: Server, iam: Any) -> Iterator[Callable[[str], Credentials]]:
    """Makes an access key of a user; deleted at the end."""
    made: list[tuple[str, str]] = []

    def make(user_name: str) -> Credentials:
        key = iam.create_access_key(UserName=user_name)["AccessKey"]
        made.append((user_name, key["AccessKeyId"]))
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"], user_name)

    yield make
    for user_name, key_id in made:
        iam.delete_access_key(UserName=user_name, AccessKeyId=key_id)
