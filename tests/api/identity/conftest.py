"""What the tests of identity types share: users and roles."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from s3trail.testing.server import Credentials, Server

Roles = Callable[..., str]


@pytest.fixture
def sts(server: Server) -> Any:
    """boto3's STS client with root's key."""
    return server.client("sts")


@pytest.fixture
def account(sts: Any) -> str:
    """Id of the first account."""
    found: str = sts.get_caller_identity()["Account"]
    return found


@pytest.fixture
def user(server: Server) -> Credentials:
    """A new user that may do everything in its account."""
    return server.add_user(f"user-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def role(server: Server, account: str) -> Roles:
    """Makes roles, which the account trusts unless a statement says otherwise; gives their ARNs."""

    def make(statement: Mapping[str, Any] | None = None, **params: Any) -> str:
        trusted = {
            "Effect": "Allow",
            "Principal": {"AWS": account},
            "Action": "sts:AssumeRole",
            **(statement or {}),
        }
        made = server.client("iam").create_role(
            RoleName=f"role-{uuid.uuid4().hex[:8]}",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
            **params,
        )
        arn: str = made["Role"]["Arn"]
        return arn

    return make
