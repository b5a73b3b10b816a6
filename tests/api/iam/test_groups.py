"""CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, and members."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded, refused
from tests.api.iam.conftest import document


def test_creates_a_group(server: Server, iam: Any, name: str) -> None:
    answer = iam.create_group(GroupName=name, Path="/staff/")
    record = recorded(server, answer, "CreateGroup")
    group = answer["Group"]
    assert group["Arn"] == f"arn:aws:iam::{record['recipientAccountId']}:group/staff/{name}"
    assert group["GroupId"].startswith("AGPA")
    assert group in iam.list_groups(PathPrefix="/staff/")["Groups"]
    refused(iam.create_group, "EntityAlreadyExists", 409, GroupName=name.upper())


def test_has_members(server: Server, iam: Any, group: str, user: str) -> None:
    answer = iam.add_user_to_group(GroupName=group, UserName=user)
    record = recorded(server, answer, "AddUserToGroup")
    assert record["requestParameters"] == {"groupName": group, "userName": user}
    iam.add_user_to_group(GroupName=group, UserName=user)
    assert [found["UserName"] for found in iam.get_group(GroupName=group)["Users"]] == [user]
    assert [found["GroupName"] for found in iam.list_groups_for_user(UserName=user)["Groups"]] == [group]
    recorded(server, iam.remove_user_from_group(GroupName=group, UserName=user), "RemoveUserFromGroup")
    assert iam.get_group(GroupName=group)["Users"] == []
    refused(iam.remove_user_from_group, "NoSuchEntity", 404, GroupName=group, UserName=user)


def test_a_user_is_in_ten_groups_at_most(iam: Any, user: str, name: str) -> None:
    for number in range(11):
        iam.create_group(GroupName=f"{name}-{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"{name}-{number}", UserName=user)
    refused(iam.add_user_to_group, "LimitExceeded", 409, GroupName=f"{name}-10", UserName=user)


def test_renames_and_keeps_its_members(server: Server, iam: Any, group: str, user: str) -> None:
    iam.add_user_to_group(GroupName=group, UserName=user)
    answer = iam.update_group(GroupName=group, NewGroupName=f"{group}-new", NewPath="/moved/")
    recorded(server, answer, "UpdateGroup")
    refused(iam.get_group, "NoSuchEntity", 404, GroupName=group)
    found = iam.get_group(GroupName=f"{group}-new")
    assert found["Group"]["Path"] == "/moved/"
    assert [member["UserName"] for member in found["Users"]] == [user]


def test_deletes_only_an_empty_group(server: Server, iam: Any, group: str, user: str) -> None:
    iam.add_user_to_group(GroupName=group, UserName=user)
    refused(iam.delete_group, "DeleteConflict", 409, GroupName=group)
    iam.remove_user_from_group(GroupName=group, UserName=user)
    iam.put_group_policy(GroupName=group, PolicyName="own", PolicyDocument=document())
    refused(iam.delete_group, "DeleteConflict", 409, GroupName=group)
    iam.delete_group_policy(GroupName=group, PolicyName="own")
    recorded(server, iam.delete_group(GroupName=group), "DeleteGroup")
    error = refused(iam.get_group, "NoSuchEntity", 404, GroupName=group)
    assert error.response["Error"]["Message"] == f"The group with name {group} cannot be found."
