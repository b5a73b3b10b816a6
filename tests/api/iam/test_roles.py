"""CreateRole, GetRole, ListRoles, UpdateRole, UpdateAssumeRolePolicy, DeleteRole, and what Terraform asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused
from tests.api.iam.conftest import TRUST, document


def test_creates_a_role(server: Server, iam: Any, name: str) -> None:
    answer = iam.create_role(
        RoleName=name,
        Path="/service/",
        AssumeRolePolicyDocument=TRUST,
        Description="delivers logs",
        MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "audit"}],
    )
    record = recorded(server, answer, "CreateRole")
    role = answer["Role"]
    assert role["Arn"] == f"arn:aws:iam::{record['recipientAccountId']}:role/service/{name}"
    assert role["RoleId"].startswith("AROA")
    assert role["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert record["requestParameters"]["assumeRolePolicyDocument"] == TRUST
    assert record["responseElements"]["role"]["arn"] == role["Arn"]
    found = iam.get_role(RoleName=name)["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("delivers logs", 7200)
    assert found["Tags"] == [{"Key": "team", "Value": "audit"}]
    assert [listed["RoleName"] for listed in iam.list_roles(PathPrefix="/service/")["Roles"]].count(name) == 1
    refused(iam.create_role, "EntityAlreadyExists", 409, RoleName=name, AssumeRolePolicyDocument=TRUST)


@pytest.mark.parametrize(
    "trust",
    ["{}", "not json", document(), TRUST.replace("sts:AssumeRole", "s3:GetObject")],
    ids=["empty", "no JSON", "no principal", "wrong action"],
)
def test_refuses_a_bad_trust_policy(iam: Any, name: str, trust: str) -> None:
    refused(iam.create_role, "MalformedPolicyDocument", 400, RoleName=name, AssumeRolePolicyDocument=trust)
    refused(iam.get_role, "NoSuchEntity", 404, RoleName=name)


def test_updates_description_and_duration(server: Server, iam: Any, role: str) -> None:
    recorded(server, iam.update_role(RoleName=role, Description="a", MaxSessionDuration=3700), "UpdateRole")
    answer = iam.update_role_description(RoleName=role, Description="b")
    recorded(server, answer, "UpdateRoleDescription")
    found = iam.get_role(RoleName=role)["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("b", 3700)
    refused(iam.update_role, "ValidationError", 400, RoleName=role, MaxSessionDuration=50_000)


def test_updates_the_trust_policy(server: Server, iam: Any, role: str) -> None:
    trust = TRUST.replace("cloudtrail", "lambda")
    answer = iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
    recorded(server, answer, "UpdateAssumeRolePolicy")
    assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"] == json.loads(trust)


def test_is_in_no_instance_profile(server: Server, iam: Any, role: str) -> None:
    answer = iam.list_instance_profiles_for_role(RoleName=role)
    assert answer["InstanceProfiles"] == []
    recorded(server, answer, "ListInstanceProfilesForRole")


def test_deletes_only_what_nothing_hangs_on(server: Server, iam: Any, role: str, policy: str) -> None:
    iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    refused(iam.delete_role, "DeleteConflict", 409, RoleName=role)
    iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document())
    refused(iam.delete_role, "DeleteConflict", 409, RoleName=role)
    iam.delete_role_policy(RoleName=role, PolicyName="own")
    recorded(server, iam.delete_role(RoleName=role), "DeleteRole")
    error = refused(iam.get_role, "NoSuchEntity", 404, RoleName=role)
    assert error.response["Error"]["Message"] == f"The role with name {role} cannot be found."


def test_is_tagged(server: Server, iam: Any, role: str) -> None:
    recorded(server, iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "1"}]), "TagRole")
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "a", "Value": "1"}]
    recorded(server, iam.untag_role(RoleName=role, TagKeys=["a"]), "UntagRole")
    assert iam.list_role_tags(RoleName=role)["Tags"] == []
