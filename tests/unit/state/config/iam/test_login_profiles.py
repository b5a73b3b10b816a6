"""Passwords at rest: hashed with a salt of their own."""

from __future__ import annotations

import base64

from s3trail.state.config.iam.login_profiles import hashed, matches


def test_only_the_password_matches() -> None:
    kept = hashed("Correct-horse-9")
    assert matches("Correct-horse-9", kept)
    assert not matches("correct-horse-9", kept)


def test_the_same_password_is_kept_differently() -> None:
    first, second = hashed("Correct-horse-9"), hashed("Correct-horse-9")
    assert first != second
    assert "Correct-horse-9" not in first


def test_checks_with_the_parameters_it_was_kept_with() -> None:
    # RFC 7914, section 12: password "pleaseletmein", salt "SodiumChloride",
    # N=16384, r=8, p=1; its first 32 bytes.
    derived = "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    kept = f"scrypt$16384$8$1$U29kaXVtQ2hsb3JpZGU=${base64.b64encode(bytes.fromhex(derived)).decode()}"
    assert matches("pleaseletmein", kept)
