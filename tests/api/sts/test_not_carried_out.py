"""Operations of STS that the server doesn't carry out are recorded under their names and refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3trail.testing.server import ANONYMOUS, Server

ROLE = "arn:aws:iam::123456789012:role/Reader"


@pytest.mark.parametrize(
    ("method", "event", "signed", "params"),
    [
        (
            "assume_role_with_saml",
            "AssumeRoleWithSAML",
            False,
            {"RoleArn": ROLE, "PrincipalArn": ROLE, "SAMLAssertion": "PHNhbWw+"},
        ),
        (
            "assume_root",
            "AssumeRoot",
            True,
            {
                "TargetPrincipal": "123456789012",
                "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
            },
        ),
    ],
)
def test_says_so_and_is_recorded(
    server: Server, method: str, event: str, signed: bool, params: dict[str, Any]
) -> None:
    client = server.client("sts", credentials=None if signed else ANONYMOUS)
    with pytest.raises(ClientError) as refused:
        getattr(client, method)(**params)
    record = server.record_of(refused.value)
    assert record["eventName"] == event
    assert record["errorCode"] == refused.value.response["Error"]["Code"]
    assert record["userIdentity"]["type"] == ("Root" if signed else "Unknown")
    assert "PHNhbWw+" not in str(record)
