"""Passwords: login profiles, ChangePassword, and the account's password policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AccessDenied
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam.errors import (
    EntityAlreadyExists,
    InvalidUserType,
    NoSuchEntity,
    PasswordPolicyViolation,
    ValidationError,
)
from s3trail.services.iam.subjects import user_of
from s3trail.state.config.iam.login_profiles import (
    LOGIN_PROFILES,
    PASSWORD_POLICIES,
    LoginProfile,
    PasswordPolicy,
    hashed,
    matches,
)
from s3trail.state.config.identities import User
from s3trail.state.environment import Tx

__all__ = ["operations"]

_SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")
_KEPT = 24
"""Earlier hashes that are kept: the most that a policy can ask for."""

_WITHOUT_POLICY = PasswordPolicy(
    "", minimum_length=8, symbols=False, numbers=False, uppercase=False, lowercase=False
)
_DEFAULT_KINDS = 3
"""Without a policy of its own an account asks for 8 characters of three of the four kinds (IAM User Guide,
"Set an account password policy for IAM users")."""

_POLICY_MEMBERS = {
    "MinimumPasswordLength": "minimum_length",
    "RequireSymbols": "symbols",
    "RequireNumbers": "numbers",
    "RequireUppercaseCharacters": "uppercase",
    "RequireLowercaseCharacters": "lowercase",
    "AllowUsersToChangePassword": "users_may_change",
    "MaxPasswordAge": "max_age",
    "PasswordReusePrevention": "reuse_prevention",
    "HardExpiry": "hard_expiry",
}


def operations(clock: Clock) -> tuple[Operation, ...]:
    """The operations on passwords.

    Args:
        clock: times of creation and change.
    """

    def create_login_profile(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        user = user_of(tx, call, params)
        if LOGIN_PROFILES.find(tx, user.account_id, user.user_name) is not None:
            raise EntityAlreadyExists(f"Login Profile for user {user.user_name} already exists.")
        password = params.get("Password")
        if not password:
            raise ValidationError(
                "1 validation error detected: Value at 'password' failed to satisfy constraint: "
                "Member must not be null"
            )
        _check(tx, user, password)
        now = clock.now()
        profile = LoginProfile(
            user.account_id,
            user.user_name,
            created=now,
            changed=now,
            password=hashed(password),
            reset_required=bool(params.get("PasswordResetRequired")),
        )
        LOGIN_PROFILES.put(tx, profile)
        return {"LoginProfile": _view(profile)}

    def update_login_profile(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        user = user_of(tx, call, params)
        profile = _profile(tx, user)
        if "PasswordResetRequired" in params:
            profile = replace(profile, reset_required=params["PasswordResetRequired"])
        if params.get("Password"):
            _check(tx, user, params["Password"], profile)
            profile = _changed(profile, params["Password"], clock.now())
        LOGIN_PROFILES.put(tx, profile)
        return {}

    def change_password(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        if call.caller.type != "IAMUser":
            raise InvalidUserType
        user = user_of(tx, call, {})
        profile = _profile(tx, user)
        if not matches(params["OldPassword"], profile.password):
            raise AccessDenied("The old password was incorrect.")
        _check(tx, user, params["NewPassword"], profile)
        LOGIN_PROFILES.put(
            tx, replace(_changed(profile, params["NewPassword"], clock.now()), reset_required=False)
        )
        return {}

    return (
        Operation("iam", "CreateLoginProfile", create_login_profile, writes=True),
        Operation("iam", "GetLoginProfile", _get_login_profile),
        Operation("iam", "UpdateLoginProfile", update_login_profile, writes=True),
        Operation("iam", "DeleteLoginProfile", _delete_login_profile, writes=True),
        Operation("iam", "ChangePassword", change_password, writes=True),
        Operation("iam", "GetAccountPasswordPolicy", _get_password_policy),
        Operation("iam", "UpdateAccountPasswordPolicy", _update_password_policy, writes=True),
        Operation("iam", "DeleteAccountPasswordPolicy", _delete_password_policy, writes=True),
    )


def _view(profile: LoginProfile) -> dict[str, Any]:
    return {
        "UserName": profile.user_name,
        "CreateDate": profile.created,
        "PasswordResetRequired": profile.reset_required,
    }


def _profile(tx: Tx, user: User) -> LoginProfile:
    found = LOGIN_PROFILES.find(tx, user.account_id, user.user_name)
    if found is None:
        raise NoSuchEntity(f"Login Profile for User {user.user_name} cannot be found.")
    return found


def _changed(profile: LoginProfile, password: str, now: float) -> LoginProfile:
    previous = (profile.password, *profile.previous)[:_KEPT]
    return replace(profile, password=hashed(password), changed=now, previous=previous)


def _get_login_profile(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    return {"LoginProfile": _view(_profile(tx, user_of(tx, call, params)))}


def _delete_login_profile(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    LOGIN_PROFILES.delete(tx, _profile(tx, user_of(tx, call, params)))
    return {}


def _check(tx: Tx, user: User, password: str, profile: LoginProfile | None = None) -> None:
    """Hold a new password against the account's policy.

    Raises:
        PasswordPolicyViolation: what it lacks, never the password.
    """
    own = PASSWORD_POLICIES.find(tx, user.account_id, "")
    policy = own or _WITHOUT_POLICY
    if len(password) < policy.minimum_length:
        raise PasswordPolicyViolation(
            f"Password should have a minimum length of {policy.minimum_length} characters"
        )
    kinds = {
        "uppercase letter": any("A" <= character <= "Z" for character in password),
        "lowercase letter": any("a" <= character <= "z" for character in password),
        "number": any("0" <= character <= "9" for character in password),
        "symbol": not _SYMBOLS.isdisjoint(password),
    }
    wanted = (policy.uppercase, policy.lowercase, policy.numbers, policy.symbols)
    for (kind, there), asked in zip(kinds.items(), wanted, strict=True):
        if asked and not there:
            raise PasswordPolicyViolation(f"Password should have at least one {kind}")
    if own is None and sum(kinds.values()) < _DEFAULT_KINDS:
        raise PasswordPolicyViolation(
            "Password should have at least three of: uppercase letters, lowercase letters, numbers, symbols"
        )
    if profile is not None and policy.reuse_prevention:
        earlier = (profile.password, *profile.previous)[: policy.reuse_prevention]
        if any(matches(password, kept) for kept in earlier):
            raise PasswordPolicyViolation("Password was used before and can't be used again yet")


def _get_password_policy(tx: Tx, call: Call, _params: dict[str, Any]) -> Result:
    policy = _password_policy(tx, call)
    shown: dict[str, Any] = {
        member: getattr(policy, attribute)
        for member, attribute in _POLICY_MEMBERS.items()
        if member != "HardExpiry" or policy.hard_expiry
    }
    return {"PasswordPolicy": {**shown, "ExpirePasswords": policy.max_age is not None}}


def _update_password_policy(tx: Tx, call: Call, params: Mapping[str, Any]) -> Result:
    # What isn't sent goes back to its default; nothing is merged (IAM API, UpdateAccountPasswordPolicy).
    sent = {_POLICY_MEMBERS[member]: value for member, value in params.items() if member in _POLICY_MEMBERS}
    PASSWORD_POLICIES.put(tx, PasswordPolicy(call.caller.account_id, **sent))
    return {}


def _delete_password_policy(tx: Tx, call: Call, _params: dict[str, Any]) -> Result:
    PASSWORD_POLICIES.delete(tx, _password_policy(tx, call))
    return {}


def _password_policy(tx: Tx, call: Call) -> PasswordPolicy:
    account_id = call.caller.account_id
    found = PASSWORD_POLICIES.find(tx, account_id, "")
    if found is None:
        raise NoSuchEntity(f"The Password Policy with domain name {account_id} cannot be found.")
    return found
