"""What texts and numbers may be, in IAM's words; and that secrets aren't repeated."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.services.iam.conftest import Iam


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        (
            "GetUser",
            {"UserName": "a b"},
            (
                "The specified value for userName is invalid. "
                "It must contain only alphanumeric characters and/or the following: +=,.@_-"
            ),
        ),
        (
            "GetUser",
            {"UserName": "x" * 129},
            (
                f"1 validation error detected: Value '{'x' * 129}' at 'userName' failed to "
                "satisfy constraint: "
                "Member must have length less than or equal to 128"
            ),
        ),
        (
            "ListUsers",
            {"MaxItems": 0},
            (
                "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: "
                "Member must have value greater than or equal to 1"
            ),
        ),
        (
            "ListPolicies",
            {"Scope": "Mine"},
            (
                "1 validation error detected: Value 'Mine' at 'scope' failed to satisfy constraint: "
                "Member must satisfy enum value set: [All, AWS, Local]"
            ),
        ),
        (
            "GetPolicyVersion",
            {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "VersionId": "1"},
            (
                "1 validation error detected: Value '1' at 'versionId' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: v[1-9][0-9]*(?:\.[A-Za-z0-9-]*)?"
            ),
        ),
    ],
)
def test_says_what_is_wrong(iam: Iam, operation: str, params: dict[str, Any], message: str) -> None:
    assert iam.error(operation, **params) == ("ValidationError", message)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateLoginProfile", {"UserName": "alice", "Password": "hunter\u2603" * 9}),
        ("ChangePassword", {"OldPassword": "", "NewPassword": "hunter" * 30}),
        ("EnableMFADevice", {"UserName": "alice", "SerialNumber": "x" * 9, "AuthenticationCode1": "hunter"}),
    ],
)
def test_keeps_secrets_out_of_errors(iam: Iam, operation: str, params: dict[str, Any]) -> None:
    code, message = iam.error(operation, **params)
    assert code == "ValidationError"
    assert "hunter" not in message
