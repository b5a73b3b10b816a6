"""Temporary credentials: what their tokens keep, whom they belong to, and when they no longer stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3trail.kernel.caller import Caller, TemporaryCredentials
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.ids import RandomIds
from s3trail.state.config import identities, sessions
from s3trail.state.config.iam.roles import ROLES, Role
from s3trail.state.config.identities import User
from s3trail.state.config.secrets import Secrets, SecretsError
from s3trail.state.config.sessions import Holder, IssuedCredentials, OpenTokens
from s3trail.state.environment import Environment

SECRETS = Secrets(bytes(range(32)))
IDS = RandomIds()
NOW = 1_790_000_000.25
ACCOUNT = "123456789012"
ROLE = Role(ACCOUNT, "Reader", "AROAREADERREADERREAD", NOW, "{}")
SESSION = TemporaryCredentials(
    issued=NOW,
    expires=NOW + 3600,
    principal_id=ROLE.role_id,
    mfa_authenticated=True,
    source_identity="ann",
    tags={"team": "blue"},
    transitive_tags=("team",),
    federated_provider="arn:aws:iam::123456789012:oidc-provider/token.example.org",
    policy='{"Version":"2012-10-17"}',
    policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
)
CALLER = Caller(
    type="AssumedRole",
    account_id=ACCOUNT,
    principal_id=f"{ROLE.role_id}:job",
    arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/job",
    session={"attributes": {"mfaAuthenticated": "true"}},
    temporary=SESSION,
    further={"credentialId": "c"},
)
OF_ROLE = Holder("role", ACCOUNT, "Reader", ROLE.role_id)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """An environment with an account, a user and a role."""
    opened = Environment(tmp_path)
    with opened.write() as tx:
        identities.create_account(tx, SECRETS, IDS, FixedClock(NOW), "main", ACCOUNT)
        identities.create_user(tx, SECRETS, IDS, FixedClock(NOW), ACCOUNT, "ann", "read-only")
        ROLES.put(tx, ROLE)
    yield opened
    opened.close()


def issued(caller: Caller = CALLER, holder: Holder = OF_ROLE) -> IssuedCredentials:
    """New credentials."""
    return sessions.issue(SECRETS, IDS, caller, holder)


def of_user(environment: Environment) -> tuple[IssuedCredentials, User]:
    """New credentials of the user, and the user."""
    with environment.read() as tx:
        user = identities.find_user(tx, ACCOUNT, "ann")
    assert user is not None
    caller = Caller(
        "IAMUser",
        ACCOUNT,
        user.user_id,
        user.arn,
        user_name="ann",
        temporary=replace(SESSION, principal_id=user.user_id),
    )
    return issued(caller, Holder("user", ACCOUNT, "ann", user.user_id)), user


def standing(environment: Environment, credentials: IssuedCredentials) -> Caller | None:
    """Who calls with them now."""
    opened = sessions.open_token(SECRETS, credentials.access_key_id, credentials.token)
    with environment.read() as tx:
        return sessions.standing(tx, opened)


def test_a_token_gives_back_all_that_was_issued() -> None:
    made = issued()
    opened = sessions.open_token(SECRETS, made.access_key_id, made.token)
    assert made.access_key_id.startswith("ASIA")
    assert len(made.access_key_id) == 20
    assert opened.caller == CALLER._replace(access_key_id=made.access_key_id)
    assert opened.temporary == SESSION
    assert opened.holder == OF_ROLE
    assert opened.secret == made.secret


def test_a_token_shows_nothing_of_what_it_holds() -> None:
    made = issued()
    assert made.secret not in made.token
    assert made.token not in repr(made)
    assert made.secret not in repr(made)


def test_a_token_opens_for_its_own_access_key_alone() -> None:
    first, second = issued(), issued()
    with pytest.raises(SecretsError):
        sessions.open_token(SECRETS, second.access_key_id, first.token)


def test_a_token_of_another_master_key_does_not_open() -> None:
    made = issued()
    with pytest.raises(SecretsError):
        sessions.open_token(Secrets(bytes(32)), made.access_key_id, made.token)


@given(st.integers(0, 200), st.sampled_from("ABC+/=x"))
def test_an_altered_token_does_not_open(at: int, character: str) -> None:
    made = issued()
    altered = made.token[:at] + character + made.token[at + 1 :]
    if altered != made.token:
        with pytest.raises(SecretsError):
            sessions.open_token(SECRETS, made.access_key_id, altered)


@given(st.text())
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(SecretsError):
        sessions.open_token(SECRETS, "ASIAAAAAAAAAAAAAAAAA", text)


def test_open_tokens_are_opened_once_and_the_number_kept_is_bounded() -> None:
    tokens = OpenTokens(SECRETS, kept=2)
    made = [issued() for _ in range(5)]
    first = tokens.open(made[0].access_key_id, made[0].token)
    assert tokens.open(made[0].access_key_id, made[0].token) is first
    for each in made:
        assert tokens.open(each.access_key_id, each.token).secret == each.secret
    assert len(tokens._open) <= 2


def test_an_open_token_is_no_key_to_another_access_key() -> None:
    tokens = OpenTokens(SECRETS)
    first, second = issued(), issued()
    tokens.open(first.access_key_id, first.token)
    with pytest.raises(SecretsError):
        tokens.open(second.access_key_id, first.token)


def test_credentials_of_a_role_stand_while_the_role_is_there(environment: Environment) -> None:
    made = issued()
    assert standing(environment, made) == CALLER._replace(access_key_id=made.access_key_id)
    with environment.write() as tx:
        ROLES.delete(tx, ROLE)
    assert standing(environment, made) is None


def test_credentials_of_a_role_do_not_stand_for_one_of_the_same_name(environment: Environment) -> None:
    made = issued()
    with environment.write() as tx:
        ROLES.put(tx, replace(ROLE, role_id="AROAANOTHERANOTHERAN"))
    assert standing(environment, made) is None


def test_credentials_of_a_user_have_the_users_rights_of_now(environment: Environment) -> None:
    made, user = of_user(environment)
    found = standing(environment, made)
    assert found is not None
    assert found.rights == "read-only"
    with environment.write() as tx:
        identities.put_user(tx, replace(user, attached=(identities.ADMINISTRATOR_ACCESS,)))
    found = standing(environment, made)
    assert found is not None
    assert found.rights == "admin"
    with environment.write() as tx:
        identities.delete_user(tx, user)
    assert standing(environment, made) is None


def test_credentials_of_root_stand_while_the_account_is_there(environment: Environment) -> None:
    root = CALLER._replace(type="Root", temporary=replace(SESSION, principal_id=ACCOUNT))
    found = standing(environment, issued(root, Holder("root", ACCOUNT, "", ACCOUNT)))
    assert found is not None
    assert found.rights == "admin"
    stranger = issued(root, Holder("root", "210987654321", "", "210987654321"))
    assert standing(environment, stranger) is None


def test_a_limited_session_has_no_rights_but_by_policies(environment: Environment) -> None:
    limited = replace(SESSION, principal_id=ACCOUNT, limited=True)
    made = issued(CALLER._replace(temporary=limited), Holder("root", ACCOUNT, "", ACCOUNT))
    found = standing(environment, made)
    assert found is not None
    assert found.rights == "none"


def test_revoked_credentials_do_not_stand_and_later_ones_do(environment: Environment) -> None:
    made = issued()
    with environment.write() as tx:
        sessions.revoke(tx, ROLE.role_id, ROLE.arn, NOW + 1)
    assert standing(environment, made) is None
    later = issued(CALLER._replace(temporary=replace(SESSION, issued=NOW + 1)))
    assert standing(environment, later) is not None


def test_a_revocation_is_not_taken_back_by_an_earlier_one(environment: Environment) -> None:
    with environment.write() as tx:
        sessions.revoke(tx, ROLE.role_id, ROLE.arn, NOW + 1)
        sessions.revoke(tx, ROLE.role_id, ROLE.arn, NOW - 1)
        assert sessions.revoked_before(tx, ROLE.role_id) == NOW + 1
        assert sessions.revoked_before(tx, "AIDAX") is None
