"""What is attached to users, groups and roles: managed and inline policies, permissions boundaries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused
from tests.api.iam.conftest import document

KINDS = ["user", "group", "role"]


def _call(iam: Any, verb: str, noun: str, **parameters: Any) -> Any:
    return getattr(iam, verb.format(noun))(**parameters)


@pytest.fixture(params=KINDS)
def subject(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """A user, a group and a role: the noun, and the parameter that names it."""
    noun: str = request.param
    return noun, {f"{noun.capitalize()}Name": request.getfixturevalue(noun)}


def test_attaches_and_detaches(
    server: Server, iam: Any, policy: str, subject: tuple[str, dict[str, str]]
) -> None:
    noun, named = subject
    (named_value,) = named.values()
    answer = _call(iam, "attach_{}_policy", noun, **named, PolicyArn=policy)
    record = recorded(server, answer, f"Attach{noun.capitalize()}Policy")
    assert record["requestParameters"] == {f"{noun}Name": named_value, "policyArn": policy}
    _call(iam, "attach_{}_policy", noun, **named, PolicyArn=policy)
    listed = _call(iam, "list_attached_{}_policies", noun, **named)["AttachedPolicies"]
    assert [found["PolicyArn"] for found in listed] == [policy]
    entities = iam.list_entities_for_policy(PolicyArn=policy)
    plural = {"user": "PolicyUsers", "group": "PolicyGroups", "role": "PolicyRoles"}
    for other, member in plural.items():
        expected = [named_value] if other == noun else []
        assert [found[f"{other.capitalize()}Name"] for found in entities[member]] == expected
    answer = _call(iam, "detach_{}_policy", noun, **named, PolicyArn=policy)
    recorded(server, answer, f"Detach{noun.capitalize()}Policy")
    error = refused(getattr(iam, f"detach_{noun}_policy"), "NoSuchEntity", 404, **named, PolicyArn=policy)
    assert error.response["Error"]["Message"] == f"Policy {policy} was not found."


def test_refuses_a_policy_that_is_not_there(iam: Any, subject: tuple[str, dict[str, str]]) -> None:
    noun, named = subject
    arn = "arn:aws:iam::aws:policy/NoSuchPolicy"
    error = refused(getattr(iam, f"attach_{noun}_policy"), "NoSuchEntity", 404, **named, PolicyArn=arn)
    assert error.response["Error"]["Message"] == f"Policy {arn} does not exist or is not attachable."


def test_keeps_inline_policies(server: Server, iam: Any, subject: tuple[str, dict[str, str]]) -> None:
    noun, named = subject
    own = {**named, "PolicyName": "own"}
    answer = _call(iam, "put_{}_policy", noun, **own, PolicyDocument=document())
    record = recorded(server, answer, f"Put{noun.capitalize()}Policy")
    assert record["requestParameters"]["policyDocument"] == document()
    assert _call(iam, "get_{}_policy", noun, **own)["PolicyDocument"] == json.loads(document())
    assert _call(iam, "list_{}_policies", noun, **named)["PolicyNames"] == ["own"]
    recorded(server, _call(iam, "delete_{}_policy", noun, **own), f"Delete{noun.capitalize()}Policy")
    error = refused(getattr(iam, f"get_{noun}_policy"), "NoSuchEntity", 404, **own)
    assert error.response["Error"]["Message"] == f"The {noun} policy with name own cannot be found."


def test_inline_policies_of_a_user_have_a_size_together(iam: Any, user: str) -> None:
    long = document(resource="arn:aws:s3:::" + "x" * 1100)
    iam.put_user_policy(UserName=user, PolicyName="a", PolicyDocument=long)
    iam.put_user_policy(UserName=user, PolicyName="a", PolicyDocument=long)
    error = refused(
        iam.put_user_policy, "LimitExceeded", 409, UserName=user, PolicyName="b", PolicyDocument=long
    )
    assert error.response["Error"]["Message"] == f"Maximum policy size of 2048 bytes exceeded for user {user}"


def test_ten_managed_policies_are_the_most(iam: Any, role: str, name: str) -> None:
    for number in range(11):
        made = iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=document())["Policy"]["Arn"]
        if number < 10:
            iam.attach_role_policy(RoleName=role, PolicyArn=made)
    error = refused(iam.attach_role_policy, "LimitExceeded", 409, RoleName=role, PolicyArn=made)
    assert error.response["Error"]["Message"] == "Cannot exceed quota for PoliciesPerRole: 10"


@pytest.mark.parametrize("noun", ["user", "role"])
def test_bounds_permissions(
    server: Server, iam: Any, policy: str, noun: str, request: pytest.FixtureRequest
) -> None:
    named = {f"{noun.capitalize()}Name": request.getfixturevalue(noun)}
    answer = _call(iam, "put_{}_permissions_boundary", noun, **named, PermissionsBoundary=policy)
    recorded(server, answer, f"Put{noun.capitalize()}PermissionsBoundary")
    found = _call(iam, "get_{}", noun, **named)[noun.capitalize()]
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == policy
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    answer = _call(iam, "delete_{}_permissions_boundary", noun, **named)
    recorded(server, answer, f"Delete{noun.capitalize()}PermissionsBoundary")
    assert "PermissionsBoundary" not in _call(iam, "get_{}", noun, **named)[noun.capitalize()]
    refused(getattr(iam, f"delete_{noun}_permissions_boundary"), "NoSuchEntity", 404, **named)
