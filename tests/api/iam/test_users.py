"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser, and tags of users."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from s3trail.testing.server import Credentials, Server
from tests.api.expect import recorded, refused
from tests.api.iam.conftest import document

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_creates_a_user(server: Server, iam: Any, name: str) -> None:
    answer = iam.create_user(UserName=name, Path="/staff/", Tags=[{"Key": "team", "Value": "audit"}])
    record = recorded(server, answer, "CreateUser")
    user = answer["User"]
    account = record["recipientAccountId"]
    assert user["Arn"] == f"arn:aws:iam::{account}:user/staff/{name}"
    assert user["UserId"].startswith("AIDA")
    assert user["Tags"] == [{"Key": "team", "Value": "audit"}]
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["readOnly"] is False
    assert record["requestParameters"] == {
        "userName": name,
        "path": "/staff/",
        "tags": [{"key": "team", "value": "audit"}],
    }
    assert record["responseElements"]["user"]["arn"] == user["Arn"]
    assert iam.get_user(UserName=name)["User"] == user


def test_refuses_a_name_that_differs_only_in_case(server: Server, iam: Any, user: str) -> None:
    error = refused(iam.create_user, "EntityAlreadyExists", 409, UserName=user.upper())
    assert error.response["Error"]["Message"] == f"User with name {user.upper()} already exists."
    record = server.record_of(error)
    assert record["errorCode"] == "EntityAlreadyExistsException"
    assert record["responseElements"] is None


@pytest.mark.parametrize("bad", ["a b", "a/b", "ä", "x" * 65])
def test_refuses_a_bad_name(iam: Any, bad: str) -> None:
    error = refused(iam.create_user, "ValidationError", 400, UserName=bad)
    assert "userName" in error.response["Error"]["Message"]


def test_refuses_a_path_without_slashes(iam: Any, name: str) -> None:
    error = refused(iam.create_user, "ValidationError", 400, UserName=name, Path="staff")
    assert "path is invalid" in error.response["Error"]["Message"]


def test_refuses_a_boundary_that_is_no_policy(iam: Any, name: str) -> None:
    arn = "arn:aws:iam::aws:policy/NoSuchPolicy"
    refused(iam.create_user, "NoSuchEntity", 404, UserName=name, PermissionsBoundary=arn)
    refused(iam.get_user, "NoSuchEntity", 404, UserName=name)


def test_root_gets_itself(server: Server, iam: Any) -> None:
    answer = iam.get_user()
    record = recorded(server, answer, "GetUser")
    assert answer["User"]["Arn"] == f"arn:aws:iam::{record['recipientAccountId']}:root"
    assert record["responseElements"] is None
    assert record["readOnly"] is True


def test_a_user_gets_itself(
    server: Server, iam: Any, user: str, key_of: Callable[[str], Credentials]
) -> None:
    iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    own = server.client("iam", credentials=key_of(user))
    assert own.get_user()["User"]["UserName"] == user
    iam.detach_user_policy(UserName=user, PolicyArn=READ_ONLY)


def test_lists_by_path_in_pages(iam: Any) -> None:
    path = f"/list-{uuid.uuid4().hex[:8]}/"
    names = [f"user-{number}-{uuid.uuid4().hex[:6]}" for number in range(5)]
    for made in names:
        iam.create_user(UserName=made, Path=path)
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2}))
    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    assert [user["UserName"] for page in pages for user in page["Users"]] == names
    assert "Tags" not in pages[0]["Users"][0]


def test_refuses_a_marker_that_no_list_gave_out(iam: Any) -> None:
    refused(iam.list_users, "ValidationError", 400, Marker="ä")


