"""Accounts, users and access keys, as documents of the configuration.

| kind | name | members |
|---|---|---|
| account | account id | name, created |
| user | account id, `/`, user name in lower case | user_name, user_id, rights, created, path, tags, |
| | | boundary, attached, inline, groups |
| access_key | access key id | account_id, user_name (empty: root), secret (sealed), status, created |

`attached` holds ARNs of managed policies, `inline` documents by policy name, `boundary` the ARN of a managed
policy, `groups` names of groups. A user that was written with `rights` alone has the policy attached that
gives them (`RIGHTS_POLICIES`); `rights` is kept beside `attached` and follows from it.

User names keep their case but are unique without it (IAM User Guide, "IAM identifiers": names aren't
distinguished by case). An access key names its owner; what the owner may do is read from the user, so that it
changes at once for all of its keys.

The gateway looks keys up (`find_access_key`) and calls as their `caller`; the command line makes accounts and
users.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from s3trail.kernel.arn import root_arn, user_arn
from s3trail.kernel.caller import Caller, Rights
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import Ids
from s3trail.state.config import documents, identity_records
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Environment, Tx

__all__ = [
    "ADMINISTRATOR_ACCESS",
    "READ_ONLY_ACCESS",
    "RIGHTS",
    "RIGHTS_POLICIES",
    "AccessKey",
    "Account",
    "EntityAlreadyExists",
    "NewKey",
    "NoSuchEntity",
    "User",
    "ValidationError",
    "access_keys",
    "account",
    "accounts",
    "caller",
    "count_users",
    "create_access_key",
    "create_account",
    "create_user",
    "delete_access_key",
    "delete_user",
    "find_access_key",
    "find_user",
    "first_account",
    "first_start",
    "put_user",
    "read_user",
    "rename_user",
    "root_key",
    "set_access_key_status",
    "user_document",
    "users",
]

RIGHTS: tuple[Rights, ...] = ("admin", "read-only", "none")

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY_ACCESS = "arn:aws:iam::aws:policy/ReadOnlyAccess"
RIGHTS_POLICIES: Mapping[Rights, tuple[str, ...]] = {
    "admin": (ADMINISTRATOR_ACCESS,),
    "read-only": (READ_ONLY_ACCESS,),
    "none": (),
}
"""Managed policies that a user made with these rights has attached."""

_DEFAULT_ACCOUNT_NAME = "default"
_ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
_ACCOUNT_NAME = re.compile(r"[ -~]{1,50}")
_USER_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


class EntityAlreadyExists(AwsError):
    """The name or id is taken."""

    code = "EntityAlreadyExists"
    status = 409
    message = "The entity already exists."


class NoSuchEntity(AwsError):
    """There is no account or user of that name."""

    code = "NoSuchEntity"
    status = 404
    message = "The entity doesn't exist."


class ValidationError(AwsError):
    """A name or id isn't one by its form."""

    code = "ValidationError"
    status = 400
    message = "The input isn't valid."


@dataclass(frozen=True, slots=True)
class Account:
    """Owner of users and buckets."""

    account_id: str
    """Twelve digits."""
    name: str
    created: float
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of an account."""

    account_id: str
    user_name: str
    user_id: str
    """`AIDA...`."""
    created: float
    """Epoch seconds."""
    path: str = "/"
    attached: tuple[str, ...] = ()
    """ARNs of managed policies."""
    inline: Mapping[str, str] = field(default_factory=dict)
    """Policy documents by name."""
    groups: tuple[str, ...] = ()
    """Names of groups, as the groups spell them."""
    boundary: str = ""
    """ARN of the managed policy that is its permissions boundary; empty without one."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """`arn:aws:iam::123456789012:user/path/Name`."""
        return user_arn(self.account_id, self.user_name, self.path)

    @property
    def rights(self) -> Rights:
        """What its managed policies come to, in the words of the command line."""
        if ADMINISTRATOR_ACCESS in self.attached:
            return "admin"
        return "read-only" if READ_ONLY_ACCESS in self.attached else "none"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key with all that a call by it has to know."""

    key_id: str
    """`AKIA...`."""
    account_id: str
    user_name: str
    """Empty for the root key of an account."""
    user_id: str
    """`AIDA...`; for root the account id."""
    arn: str
    rights: Rights
    status: str
    """`Active` or `Inactive`."""
    sealed_secret: str
    created: float
    """Epoch seconds."""

    def secret(self, secrets: Secrets) -> str:
        """The secret access key.

        Raises:
            SecretsError: the master key isn't the one that sealed it.
        """
        return secrets.open(self.sealed_secret, _context(self.key_id))


