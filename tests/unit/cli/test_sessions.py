"""`s3trail session`: revocations, identity contexts and given keys, each with its record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from s3trail.journal import journal
from s3trail.services.sts import identity_context
from s3trail.state.config import identities, oidc_keys, secrets, sessions
from s3trail.state.environment import Environment
from tests.unit.cli.conftest import Run

STORE = "arn:aws:identitystore::123456789012:identitystore/d-1234567890"
URL = "https://token.example.org"
KEY = {"kty": "EC", "crv": "P-256", "kid": "k1", "x": "AA", "y": "AA"}


def account_of(data: Path) -> str:
    """Id of the first account."""
    environment = Environment(data, readonly=True)
    with environment.read() as tx:
        found = identities.first_account(tx)
    environment.close()
    assert found is not None
    return found.account_id


def last_record(data: Path) -> dict[str, Any]:
    """The newest record."""
    environment = Environment(data, readonly=True)
    with environment.read() as tx:
        *_, entry = journal.read(tx, 0)
    environment.close()
    record: dict[str, Any] = orjson.loads(entry.record)
    return record


def test_revoke_takes_root_and_users(started: Path, run: Run) -> None:
    account = account_of(started)
    user = json.loads(run("user", "add", "ann", "-o", "json").out)
    for arn, principal_id in ((f"arn:aws:iam::{account}:root", account), (user["Arn"], user["UserId"])):
        outcome = run("session", "revoke", arn)
        assert outcome.code == 0
        assert outcome.out.startswith(f"temporary credentials of {arn} issued before ")
        record = last_record(started)
        assert (record["eventName"], record["recipientAccountId"]) == ("RevokeSessions", account)
        assert record["serviceEventDetails"]["principalArn"] == arn
        environment = Environment(started, readonly=True)
        with environment.read() as tx:
            assert sessions.revoked_before(tx, principal_id) is not None
        environment.close()


@pytest.mark.parametrize("arn", ["ann", "arn:aws:iam::{}:user/none", "arn:aws:iam::1:root", "arn:aws:s3:::b"])
def test_revoke_names_what_it_does_not_know(started: Path, run: Run, arn: str) -> None:
    arn = arn.format(account_of(started))
    outcome = run("session", "revoke", arn)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"s3trail: there is no user, role or root with the ARN {arn}\n"
    assert last_record(started)["eventName"] != "RevokeSessions"


def test_an_identity_context_is_taken_by_the_accounts_roles(started: Path, run: Run) -> None:
    outcome = run("session", "identity-context", "u-1", "--identity-store", STORE)
    assert outcome.code == 0
    assertion = outcome.out.strip()
    given = [{"ProviderArn": identity_context.IDENTITY_CENTER, "ContextAssertion": assertion}]
    found = identity_context.on_behalf_of(secrets.load(started, {}), account_of(started), given, 0.0)
    record = last_record(started)
    assert record["eventName"] == "CreateIdentityContext"
    assert found["onBehalfOf"] == {"userId": "u-1", "identityStoreArn": STORE}
    assert found["credentialId"] == record["serviceEventDetails"]["credentialId"]
    assert assertion not in str(record)


@pytest.mark.usefixtures("started")
def test_an_identity_context_needs_a_store(run: Run) -> None:
    outcome = run("session", "identity-context", "u-1", "--identity-store", "d-1")
    assert outcome.code == 2
    assert "d-1 isn't the ARN of an identity store" in outcome.err


def test_keys_are_given_and_taken_back(started: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [KEY]}))
    assert run("session", "issuer-keys", URL, str(file)).out == f"1 keys of {URL} are trusted\n"
    environment = Environment(started, readonly=True)
    with environment.read() as tx:
        assert oidc_keys.find(tx, "token.example.org") == [KEY]
    environment.close()
    details = last_record(started)["serviceEventDetails"]
    assert (details["url"], details["keyIds"]) == (URL, ["k1"])
    assert run("session", "issuer-keys", URL).out == f"{URL} is asked for its keys\n"
    assert run("session", "issuer-keys", URL).code == 1


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x", "holds no JSON Web Key Set"),
        ("[]", "holds no JSON Web Key Set"),
        ('{"keys": []}', "holds no JSON Web Key Set"),
        (json.dumps({"keys": [{**KEY, "d": "AA"}]}), "holds a private key"),
    ],
)
def test_keys_are_public_keys(run: Run, tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    outcome = run("session", "issuer-keys", URL, str(file))
    assert outcome.code == 1
    assert told in outcome.err


@pytest.mark.usefixtures("started")
def test_an_issuer_has_an_https_url(run: Run) -> None:
    assert run("session", "issuer-keys", "http://token.example.org").code == 2
