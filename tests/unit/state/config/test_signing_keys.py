"""Signing keys: which key signs when, what is handed out, what lies on the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3trail.state.config import signing_keys
from s3trail.state.config.secrets import Secrets, SecretsError
from s3trail.state.config.signing_keys import OVERLAP, VALIDITY, SigningKeys
from s3trail.state.environment import Environment

NOW = 1_800_000_000


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    made = Environment(tmp_path)
    yield made
    made.close()


@pytest.fixture
def keys(environment: Environment) -> SigningKeys:
    return SigningKeys(environment, Secrets(bytes(32)))


def listed(environment: Environment, region: str = "us-east-1") -> list[signing_keys.PublicKey]:
    with environment.read() as tx:
        return signing_keys.every(tx, region)


def test_signature_is_verified_by_the_public_key(environment: Environment, keys: SigningKeys) -> None:
    signature = keys.signer("us-east-1", NOW).sign(b"text")
    (public,) = listed(environment)
    assert public.verifies(signature, b"text")
    assert not public.verifies(signature, b"Text")
    assert not public.verifies(b"", b"text")


def test_public_key_is_pkcs1_and_named_by_its_md5(environment: Environment, keys: SigningKeys) -> None:
    signer = keys.signer("us-east-1", NOW)
    (public,) = listed(environment)
    # SEQUENCE { INTEGER modulus of 257 bytes, INTEGER 65537 }, without an algorithm identifier.
    assert public.value[:9] == bytes.fromhex("3082010a0282010100")
    assert public.value[-5:] == bytes.fromhex("0203010001")
    assert signer.fingerprint == public.fingerprint == hashlib.md5(public.value).hexdigest()


def test_each_region_has_its_own(environment: Environment, keys: SigningKeys) -> None:
    assert keys.signer("us-east-1", NOW).fingerprint != keys.signer("eu-west-1", NOW).fingerprint
    assert [len(listed(environment, region)) for region in ("us-east-1", "eu-west-1")] == [1, 1]


def test_key_signs_until_a_day_before_its_end(environment: Environment, keys: SigningKeys) -> None:
    first = keys.signer("us-east-1", NOW).fingerprint
    assert keys.signer("us-east-1", NOW + VALIDITY - OVERLAP - 1).fingerprint == first
    second = keys.signer("us-east-1", NOW + VALIDITY - OVERLAP).fingerprint
    assert second != first
    one, two = listed(environment)
    assert (one.starts, one.ends) == (NOW, NOW + 30 * 86400)
    assert two.starts == one.ends - 86400


def test_late_digest_is_signed_by_the_key_of_its_time(environment: Environment, keys: SigningKeys) -> None:
    first = keys.signer("us-east-1", NOW).fingerprint
    keys.signer("us-east-1", NOW + VALIDITY - 600)
    assert keys.signer("us-east-1", NOW + VALIDITY - 601).fingerprint == first
    assert len(listed(environment)) == 2


def test_two_processes_make_one_key(environment: Environment, keys: SigningKeys) -> None:
    other = SigningKeys(environment, Secrets(bytes(32)))
    assert keys.signer("us-east-1", NOW).fingerprint == other.signer("us-east-1", NOW).fingerprint
    assert len(listed(environment)) == 1


def test_validity_is_overlap_with_the_range(environment: Environment, keys: SigningKeys) -> None:
    keys.signer("us-east-1", NOW)
    end = NOW + VALIDITY
    with environment.read() as tx:

        def found(start: float, until: float) -> int:
            return len(signing_keys.valid_between(tx, "us-east-1", start, until))

        assert [
            found(NOW - 9, NOW - 1),
            found(NOW - 9, NOW),
            found(end, end + 9),
            found(end + 1, end + 9),
        ] == [
            0,
            1,
            1,
            0,
        ]


def test_private_key_is_sealed(environment: Environment, keys: SigningKeys, tmp_path: Path) -> None:
    keys.signer("us-east-1", NOW)
    assert b"PRIVATE KEY" not in (tmp_path / "journal" / "data.mdb").read_bytes()
    with pytest.raises(SecretsError):
        SigningKeys(environment, Secrets(bytes(31) + b"x")).signer("us-east-1", NOW)
