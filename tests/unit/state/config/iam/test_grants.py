"""Which policies concern a caller: its own, its groups', its boundary; and that changes are seen at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from s3trail.kernel.caller import ANONYMOUS, Caller, TemporaryCredentials
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.ids import RandomIds
from s3trail.policy.evaluate import evaluate
from s3trail.policy.request import AuthorizationRequest, Policies
from s3trail.state.config import documents, identities
from s3trail.state.config.iam.grants import NOTHING, group_policies, identity_policies
from s3trail.state.config.iam.groups import GROUPS, Group
from s3trail.state.config.iam.policies import POLICIES, ManagedPolicy
from s3trail.state.config.iam.roles import ROLES, Role
from s3trail.state.config.identities import ADMINISTRATOR_ACCESS, READ_ONLY_ACCESS, User
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Environment, Tx

ACCOUNT = "111122223333"
ALICE = Caller("IAMUser", ACCOUNT, "AIDAALICE", user_name="Alice")
NOW = 1_790_000_000.0


def _document(action: str, effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _managed(name: str, action: str, path: str = "/") -> ManagedPolicy:
    return ManagedPolicy(ACCOUNT, name, f"ANPA{name}", NOW, NOW, _document(action), path=path)


def _allowed(tx: Tx, caller: Caller, action: str) -> bool:
    found = identity_policies(tx, caller)
    request = AuthorizationRequest(caller, action, "*", ACCOUNT)
    return evaluate(request, Policies(identity=found.identity, boundary=found.boundary)).allowed


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """An environment with the user Alice, who has nothing."""
    opened = Environment(tmp_path)
    with opened.write() as tx:
        identities.put_user(tx, _alice())
    yield opened
    opened.close()


def _alice(**members: object) -> User:
    return replace(User(ACCOUNT, "Alice", "AIDAALICE", NOW), **members)  # type: ignore[arg-type]


def _role_session(principal_id: str = "AROAOPS") -> Caller:
    issuer = {"type": "Role", "userName": "ops", "accountId": ACCOUNT}
    temporary = TemporaryCredentials(issued=NOW, expires=NOW + 900, principal_id=principal_id)
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/me"
    return Caller(
        "AssumedRole",
        ACCOUNT,
        f"{principal_id}:me",
        arn,
        session={"sessionIssuer": issuer},
        temporary=temporary,
    )


def test_a_user_without_policies_has_none(environment: Environment) -> None:
    with environment.read() as tx:
        found = identity_policies(tx, ALICE)
    assert (found.identity, found.boundary, dict(found.tags)) == ((), None, {})


@pytest.mark.parametrize(
    "caller",
    [
        ANONYMOUS,
        Caller("Root", ACCOUNT, ACCOUNT),
        Caller("AWSService", invoked_by="cloudtrail.amazonaws.com"),
        Caller("IAMUser", ACCOUNT, "AIDABOB", user_name="bob"),
    ],
    ids=["anonymous", "root", "service", "deleted user"],
)
def test_others_have_no_policies(environment: Environment, caller: Caller) -> None:
    with environment.read() as tx:
        assert identity_policies(tx, caller) is NOTHING


def test_gathers_own_group_and_managed_policies(environment: Environment) -> None:
    with environment.write() as tx:
        POLICIES.put(tx, _managed("Logs", "logs:*", "/staff/"))
        logs = f"arn:aws:iam::{ACCOUNT}:policy/staff/Logs"
        GROUPS.put(
            tx,
            Group(ACCOUNT, "Staff", "AGPASTAFF", NOW, attached=(logs,), inline={"g": _document("sns:*")}),
        )
        inline = {"own": _document("s3:*")}
        identities.put_user(
            tx,
            _alice(groups=("Staff",), inline=inline, attached=(READ_ONLY_ACCESS,), tags={"team": "audit"}),
        )
        found = identity_policies(tx, ALICE)
    user_arn, group_arn = f"arn:aws:iam::{ACCOUNT}:user/Alice", f"arn:aws:iam::{ACCOUNT}:group/Staff"
    assert [(policy.name, policy.arn, policy.attached_to) for policy in found.identity] == [
        ("own", "", user_arn),
        ("ReadOnlyAccess", READ_ONLY_ACCESS, user_arn),
        ("g", "", group_arn),
        ("Logs", logs, group_arn),
    ]
    assert found.tags == {"team": "audit"}


def test_sees_every_change_at_once(environment: Environment) -> None:
    with environment.write() as tx:
        POLICIES.put(tx, _managed("P", "s3:GetObject"))
        GROUPS.put(tx, Group(ACCOUNT, "g", "AGPAG", NOW))
        identities.put_user(tx, _alice(groups=("g",)))
        assert not _allowed(tx, ALICE, "s3:GetObject")
        GROUPS.put(tx, Group(ACCOUNT, "g", "AGPAG", NOW, attached=(f"arn:aws:iam::{ACCOUNT}:policy/P",)))
        assert _allowed(tx, ALICE, "s3:GetObject")
        POLICIES.put(tx, _managed("P", "s3:PutObject"))
        assert not _allowed(tx, ALICE, "s3:GetObject")
        assert _allowed(tx, ALICE, "s3:PutObject")
        identities.put_user(tx, _alice())
        assert not _allowed(tx, ALICE, "s3:PutObject")


def test_is_bounded(environment: Environment) -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/B"
    with environment.write() as tx:
        POLICIES.put(tx, _managed("B", "s3:GetObject"))
        identities.put_user(tx, _alice(attached=(ADMINISTRATOR_ACCESS,), boundary=boundary))
        assert _allowed(tx, ALICE, "s3:GetObject")
        assert not _allowed(tx, ALICE, "s3:PutObject")


def test_a_lost_boundary_allows_nothing(environment: Environment) -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/Lost"
    with environment.write() as tx:
        identities.put_user(tx, _alice(attached=(ADMINISTRATOR_ACCESS,), boundary=boundary))
        assert not _allowed(tx, ALICE, "s3:GetObject")


def test_a_session_has_its_roles_policies(environment: Environment) -> None:
    with environment.write() as tx:
        role = Role(ACCOUNT, "ops", "AROAOPS", NOW, "{}", inline={"p": _document("s3:*")}, tags={"a": "b"})
        ROLES.put(tx, role)
        assert _allowed(tx, _role_session(), "s3:GetObject")
        assert identity_policies(tx, _role_session()).tags == {"a": "b"}


def test_a_session_of_a_deleted_role_has_nothing_even_if_the_name_is_taken_again(
    environment: Environment,
) -> None:
    with environment.write() as tx:
        ROLES.put(tx, Role(ACCOUNT, "ops", "AROANEW", NOW, "{}", inline={"p": _document("s3:*")}))
        assert identity_policies(tx, _role_session("AROAOLD")) is NOTHING
        assert identity_policies(tx, _role_session("AROANEW")) is not NOTHING


@pytest.mark.parametrize(
    ("rights", "reads", "writes"), [("admin", True, True), ("read-only", True, False), ("none", False, False)]
)
def test_rights_of_the_command_line_are_managed_policies(
    environment: Environment, rights: str, reads: bool, writes: bool
) -> None:
    secrets, clock = Secrets(bytes(32)), FixedClock(NOW)
    with environment.write() as tx:
        identities.create_account(tx, secrets, RandomIds(), clock, "main", ACCOUNT)
        user, _ = identities.create_user(tx, secrets, RandomIds(), clock, ACCOUNT, "bob", rights)
        assert user.rights == rights
        caller = Caller("IAMUser", ACCOUNT, user.user_id, user_name="bob")
        assert _allowed(tx, caller, "s3:GetObject") is reads
        assert _allowed(tx, caller, "s3:PutObject") is writes
        # As users were written before they had policies.
        old = {"user_name": "bob", "user_id": user.user_id, "rights": rights, "created": NOW}
        documents.put(tx, "user", identities.user_document(ACCOUNT, "bob"), old)
        assert identities.find_user(tx, ACCOUNT, "BOB") == user
        assert _allowed(tx, caller, "s3:GetObject") is reads
        assert _allowed(tx, caller, "s3:PutObject") is writes


def test_roots_federated_session_has_roots_permissions(environment: Environment) -> None:
    issuer = {"type": "Root", "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root"}
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    caller = Caller("FederatedUser", ACCOUNT, f"{ACCOUNT}:guest", arn, session={"sessionIssuer": issuer})
    with environment.read() as tx:
        assert _allowed(tx, caller, "s3:PutObject")
        assert identity_policies(tx, caller._replace(session={})) is NOTHING


def test_a_group_alone_has_its_policies(environment: Environment) -> None:
    group = Group(ACCOUNT, "g", "AGPAG", NOW, inline={"p": _document("s3:*")})
    with environment.write() as tx:
        GROUPS.put(tx, group)
        assert [policy.name for policy in group_policies(tx, group).identity] == ["p"]
