"""Login profiles: the passwords of users, and the account's rules for them.

A password is kept as a scrypt hash with a salt of its own and the parameters it was made with, so that they
may be raised later. They are those of the scrypt paper for interactive logins (16 MiB): hashing runs in the
transaction of the change, which others wait for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass

from s3trail.state.config.iam.collection import Collection

__all__ = ["LOGIN_PROFILES", "PASSWORD_POLICIES", "LoginProfile", "PasswordPolicy", "hashed", "matches"]

_COST, _BLOCK, _LANES = 1 << 14, 8, 1
_MEMORY = 64 << 20
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class LoginProfile:
    """A user's password."""

    account_id: str
    user_name: str
    created: float
    """Epoch seconds when the profile was made."""
    changed: float
    """Epoch seconds when the password was set."""
    password: str
    """Hash, as `hashed` writes it."""
    reset_required: bool = False
    """Whether the user must choose another password at the next sign-in."""
    previous: tuple[str, ...] = ()
    """Hashes of earlier passwords, the last first."""
    last_used: float | None = None
    """Epoch seconds of the last sign-in; None before the first."""


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """An account's rules for passwords (`UpdateAccountPasswordPolicy`), with that operation's defaults."""

    account_id: str
    minimum_length: int = 6
    symbols: bool = False
    numbers: bool = False
    uppercase: bool = False
    lowercase: bool = False
    users_may_change: bool = False
    max_age: int | None = None
    """Days; None: passwords don't expire."""
    reuse_prevention: int | None = None
    """How many earlier passwords may not come back; None for no limit."""
    hard_expiry: bool = False


LOGIN_PROFILES: Collection[LoginProfile] = Collection(
    "iam_login_profile", LoginProfile, lambda profile: profile.user_name
)
PASSWORD_POLICIES: Collection[PasswordPolicy] = Collection(
    "iam_password_policy", PasswordPolicy, lambda _policy: ""
)


def hashed(password: str) -> str:
    """A password as it is kept: `scrypt$N$r$p$SALT$HASH`, salt and hash in base64."""
    salt = os.urandom(_SALT_BYTES)
    derived = _derive(password, salt, _COST, _BLOCK, _LANES)
    parts = (str(_COST), str(_BLOCK), str(_LANES), _text(salt), _text(derived))
    return "$".join(("scrypt", *parts))


def matches(password: str, kept: str) -> bool:
    """Whether this is the password that was kept; takes as long if it isn't."""
    _, cost, block, lanes, salt, derived = kept.split("$")
    found = _derive(password, base64.b64decode(salt), int(cost), int(block), int(lanes))
    return hmac.compare_digest(found, base64.b64decode(derived))


def _derive(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=lanes, maxmem=_MEMORY, dklen=32)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
