"""Managed policies and their versions, AWS's own, and tags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused
from tests.api.iam.conftest import document

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def test_creates_a_policy(server: Server, iam: Any, name: str) -> None:
    answer = iam.create_policy(
        PolicyName=name, Path="/staff/", PolicyDocument=document(), Description="reads objects"
    )
    record = recorded(server, answer, "CreatePolicy")
    policy = answer["Policy"]
    assert policy["Arn"] == f"arn:aws:iam::{record['recipientAccountId']}:policy/staff/{name}"
    assert policy["PolicyId"].startswith("ANPA")
    assert (policy["DefaultVersionId"], policy["AttachmentCount"], policy["IsAttachable"]) == ("v1", 0, True)
    assert record["requestParameters"]["policyDocument"] == document()
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["Description"] == "reads objects"
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(document())
    error = refused(
        iam.create_policy, "EntityAlreadyExists", 409, PolicyName=name.upper(), PolicyDocument=document()
    )
    assert error.response["Error"]["Message"] == (
        f"A policy called {name.upper()} already exists. Duplicate names are not allowed."
    )


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("no json", "MalformedPolicyDocument", 400),
        ('{"Version":"2012-10-17","Statement":[]}', "MalformedPolicyDocument", 400),
        (document().replace("2012-10-17", "2008-10-17"), "MalformedPolicyDocument", 400),
        (document(resource="arn:aws:s3:::" + "x" * 6200), "LimitExceeded", 409),
    ],
    ids=["no JSON", "no statement", "old version", "too long"],
)
def test_refuses_a_bad_document(iam: Any, name: str, text: str, code: str, status: int) -> None:
    refused(iam.create_policy, code, status, PolicyName=name, PolicyDocument=text)


def test_has_five_versions_at_most(server: Server, iam: Any, policy: str) -> None:
    answer = iam.create_policy_version(PolicyArn=policy, PolicyDocument=document("s3:ListBucket"))
    recorded(server, answer, "CreatePolicyVersion")
    assert answer["PolicyVersion"]["VersionId"] == "v2"
    assert iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v1"
    for _ in range(3):
        iam.create_policy_version(PolicyArn=policy, PolicyDocument=document(), SetAsDefault=True)
    refused(iam.create_policy_version, "LimitExceeded", 409, PolicyArn=policy, PolicyDocument=document())
    listed = iam.list_policy_versions(PolicyArn=policy)["Versions"]
    assert [version["VersionId"] for version in listed] == ["v5", "v4", "v3", "v2", "v1"]
    assert [version["VersionId"] for version in listed if version["IsDefaultVersion"]] == ["v5"]
    refused(iam.delete_policy_version, "DeleteConflict", 409, PolicyArn=policy, VersionId="v5")
    recorded(
        server, iam.set_default_policy_version(PolicyArn=policy, VersionId="v2"), "SetDefaultPolicyVersion"
    )
    recorded(server, iam.delete_policy_version(PolicyArn=policy, VersionId="v5"), "DeletePolicyVersion")
    answer = iam.create_policy_version(PolicyArn=policy, PolicyDocument=document())
    assert answer["PolicyVersion"]["VersionId"] == "v6"
    found = iam.get_policy_version(PolicyArn=policy, VersionId="v2")["PolicyVersion"]
    assert found["Document"] == json.loads(document("s3:ListBucket"))
    assert found["IsDefaultVersion"] is True
    refused(iam.get_policy_version, "NoSuchEntity", 404, PolicyArn=policy, VersionId="v5")


def test_deletes_only_what_nobody_uses(server: Server, iam: Any, policy: str, user: str) -> None:
    iam.attach_user_policy(UserName=user, PolicyArn=policy)
    error = refused(iam.delete_policy, "DeleteConflict", 409, PolicyArn=policy)
    assert error.response["Error"]["Message"] == "Cannot delete a policy attached to entities."
    iam.detach_user_policy(UserName=user, PolicyArn=policy)
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=policy)
    refused(iam.delete_policy, "DeleteConflict", 409, PolicyArn=policy)
    iam.delete_user_permissions_boundary(UserName=user)
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document())
    refused(iam.delete_policy, "DeleteConflict", 409, PolicyArn=policy)
    iam.delete_policy_version(PolicyArn=policy, VersionId="v2")
    recorded(server, iam.delete_policy(PolicyArn=policy), "DeletePolicy")
    error = refused(iam.get_policy, "NoSuchEntity", 404, PolicyArn=policy)
    assert error.response["Error"]["Message"] == f"Policy {policy} was not found."


def test_aws_has_policies_of_its_own(server: Server, iam: Any) -> None:
    listed = {found["PolicyName"] for found in iam.list_policies(Scope="AWS")["Policies"]}
    assert listed == {
        "AdministratorAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AWSCloudTrail_FullAccess",
        "AWSCloudTrail_ReadOnlyAccess",
        "IAMFullAccess",
        "IAMReadOnlyAccess",
        "ReadOnlyAccess",
    }
    version = iam.get_policy_version(PolicyArn=ADMINISTRATOR, VersionId="v1")["PolicyVersion"]
    (statement,) = version["Document"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Allow", ["*"], "*")
    error = refused(iam.delete_policy, "AccessDenied", 403, PolicyArn=ADMINISTRATOR)
    recorded(server, error, "DeletePolicy")


def test_lists_by_scope_and_use(iam: Any, policy: str, user: str) -> None:
    local = [found["Arn"] for found in iam.list_policies(Scope="Local", MaxItems=1000)["Policies"]]
    assert policy in local
    assert ADMINISTRATOR not in local
    used = iam.list_policies(Scope="Local", OnlyAttached=True, MaxItems=1000)["Policies"]
    assert policy not in [found["Arn"] for found in used]
    iam.attach_user_policy(UserName=user, PolicyArn=policy)
    used = iam.list_policies(Scope="Local", OnlyAttached=True, MaxItems=1000)["Policies"]
    assert next(found["AttachmentCount"] for found in used if found["Arn"] == policy) == 1
    bounded = iam.list_policies(PolicyUsageFilter="PermissionsBoundary", MaxItems=1000)["Policies"]
    assert policy not in [found["Arn"] for found in bounded]


def test_refuses_what_is_no_policy(iam: Any) -> None:
    refused(iam.get_policy, "ValidationError", 400, PolicyArn="arn:aws:iam::aws:group/NoPolicyAtAll")


def test_is_tagged(server: Server, iam: Any, policy: str) -> None:
    recorded(server, iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "a", "Value": "1"}]), "TagPolicy")
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == [{"Key": "a", "Value": "1"}]
    recorded(server, iam.untag_policy(PolicyArn=policy, TagKeys=["a"]), "UntagPolicy")
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == []
    refused(iam.tag_policy, "AccessDenied", 403, PolicyArn=ADMINISTRATOR, Tags=[{"Key": "a", "Value": "1"}])
