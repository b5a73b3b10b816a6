"""Secrets at rest: sealing, binding to a context, and the master key's file."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from s3trail.state.config.secrets import Secrets, SecretsError, load, load_or_make

KEY = bytes(range(32))


def test_opens_what_it_sealed() -> None:
    secrets = Secrets(KEY)
    sealed = secrets.seal("wJalr/K7MDENG", "access_key/AKIA1")
    assert "wJalr" not in sealed
    assert secrets.open(sealed, "access_key/AKIA1") == "wJalr/K7MDENG"


def test_seals_the_same_secret_differently_each_time() -> None:
    assert Secrets(KEY).seal("a", "b") != Secrets(KEY).seal("a", "b")


def test_refuses_another_context_key_or_altered_bytes() -> None:
    sealed = Secrets(KEY).seal("secret", "access_key/AKIA1")
    altered = bytearray(base64.b64decode(sealed))
    altered[-1] ^= 1
    for secrets, text, context in (
        (Secrets(KEY), sealed, "access_key/AKIA2"),
        (Secrets(bytes(32)), sealed, "access_key/AKIA1"),
        (Secrets(KEY), base64.b64encode(altered).decode(), "access_key/AKIA1"),
        (Secrets(KEY), "not base64!", "access_key/AKIA1"),
        (Secrets(KEY), "", "access_key/AKIA1"),
    ):
        with pytest.raises(SecretsError, match=context):
            secrets.open(text, context)


def test_makes_a_private_key_file_once(tmp_path: Path) -> None:
    sealed = load_or_make(tmp_path, {}).seal("secret", "x")
    path = tmp_path / "secrets" / "master.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["master.key"]
    assert load_or_make(tmp_path, {}).open(sealed, "x") == "secret"
    assert load(tmp_path, {}).open(sealed, "x") == "secret"


def test_environment_holds_the_key_instead_of_the_disk(tmp_path: Path) -> None:
    environ = {"S3TRAIL_MASTER_KEY": base64.b64encode(KEY).decode()}
    assert load_or_make(tmp_path, environ).open(Secrets(KEY).seal("secret", "x"), "x") == "secret"
    assert not (tmp_path / "secrets").exists()


def test_refuses_a_missing_key(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="there is no master key"):
        load(tmp_path, {})


def test_refuses_a_key_file_that_others_may_read(tmp_path: Path) -> None:
    load_or_make(tmp_path, {})
    (tmp_path / "secrets" / "master.key").chmod(0o640)
    with pytest.raises(SecretsError, match="chmod 600"):
        load(tmp_path, {})


@pytest.mark.parametrize("text", ["", "short", base64.b64encode(bytes(31)).decode(), "ä" * 44])
def test_refuses_what_is_no_key_without_showing_it(tmp_path: Path, text: str) -> None:
    load_or_make(tmp_path, {})
    (tmp_path / "secrets" / "master.key").write_text(text)
    with pytest.raises(SecretsError, match="doesn't hold a master key") as caught:
        load(tmp_path, {})
    assert not text or text not in str(caught.value)