@dataclass(frozen=True, slots=True)
class NewKey:
    """An access key just made, with the secret that is shown once."""

    access_key: AccessKey
    secret: str

    def __repr__(self) -> str:
        return f"NewKey({self.access_key.key_id})"


def create_account(
    tx: Tx, secrets: Secrets, ids: Ids, clock: Clock, name: str, account_id: str | None = None
) -> tuple[Account, NewKey]:
    """Make an account and its root access key.

    Args:
        tx: a write transaction.
        secrets: seals the key.
        ids: where ids and the secret come from.
        clock: gives the time of creation.
        name: 1 to 50 printable ASCII characters, unlike those of other accounts.
        account_id: twelve digits; drawn when None.

    Raises:
        ValidationError: name or id has another form.
        EntityAlreadyExists: name or id is taken.
    """
    if not _ACCOUNT_NAME.fullmatch(name):
        raise ValidationError(f"The account name {name!r} isn't 1 to 50 printable ASCII characters.")
    if account_id is not None and not _ACCOUNT_ID.fullmatch(account_id):
        raise ValidationError(f"The account id {account_id!r} isn't twelve digits.")
    taken = {known.account_id: known.name for known in accounts(tx)}
    if name in taken.values():
        raise EntityAlreadyExists(f"There is already an account named {name}.")
    if account_id in taken:
        raise EntityAlreadyExists(f"There is already an account with the id {account_id}.")
    while account_id is None or account_id in taken:
        account_id = ids.account_id()
    made = Account(account_id, name, clock.now())
    documents.put(tx, "account", account_id, {"name": name, "created": made.created})
    return made, create_access_key(tx, secrets, ids, clock, account_id, None)


def create_user(
    tx: Tx, secrets: Secrets, ids: Ids, clock: Clock, account_id: str, name: str, rights: Rights = "admin"
) -> tuple[User, NewKey]:
    """Make a user with an access key.

    Args:
        tx: a write transaction.
        secrets: seals the key.
        ids: where ids and the secret come from.
        clock: gives the time of creation.
        account_id: the account it belongs to.
        name: 1 to 64 letters, digits and `_+=,.@-`.
        rights: one of `RIGHTS`.

    Raises:
        ValidationError: name or rights aren't allowed.
        NoSuchEntity: there is no such account.
        EntityAlreadyExists: the account has a user of that name.
    """
    if not _USER_NAME.fullmatch(name):
        raise ValidationError(f"The user name {name!r} isn't 1 to 64 letters, digits and _+=,.@- characters.")
    if rights not in RIGHTS:
        raise ValidationError(f"The rights {rights!r} aren't one of {', '.join(RIGHTS)}.")
    if documents.get(tx, "account", account_id) is None:
        raise NoSuchEntity(f"There is no account with the id {account_id}.")
    if documents.get(tx, "user", user_document(account_id, name)) is not None:
        raise EntityAlreadyExists(f"User with name {name} already exists.")
    user = User(account_id, name, ids.unique_id("AIDA"), clock.now(), attached=RIGHTS_POLICIES[rights])
    put_user(tx, user)
    return user, create_access_key(tx, secrets, ids, clock, account_id, user)


