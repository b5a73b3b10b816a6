"""Accounts, users and access keys: how they are made, found, refused and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from s3trail.journal import journal
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds
from s3trail.state.config import identities, identity_records
from s3trail.state.config.secrets import Secrets, SecretsError
from s3trail.state.environment import Environment

SECRETS = Secrets(bytes(range(32)))
IDS = RandomIds()
CLOCK = FixedClock(1_790_000_000.0)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """An empty environment."""
    opened = Environment(tmp_path)
    yield opened
    opened.close()


def test_first_start_makes_one_account_with_a_root_key(environment: Environment) -> None:
    key = identities.first_start(environment, SECRETS, IDS, CLOCK)
    assert key is not None
    assert identities.first_start(environment, SECRETS, IDS, CLOCK) is None
    with environment.read() as tx:
        account = identities.first_account(tx)
        assert account is not None
        assert [*identities.accounts(tx)] == [account]
        found = identities.root_key(tx, account.account_id)
    assert found == key.access_key
    assert found.secret(SECRETS) == key.secret
    assert len(key.secret) == 40
    assert key.secret not in repr(key)


def test_first_start_is_recorded_without_the_secret(environment: Environment) -> None:
    key = identities.first_start(environment, SECRETS, IDS, CLOCK)
    assert key is not None
    with environment.read() as tx:
        raw = [entry.record for entry in journal.read(tx, 0)]
    records = [orjson.loads(record) for record in raw]
    assert [record["eventName"] for record in records] == ["CreateAccount", "CreateAccessKey"]
    assert records[1]["serviceEventDetails"]["accessKeyId"] == key.access_key.key_id
    assert all(key.secret.encode() not in record for record in raw)


def test_first_start_refuses_another_master_key(environment: Environment) -> None:
    identities.first_start(environment, SECRETS, IDS, CLOCK)
    with pytest.raises(SecretsError, match="master key"):
        identities.first_start(environment, Secrets(bytes(32)), IDS, CLOCK)


def test_root_calls_as_root(environment: Environment) -> None:
    with environment.write() as tx:
        account, key = identities.create_account(tx, SECRETS, IDS, CLOCK, "main", "111122223333")
    assert account.account_id == "111122223333"
    caller = identities.caller(key.access_key)
    assert (caller.type, caller.principal_id, caller.arn) == (
        "Root",
        "111122223333",
        "arn:aws:iam::111122223333:root",
    )
    assert (caller.rights, caller.user_name, caller.access_key_id) == ("admin", "", key.access_key.key_id)


def test_user_calls_as_iam_user(environment: Environment) -> None:
    with environment.write() as tx:
        identities.create_account(tx, SECRETS, IDS, CLOCK, "main", "111122223333")
        user, key = identities.create_user(tx, SECRETS, IDS, CLOCK, "111122223333", "Alice", "read-only")
    with environment.read() as tx:
        found = identities.find_access_key(tx, key.access_key.key_id)
    assert found == key.access_key
    caller = identities.caller(found)
    assert caller.type == "IAMUser"
    assert caller.principal_id == user.user_id
    assert caller.principal_id.startswith("AIDA")
    assert caller.arn == "arn:aws:iam::111122223333:user/Alice"
    assert (caller.user_name, caller.account_id, caller.rights) == ("Alice", "111122223333", "read-only")


def test_user_and_key_are_recorded_in_one_transaction(environment: Environment) -> None:
    with environment.write() as tx:
        identities.create_account(tx, SECRETS, IDS, CLOCK, "main", "111122223333")
        user, key = identities.create_user(tx, SECRETS, IDS, CLOCK, "111122223333", "alice")
        identity_records.user_created(tx, IDS, CLOCK, user, key.access_key)
    with environment.read() as tx:
        records = [orjson.loads(entry.record) for entry in journal.read(tx, 0)]
    assert [record["eventName"] for record in records] == ["CreateUser", "CreateAccessKey"]
    for record in records:
        assert record["eventSource"] == "iam.amazonaws.com"
        assert record["eventType"] == "AwsServiceEvent"
        assert record["userIdentity"] == {"accountId": "111122223333", "invokedBy": "s3trail"}
        assert record["eventTime"] == "2026-09-21T14:13:20Z"
        assert record["serviceEventDetails"]["userName"] == "alice"
        assert record["serviceEventDetails"]["operatingSystemUser"]


def test_unknown_keys_are_none(environment: Environment) -> None:
    with environment.read() as tx:
        assert identities.find_access_key(tx, "AKIAAAAAAAAAAAAAAAAA") is None
        assert identities.find_access_key(tx, "") is None


def test_lists_users_of_an_account(environment: Environment) -> None:
    with environment.write() as tx:
        for account, names in (("111111111111", ("b", "a")), ("222222222222", ("c",))):
            identities.create_account(tx, SECRETS, IDS, CLOCK, f"of {account}", account)
            for name in names:
                identities.create_user(tx, SECRETS, IDS, CLOCK, account, name)
    with environment.read() as tx:
        assert [user.user_name for user in identities.users(tx)] == ["a", "b", "c"]
        assert [user.user_name for user in identities.users(tx, "222222222222")] == ["c"]


@pytest.mark.parametrize(
    ("account", "name", "rights", "code"),
    [
        ("111122223333", "ALICE", "admin", "EntityAlreadyExists"),
        ("111122223333", "a/b", "admin", "ValidationError"),
        ("111122223333", "", "admin", "ValidationError"),
        ("111122223333", "x" * 65, "admin", "ValidationError"),
        ("111122223333", "bob", "god", "ValidationError"),
        ("999999999999", "bob", "admin", "NoSuchEntity"),
    ],
)
def test_refuses_users_that_cannot_be(
    environment: Environment, account: str, name: str, rights: str, code: str
) -> None:
    with environment.write() as tx:
        identities.create_account(tx, SECRETS, IDS, CLOCK, "main", "111122223333")
        identities.create_user(tx, SECRETS, IDS, CLOCK, "111122223333", "alice")
    with pytest.raises(AwsError) as caught, environment.write() as tx:
        identities.create_user(tx, SECRETS, IDS, CLOCK, account, name, rights)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "account", "code"),
    [
        ("main", None, "EntityAlreadyExists"),
        ("other", "111122223333", "EntityAlreadyExists"),
        ("other", "12", "ValidationError"),
        ("", None, "ValidationError"),
        ("tab\there", None, "ValidationError"),
    ],
)
def test_refuses_accounts_that_cannot_be(
    environment: Environment, name: str, account: str | None, code: str
) -> None:
    with environment.write() as tx:
        identities.create_account(tx, SECRETS, IDS, CLOCK, "main", "111122223333")
    with pytest.raises(AwsError) as caught, environment.write() as tx:
        identities.create_account(tx, SECRETS, IDS, CLOCK, name, account)
    assert caught.value.code == code
