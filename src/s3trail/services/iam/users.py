"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel.arn import root_arn
from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam import views
from s3trail.services.iam.boundaries import boundary_policy
from s3trail.services.iam.errors import DeleteConflict, EntityAlreadyExists, ValidationError, quota
from s3trail.services.iam.paging import page
from s3trail.services.iam.subjects import user_of, user_or_root
from s3trail.services.iam.tagging import checked_tags, tag_operations
from s3trail.state.config import identities
from s3trail.state.config.iam import mfa_devices
from s3trail.state.config.iam.login_profiles import LOGIN_PROFILES
from s3trail.state.config.identities import User
from s3trail.state.environment import Tx

__all__ = ["MOST_USERS", "operations"]

MOST_USERS = 5000
_LONGEST_NAME = 64


def operations(ids: Ids, clock: Clock) -> tuple[Operation, ...]:
    """The operations on users themselves.

    Args:
        ids: unique ids of users.
        clock: times of creation.
    """

    def create_user(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        account_id, name = call.caller.account_id, params["UserName"]
        if len(name) > _LONGEST_NAME:
            raise ValidationError(
                f"1 validation error detected: Value '{name}' at 'userName' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_LONGEST_NAME}"
            )
        _check_name_is_free(tx, account_id, name)
        if identities.count_users(tx, account_id) >= MOST_USERS:
            raise quota("UsersPerAccount", MOST_USERS)
        user = User(
            account_id,
            name,
            ids.unique_id("AIDA"),
            clock.now(),
            path=params.get("Path") or "/",
            boundary=boundary_policy(tx, params),
            tags=checked_tags(params.get("Tags")),
        )
        identities.put_user(tx, user)
        return {"User": views.user(user)}

    return (
        Operation("iam", "CreateUser", create_user, writes=True),
        Operation("iam", "GetUser", _get_user),
        Operation("iam", "ListUsers", _list_users),
        Operation("iam", "UpdateUser", _update_user, writes=True),
        Operation("iam", "DeleteUser", _delete_user, writes=True),
        *tag_operations("User", user_of, identities.put_user),
    )


def _check_name_is_free(tx: Tx, account_id: str, name: str) -> None:
    if identities.find_user(tx, account_id, name) is not None:
        raise EntityAlreadyExists(f"User with name {name} already exists.")


def _password_last_used(tx: Tx, user: User) -> float | None:
    profile = LOGIN_PROFILES.find(tx, user.account_id, user.user_name)
    return None if profile is None else profile.last_used


def _get_user(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    user = user_or_root(tx, call, params)
    if user is not None:
        return {"User": views.user(user, _password_last_used(tx, user))}
    account = identities.account(tx, call.caller.account_id)
    assert account is not None, "root belongs to an account"
    return {
        "User": {
            "UserId": account.account_id,
            "Arn": root_arn(account.account_id),
            "CreateDate": account.created,
        }
    }


def _list_users(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    prefix = params.get("PathPrefix") or "/"
    found = (user for user in identities.users(tx, call.caller.account_id) if user.path.startswith(prefix))
    shown, more = page(found, params, lambda user: user.user_name.lower())
    return {"Users": [views.listed_user(user, _password_last_used(tx, user)) for user in shown], **more}


def _update_user(tx: Tx, call: Call, params: Mapping[str, Any]) -> Result:
    user = user_of(tx, call, params)
    name = params.get("NewUserName") or user.user_name
    if name.lower() != user.user_name.lower():
        _check_name_is_free(tx, user.account_id, name)
    changed = replace(user, path=params.get("NewPath") or user.path)
    if name == user.user_name:
        identities.put_user(tx, changed)
        return {}
    profile = LOGIN_PROFILES.find(tx, user.account_id, user.user_name)
    identities.rename_user(tx, changed, name)
    if profile is not None:
        LOGIN_PROFILES.delete(tx, profile)
        LOGIN_PROFILES.put(tx, replace(profile, user_name=name))
    return {}


def _delete_user(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    user = user_of(tx, call, params)
    if user.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if user.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    if user.groups:
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    if identities.access_keys(tx, user.account_id, user):
        raise DeleteConflict("Cannot delete entity, must delete access keys first.")
    if LOGIN_PROFILES.find(tx, user.account_id, user.user_name) is not None:
        raise DeleteConflict("Cannot delete entity, must delete login profile first.")
    if any(mfa_devices.of_user(tx, user.account_id, user.user_id)):
        raise DeleteConflict("Cannot delete entity, must delete MFA device first.")
    identities.delete_user(tx, user)
    return {}