def find_user(tx: Tx, account_id: str, name: str) -> User | None:
    """The user of that name, whatever its case; None when there is none."""
    user = documents.get(tx, "user", user_document(account_id, name))
    return None if user is None else read_user(account_id, user)


def put_user(tx: Tx, user: User) -> None:
    """Write a user, replacing what is there under its name."""
    document = {
        "user_name": user.user_name,
        "user_id": user.user_id,
        "rights": user.rights,
        "created": user.created,
        "path": user.path,
        "attached": user.attached,
        "inline": dict(user.inline),
        "groups": user.groups,
        "boundary": user.boundary,
        "tags": dict(user.tags),
    }
    documents.put(tx, "user", user_document(user.account_id, user.user_name), document)


def rename_user(tx: Tx, user: User, name: str) -> User:
    """Give a user another name, which must be free; its access keys go along."""
    renamed = replace(user, user_name=name)
    delete_user(tx, user)
    put_user(tx, renamed)
    for key_id, key in _keys_of(tx, user.account_id, user.user_name):
        documents.put(tx, "access_key", key_id, {**key, "user_name": name})
    return renamed


def delete_user(tx: Tx, user: User) -> None:
    """Remove a user; its access keys are the caller's to remove first."""
    documents.delete(tx, "user", user_document(user.account_id, user.user_name))


def find_access_key(tx: Tx, key_id: str) -> AccessKey | None:
    """The access key of that id with its owner; None when there is none."""
    key = documents.get(tx, "access_key", key_id)
    if key is None:
        return None
    if not key["user_name"]:
        return _access_key(key_id, key, None)
    user = documents.get(tx, "user", user_document(key["account_id"], key["user_name"]))
    return None if user is None else _access_key(key_id, key, user)


def access_keys(tx: Tx, account_id: str, user: User | None) -> list[AccessKey]:
    """The access keys of a user, or with None of root, by age."""
    document = None if user is None else _members(user)
    found = [
        _access_key(key_id, key, document)
        for key_id, key in _keys_of(tx, account_id, user.user_name if user else "")
    ]
    return sorted(found, key=lambda key: (key.created, key.key_id))


def set_access_key_status(tx: Tx, key_id: str, status: str) -> None:
    """Make an access key that is there `Active` or `Inactive`."""
    key = documents.get(tx, "access_key", key_id)
    assert key is not None, "the caller has looked the key up"
    documents.put(tx, "access_key", key_id, {**key, "status": status})


def delete_access_key(tx: Tx, key_id: str) -> None:
    """Remove an access key; calls that it signs are refused from then on."""
    documents.delete(tx, "access_key", key_id)


def caller(access_key: AccessKey) -> Caller:
    """Who calls with that key, in CloudTrail's words."""
    return Caller(
        type="IAMUser" if access_key.user_name else "Root",
        account_id=access_key.account_id,
        principal_id=access_key.user_id,
        arn=access_key.arn,
        access_key_id=access_key.key_id,
        user_name=access_key.user_name,
        rights=access_key.rights,
    )


def account(tx: Tx, account_id: str) -> Account | None:
    """The account of that id; None when there is none."""
    found = documents.get(tx, "account", account_id)
    return None if found is None else Account(account_id, found["name"], found["created"])


def accounts(tx: Tx) -> Iterator[Account]:
    """All accounts by id."""
    for account_id, found in documents.scan(tx, "account"):
        yield Account(account_id, found["name"], found["created"])


def users(tx: Tx, account_id: str = "") -> Iterator[User]:
    """Users by account and name; of one account if given."""
    for name, user in documents.scan(tx, "user", f"{account_id}/" if account_id else ""):
        yield read_user(name.partition("/")[0], user)


def count_users(tx: Tx, account_id: str) -> int:
    """How many users the account has."""
    return documents.count(tx, "user", f"{account_id}/")


