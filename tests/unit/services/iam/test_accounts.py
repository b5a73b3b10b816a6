"""Accounts are apart: what one has, the other neither sees nor changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.services.iam.conftest import OTHER_ACCOUNT, Iam, names

DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)


def test_names_are_taken_in_one_account_only(iam: Iam) -> None:
    iam.call("CreateUser", UserName="alice")
    iam.call("CreateUser", UserName="alice", account=OTHER_ACCOUNT)
    iam.call("CreateUser", UserName="bob")
    assert names(iam.call("ListUsers", account=OTHER_ACCOUNT)["Users"], "UserName") == ["alice"]


def test_anothers_policy_is_refused(iam: Iam) -> None:
    arn = iam.call("CreatePolicy", PolicyName="P", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.call("CreateUser", UserName="alice", account=OTHER_ACCOUNT)
    for operation, params in (
        ("GetPolicy", {}),
        ("DeletePolicy", {}),
        ("AttachUserPolicy", {"UserName": "alice"}),
        ("CreatePolicyVersion", {"PolicyDocument": DOCUMENT}),
    ):
        code, _ = iam.error(operation, PolicyArn=arn, account=OTHER_ACCOUNT, **params)
        assert code == "AccessDenied"


def test_anothers_key_device_and_provider_are_unknown(iam: Iam) -> None:
    key = iam.call("CreateAccessKey")["AccessKey"]["AccessKeyId"]
    device = iam.call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")
    serial = device["VirtualMFADevice"]["SerialNumber"]
    provider = iam.call("CreateOpenIDConnectProvider", Url="https://idp.example")["OpenIDConnectProviderArn"]
    for operation, params in (
        ("DeleteAccessKey", {"AccessKeyId": key}),
        ("GetAccessKeyLastUsed", {"AccessKeyId": key}),
        ("DeleteVirtualMFADevice", {"SerialNumber": serial}),
        ("TagMFADevice", {"SerialNumber": serial, "Tags": []}),
        ("DeleteOpenIDConnectProvider", {"OpenIDConnectProviderArn": provider}),
    ):
        code, _ = iam.error(operation, account=OTHER_ACCOUNT, **params)
        assert code == "NoSuchEntity", operation


def test_an_alias_belongs_to_one_account(iam: Iam) -> None:
    iam.call("CreateAccountAlias", AccountAlias="archive")
    code, message = iam.error("CreateAccountAlias", AccountAlias="archive", account=OTHER_ACCOUNT)
    assert (code, message) == ("EntityAlreadyExists", "The account alias archive already exists.")
    assert iam.error("DeleteAccountAlias", AccountAlias="archive", account=OTHER_ACCOUNT)[0] == "NoSuchEntity"


def test_anothers_user_is_not_simulated(iam: Iam) -> None:
    arn = iam.call("CreateUser", UserName="alice")["User"]["Arn"]
    code, _ = iam.error(
        "SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["s3:GetObject"], account=OTHER_ACCOUNT
    )
    assert code == "InvalidInput"


@pytest.mark.parametrize("operation", ["CreateUser", "CreateGroup", "CreateRole", "CreatePolicy"])
def test_a_refused_call_leaves_nothing(iam: Iam, operation: str) -> None:
    trust = DOCUMENT.replace('"Resource": "*"', '"Principal": "*"').replace("s3:*", "sts:AssumeRole")
    params: dict[str, Any] = {
        "CreateUser": {"UserName": "x"},
        "CreateGroup": {"GroupName": "x"},
        "CreateRole": {"RoleName": "x", "AssumeRolePolicyDocument": trust},
        "CreatePolicy": {"PolicyName": "x", "PolicyDocument": DOCUMENT},
    }[operation]
    iam.call(operation, **params)
    assert iam.error(operation, **params)[0] == "EntityAlreadyExists"
