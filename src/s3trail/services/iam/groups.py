"""CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, and who is in a group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam import views
from s3trail.services.iam.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity, quota
from s3trail.services.iam.paging import page
from s3trail.services.iam.subjects import group_of, user_of
from s3trail.state.config import identities
from s3trail.state.config.iam import groups
from s3trail.state.config.iam.groups import GROUPS, Group
from s3trail.state.environment import Tx

__all__ = ["MOST_GROUPS", "MOST_GROUPS_OF_USER", "operations"]

MOST_GROUPS = 300
MOST_GROUPS_OF_USER = 10


def operations(ids: Ids, clock: Clock) -> tuple[Operation, ...]:
    """The operations on groups.

    Args:
        ids: unique ids of groups.
        clock: times of creation.
    """

    def create_group(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        account_id, name = call.caller.account_id, params["GroupName"]
        _check_name_is_free(tx, account_id, name)
        if GROUPS.count(tx, account_id) >= MOST_GROUPS:
            raise quota("GroupsPerAccount", MOST_GROUPS)
        group = Group(account_id, name, ids.unique_id("AGPA"), clock.now(), path=params.get("Path") or "/")
        GROUPS.put(tx, group)
        return {"Group": views.group(group)}

    return (
        Operation("iam", "CreateGroup", create_group, writes=True),
        Operation("iam", "GetGroup", _get_group),
        Operation("iam", "ListGroups", _list_groups),
        Operation("iam", "UpdateGroup", _update_group, writes=True),
        Operation("iam", "DeleteGroup", _delete_group, writes=True),
        Operation("iam", "AddUserToGroup", _add_user, writes=True),
        Operation("iam", "RemoveUserFromGroup", _remove_user, writes=True),
        Operation("iam", "ListGroupsForUser", _list_groups_for_user),
    )


def _check_name_is_free(tx: Tx, account_id: str, name: str) -> None:
    if GROUPS.find(tx, account_id, name) is not None:
        raise EntityAlreadyExists(f"Group with name {name} already exists.")


def _get_group(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    group = group_of(tx, call, params)
    shown, more = page(groups.members(tx, group), params, lambda user: user.user_name.lower())
    return {"Group": views.group(group), "Users": [views.listed_user(user) for user in shown], **more}


def _list_groups(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    prefix = params.get("PathPrefix") or "/"
    found = (
        group for group in GROUPS.of_account(tx, call.caller.account_id) if group.path.startswith(prefix)
    )
    shown, more = page(found, params, lambda group: group.group_name.lower())
    return {"Groups": [views.group(group) for group in shown], **more}


def _update_group(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    group = group_of(tx, call, params)
    name = params.get("NewGroupName") or group.group_name
    if name.lower() != group.group_name.lower():
        _check_name_is_free(tx, group.account_id, name)
    groups.rename(tx, group, name, params.get("NewPath") or group.path)
    return {}


def _delete_group(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    group = group_of(tx, call, params)
    if any(groups.members(tx, group)):
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    if group.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if group.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    GROUPS.delete(tx, group)
    return {}


def _add_user(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    group, user = group_of(tx, call, params), user_of(tx, call, params)
    if group.group_name in user.groups:
        return {}
    if len(user.groups) >= MOST_GROUPS_OF_USER:
        raise quota("GroupsPerUser", MOST_GROUPS_OF_USER)
    identities.put_user(tx, replace(user, groups=(*user.groups, group.group_name)))
    return {}


def _remove_user(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    group, user = group_of(tx, call, params), user_of(tx, call, params)
    if group.group_name not in user.groups:
        raise NoSuchEntity(f"User {user.user_name} is not in group {group.group_name}.")
    left = tuple(name for name in user.groups if name != group.group_name)
    identities.put_user(tx, replace(user, groups=left))
    return {}


def _list_groups_for_user(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    user = user_of(tx, call, params)
    found = [GROUPS.find(tx, user.account_id, name) for name in user.groups]
    there = [group for group in found if group is not None]
    shown, more = page(there, params, lambda group: group.group_name.lower())
    return {"Groups": [views.group(group) for group in shown], **more}