def first_account(tx: Tx) -> Account | None:
    """The oldest account; None before the first start."""
    return min(accounts(tx), key=lambda known: (known.created, known.account_id), default=None)


def root_key(tx: Tx, account_id: str) -> AccessKey | None:
    """The oldest active root access key of an account."""
    return next((key for key in access_keys(tx, account_id, None) if key.status == "Active"), None)


def first_start(environment: Environment, secrets: Secrets, ids: Ids, clock: Clock) -> NewKey | None:
    """Make the first account and its root key, recorded, if there is no account; else check the master key.

    Returns:
        The root key that was made; None when there was an account already.

    Raises:
        SecretsError: the master key isn't the one that sealed what is there.
    """
    with environment.read() as tx:
        if _check_secrets(tx, secrets):
            return None
    with environment.write() as tx:
        # Another process may have come first in between.
        if _check_secrets(tx, secrets):
            return None
        made, key = create_account(tx, secrets, ids, clock, _DEFAULT_ACCOUNT_NAME)
        identity_records.account_created(tx, ids, clock, made, key.access_key)
        return key


def _check_secrets(tx: Tx, secrets: Secrets) -> bool:
    first = first_account(tx)
    if first is None:
        return False
    key = root_key(tx, first.account_id)
    if key is not None:
        key.secret(secrets)
    return True


def create_access_key(
    tx: Tx, secrets: Secrets, ids: Ids, clock: Clock, account_id: str, user: User | None
) -> NewKey:
    """Make an active access key of a user, or with None of the account's root."""
    key_id, secret = ids.unique_id("AKIA"), ids.secret_key()
    document = {
        "account_id": account_id,
        "user_name": user.user_name if user else "",
        "secret": secrets.seal(secret, _context(key_id)),
        "status": "Active",
        "created": clock.now(),
    }
    documents.put(tx, "access_key", key_id, document)
    return NewKey(_access_key(key_id, document, None if user is None else _members(user)), secret)


def user_document(account_id: str, name: str) -> str:
    """Name of a user's document of kind `user`."""
    return f"{account_id}/{name.lower()}"


def _keys_of(tx: Tx, account_id: str, user_name: str) -> list[tuple[str, dict[str, Any]]]:
    """Ids and documents of the access keys of a user; of root if the name is empty."""
    return [
        (key_id, key)
        for key_id, key in documents.scan(tx, "access_key")
        if key["account_id"] == account_id and key["user_name"].lower() == user_name.lower()
    ]


def _access_key(key_id: str, key: dict[str, Any], user: Mapping[str, Any] | None) -> AccessKey:
    """An access key from its document and its user's; straight, since every call makes one."""
    account_id = key["account_id"]
    return AccessKey(
        key_id=key_id,
        account_id=account_id,
        user_name=user["user_name"] if user else "",
        user_id=user["user_id"] if user else account_id,
        arn=user_arn(account_id, user["user_name"], user.get("path", "/")) if user else root_arn(account_id),
        rights=user["rights"] if user else "admin",
        status=key["status"],
        sealed_secret=key["secret"],
        created=key["created"],
    )


def _members(user: User) -> dict[str, Any]:
    return {
        "user_name": user.user_name,
        "user_id": user.user_id,
        "path": user.path,
        "rights": user.rights,
    }


def read_user(account_id: str, user: Mapping[str, Any]) -> User:
    """A user from its document."""
    attached = user.get("attached")
    return User(
        account_id,
        user["user_name"],
        user["user_id"],
        user["created"],
        path=user.get("path", "/"),
        attached=RIGHTS_POLICIES[user["rights"]] if attached is None else tuple(attached),
        inline=user.get("inline", {}),
        groups=tuple(user.get("groups", ())),
        boundary=user.get("boundary", ""),
        tags=user.get("tags", {}),
    )


def _context(key_id: str) -> str:
    return f"access_key/{key_id}"