def test_renames_with_keys_groups_and_password(
    server: Server, iam: Any, user: str, group: str, key_of: Callable[[str], Credentials]
) -> None:
    iam.add_user_to_group(UserName=user, GroupName=group)
    iam.create_login_profile(UserName=user, Password="Correct-horse-9")
    credentials = key_of(user)
    iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    new = f"{user}-renamed"
    answer = iam.update_user(UserName=user, NewUserName=new, NewPath="/moved/")
    record = recorded(server, answer, "UpdateUser")
    assert record["requestParameters"] == {"userName": user, "newUserName": new, "newPath": "/moved/"}
    refused(iam.get_user, "NoSuchEntity", 404, UserName=user)
    own = server.client("iam", credentials=credentials)
    assert own.get_user()["User"]["Arn"].endswith(f":user/moved/{new}")
    assert [found["UserName"] for found in iam.get_group(GroupName=group)["Users"]] == [new]
    assert iam.get_login_profile(UserName=new)["LoginProfile"]["UserName"] == new
    iam.update_user(UserName=new, NewUserName=user)
    assert own.get_user()["User"]["UserName"] == user


def test_deletes_only_what_nothing_hangs_on(server: Server, iam: Any, user: str, group: str) -> None:
    def must(reason: str) -> None:
        error = refused(iam.delete_user, "DeleteConflict", 409, UserName=user)
        assert reason in error.response["Error"]["Message"]

    iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    must("detach all policies")
    iam.detach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document())
    must("delete policies")
    iam.delete_user_policy(UserName=user, PolicyName="own")
    iam.add_user_to_group(UserName=user, GroupName=group)
    must("remove users from group")
    iam.remove_user_from_group(UserName=user, GroupName=group)
    key = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    must("delete access keys")
    iam.delete_access_key(UserName=user, AccessKeyId=key)
    iam.create_login_profile(UserName=user, Password="Correct-horse-9")
    must("delete login profile")
    iam.delete_login_profile(UserName=user)
    answer = iam.delete_user(UserName=user)
    assert recorded(server, answer, "DeleteUser")["requestParameters"] == {"userName": user}
    refused(iam.get_user, "NoSuchEntity", 404, UserName=user)


def test_tags_and_untags_whatever_the_case(server: Server, iam: Any, user: str) -> None:
    iam.tag_user(UserName=user, Tags=[{"Key": "Team", "Value": "a"}, {"Key": "stage", "Value": ""}])
    answer = iam.tag_user(UserName=user, Tags=[{"Key": "team", "Value": "b"}])
    recorded(server, answer, "TagUser")
    assert iam.list_user_tags(UserName=user)["Tags"] == [
        {"Key": "stage", "Value": ""},
        {"Key": "team", "Value": "b"},
    ]
    recorded(server, iam.untag_user(UserName=user, TagKeys=["TEAM"]), "UntagUser")
    assert iam.list_user_tags(UserName=user)["Tags"] == [{"Key": "stage", "Value": ""}]


@pytest.mark.parametrize(
    ("tags", "code", "status"),
    [
        ([{"Key": "k", "Value": "a"}, {"Key": "K", "Value": "b"}], "InvalidInput", 400),
        ([{"Key": "aws:mine", "Value": "x"}], "InvalidInput", 400),
        ([{"Key": "k", "Value": "a<b"}], "ValidationError", 400),
        ([{"Key": f"k{at}", "Value": "x"} for at in range(51)], "LimitExceeded", 409),
    ],
    ids=["twice", "reserved", "character", "too many"],
)
def test_refuses_bad_tags(iam: Any, user: str, tags: Any, code: str, status: int) -> None:
    refused(iam.tag_user, code, status, UserName=user, Tags=tags)
    assert iam.list_user_tags(UserName=user)["Tags"] == []


def test_users_of_the_command_line_have_managed_policies(server: Server, iam: Any, name: str) -> None:
    server.add_user(name, "read-only")
    attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
    assert attached == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]
    listed = json.loads(server.command("user", "list", "--output", "json").stdout)
    assert next(row["Rights"] for row in listed if row["UserName"] == name) == "read-only"
