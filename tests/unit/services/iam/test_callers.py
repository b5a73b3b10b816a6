"""Whom operations without `UserName` are about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.kernel.caller import Caller
from tests.unit.services.iam.conftest import ACCOUNT, Iam

SESSION = Caller("AssumedRole", ACCOUNT, "AROAX:me", f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/me")


def _alice(iam: Iam) -> Caller:
    made = iam.call("CreateUser", UserName="alice")["User"]
    return Caller("IAMUser", ACCOUNT, made["UserId"], made["Arn"], user_name="alice")


def test_a_user_is_about_itself(iam: Iam) -> None:
    alice = _alice(iam)
    key = iam.call("CreateAccessKey", caller=alice)["AccessKey"]
    assert key["UserName"] == "alice"
    (listed,) = iam.call("ListAccessKeys", caller=alice)["AccessKeyMetadata"]
    assert listed["AccessKeyId"] == key["AccessKeyId"]
    assert iam.call("GetUser", caller=alice)["User"]["UserName"] == "alice"


def test_root_is_about_itself(iam: Iam) -> None:
    assert len(iam.call("ListAccessKeys")["AccessKeyMetadata"]) == 1
    assert iam.call("ListMFADevices")["MFADevices"] == []


@pytest.mark.parametrize("operation", ["GetUser", "CreateAccessKey", "ListAccessKeys", "GetLoginProfile"])
def test_a_session_has_to_name_a_user(iam: Iam, operation: str) -> None:
    code, message = iam.error(operation, caller=SESSION)
    assert (code, message) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )


def test_a_role_trusts_only_who_is_there(iam: Iam) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/alice", "arn:aws:iam::999988887777:user/x"]},
        },
    }
    given: dict[str, Any] = {"RoleName": "ops", "AssumeRolePolicyDocument": json.dumps(trust)}
    assert iam.error("CreateRole", **given) == (
        "MalformedPolicyDocument",
        f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/alice"',
    )
    _alice(iam)
    assert iam.call("CreateRole", **given)["Role"]["RoleName"] == "ops"


def test_a_root_key_can_not_be_deleted_in_a_users_name(iam: Iam) -> None:
    alice = _alice(iam)
    (root_key,) = iam.call("ListAccessKeys")["AccessKeyMetadata"]
    code, _ = iam.error("DeleteAccessKey", caller=alice, AccessKeyId=root_key["AccessKeyId"])
    assert code == "NoSuchEntity"
