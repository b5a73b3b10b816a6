"""The account: alias, summary, authorization details."""

from __future__ import annotations

import json
from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused
from tests.api.iam.conftest import document


def test_has_one_alias(server: Server, iam: Any, name: str) -> None:
    recorded(server, iam.create_account_alias(AccountAlias=name), "CreateAccountAlias")
    iam.create_account_alias(AccountAlias=f"{name}-2")
    assert iam.list_account_aliases()["AccountAliases"] == [f"{name}-2"]
    refused(iam.delete_account_alias, "NoSuchEntity", 404, AccountAlias=name)
    recorded(server, iam.delete_account_alias(AccountAlias=f"{name}-2"), "DeleteAccountAlias")
    assert iam.list_account_aliases()["AccountAliases"] == []
    refused(iam.create_account_alias, "ValidationError", 400, AccountAlias="Capital")


def test_sums_up(server: Server, iam: Any, user: str, role: str, policy: str) -> None:
    before = iam.get_account_summary()["SummaryMap"]
    iam.create_user(UserName=f"{user}-2")
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document())
    answer = iam.get_account_summary()
    recorded(server, answer, "GetAccountSummary")
    after = answer["SummaryMap"]
    assert after["Users"] == before["Users"] + 1
    assert after["PolicyVersionsInUse"] == before["PolicyVersionsInUse"] + 1
    assert after["Roles"] >= 1
    assert (after["UsersQuota"], after["AccessKeysPerUserQuota"], after["AccountMFAEnabled"]) == (5000, 2, 0)


def test_lists_nothing_of_what_there_is_not(server: Server, iam: Any, user: str) -> None:
    recorded(server, iam.list_signing_certificates(UserName=user), "ListSigningCertificates")
    assert iam.list_ssh_public_keys(UserName=user)["SSHPublicKeys"] == []
    assert iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"] == []
    assert iam.list_saml_providers()["SAMLProviderList"] == []
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    refused(iam.list_ssh_public_keys, "NoSuchEntity", 404, UserName=f"{user}-none")


def test_tells_all_details(server: Server, iam: Any, user: str, group: str, role: str, policy: str) -> None:
    iam.add_user_to_group(UserName=user, GroupName=group)
    iam.attach_group_policy(GroupName=group, PolicyArn=policy)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document("s3:PutObject"))
    pages = list(
        iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 5})
    )
    assert len(pages) > 1
    recorded(server, pages[0], "GetAccountAuthorizationDetails")

    def one(member: str, attribute: str, value: str) -> Any:
        return next(found for page in pages for found in page[member] if found[attribute] == value)

    detail = one("UserDetailList", "UserName", user)
    assert detail["GroupList"] == [group]
    assert detail["UserPolicyList"] == [
        {"PolicyName": "own", "PolicyDocument": json.loads(document("s3:PutObject"))}
    ]
    attached = one("GroupDetailList", "GroupName", group)["AttachedManagedPolicies"]
    assert attached == [{"PolicyName": policy.rpartition("/")[2], "PolicyArn": policy}]
    assert one("RoleDetailList", "RoleName", role)["InstanceProfileList"] == []
    (version,) = one("Policies", "Arn", policy)["PolicyVersionList"]
    assert version["Document"] == json.loads(document())
    users = iam.get_account_authorization_details(Filter=["User"], MaxItems=1000)
    assert users["UserDetailList"]
    assert [users[other] for other in ("GroupDetailList", "RoleDetailList", "Policies")] == [[], [], []]
