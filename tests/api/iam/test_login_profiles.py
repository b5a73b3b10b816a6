"""Passwords: login profiles, the account's password policy, ChangePassword."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from s3trail.testing.server import Credentials, Server
from tests.api.expect import recorded, refused

FIRST, SECOND = "Correct-horse-9", "Battery-staple-8"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def no_policy(iam: Any) -> Iterator[None]:
    """The account has no password policy, before and after."""
    yield
    iam.update_account_password_policy()
    iam.delete_account_password_policy()


def test_creates_a_profile_and_never_records_the_password(server: Server, iam: Any, user: str) -> None:
    answer = iam.create_login_profile(UserName=user, Password=FIRST, PasswordResetRequired=True)
    record = recorded(server, answer, "CreateLoginProfile")
    assert record["requestParameters"] == {"userName": user, "passwordResetRequired": True}
    assert FIRST not in str(record)
    profile = iam.get_login_profile(UserName=user)["LoginProfile"]
    assert (profile["UserName"], profile["PasswordResetRequired"]) == (user, True)
    refused(iam.create_login_profile, "EntityAlreadyExists", 409, UserName=user, Password=SECOND)


def test_a_user_without_password_has_no_profile(server: Server, iam: Any, user: str) -> None:
    error = refused(iam.get_login_profile, "NoSuchEntity", 404, UserName=user)
    assert error.response["Error"]["Message"] == f"Login Profile for User {user} cannot be found."
    refused(iam.update_login_profile, "NoSuchEntity", 404, UserName=user, Password=FIRST)
    refused(iam.delete_login_profile, "NoSuchEntity", 404, UserName=user)


@pytest.mark.parametrize("weak", ["Ab1!", "onlylowercase", "lowercase123"])
def test_refuses_a_weak_password_without_repeating_it(server: Server, iam: Any, user: str, weak: str) -> None:
    error = refused(iam.create_login_profile, "PasswordPolicyViolation", 400, UserName=user, Password=weak)
    record = server.record_of(error)
    assert record["errorCode"] == "PasswordPolicyViolationException"
    assert weak not in str(record)


def test_refuses_characters_without_repeating_them(server: Server, iam: Any, user: str) -> None:
    error = refused(
        iam.create_login_profile, "ValidationError", 400, UserName=user, Password="Secret-\u2603-9"
    )
    assert "Secret" not in str(server.record_of(error))


@pytest.mark.usefixtures("no_policy")
def test_the_account_sets_its_own_policy(server: Server, iam: Any, user: str) -> None:
    account = server.record_of(iam.get_user())["recipientAccountId"]
    answer = iam.update_account_password_policy(
        MinimumPasswordLength=12, RequireSymbols=True, PasswordReusePrevention=2, MaxPasswordAge=90
    )
    record = recorded(server, answer, "UpdateAccountPasswordPolicy")
    assert record["requestParameters"]["minimumPasswordLength"] == 12
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 12,
        "RequireSymbols": True,
        "RequireNumbers": False,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 2,
    }
    for weak in ("Short-9", "NoSymbolInHere9"):
        refused(iam.create_login_profile, "PasswordPolicyViolation", 400, UserName=user, Password=weak)
    iam.create_login_profile(UserName=user, Password=FIRST)
    refused(iam.update_login_profile, "PasswordPolicyViolation", 400, UserName=user, Password=FIRST)
    iam.update_login_profile(UserName=user, Password=SECOND)
    iam.delete_account_password_policy()
    error = refused(iam.get_account_password_policy, "NoSuchEntity", 404)
    assert error.response["Error"]["Message"] == (
        f"The Password Policy with domain name {account} cannot be found."
    )


def test_a_user_changes_its_own_password(
    server: Server, iam: Any, user: str, key_of: Callable[[str], Credentials]
) -> None:
    iam.create_login_profile(UserName=user, Password=FIRST, PasswordResetRequired=True)
    iam.attach_user_policy(UserName=user, PolicyArn=ADMINISTRATOR)
    credentials = key_of(user)
    own = server.client("iam", credentials=credentials)
    refused(own.change_password, "AccessDenied", 403, OldPassword="Wrong-one-77", NewPassword=SECOND)
    answer = own.change_password(OldPassword=FIRST, NewPassword=SECOND)
    record = recorded(server, answer, "ChangePassword", caller=credentials)
    assert record["requestParameters"] is None
    assert iam.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is False
    refused(own.change_password, "AccessDenied", 403, OldPassword=FIRST, NewPassword=SECOND)


def test_root_has_no_password_to_change(iam: Any) -> None:
    refused(iam.change_password, "InvalidUserType", 400, OldPassword=FIRST, NewPassword=SECOND)
