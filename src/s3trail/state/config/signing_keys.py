"""The key pairs that sign digests: RSA-2048, for each region its own, sealed at rest, changed every month.

A pair is valid for 30 days and signs for the first 29; the next one begins when it is first needed after
that, so that validities overlap. Which pair signs a digest follows from the end of the digest's range, not
from the clock: whoever asks for the keys of a range of time gets those of its digests.

A public key is handed out as the DER form of PKCS#1 `RSAPublicKey`; its fingerprint is the MD5 of these
bytes in hex (CloudTrail User Guide, "CloudTrail digest file structure"; both hold for published pairs).
A signature is PKCS#1 v1.5 over SHA-256.

Documents: kind `signing-key`, name `region/start-fingerprint`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from s3trail.state.config import documents
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Environment, Tx

__all__ = [
    "OVERLAP",
    "VALIDITY",
    "PublicKey",
    "Signer",
    "SigningKeys",
    "every",
    "fingerprint",
    "valid_between",
]

VALIDITY = 30 * 86400
"""Seconds."""
OVERLAP = 86400
"""Seconds before its end from which a key signs no more."""

_KIND = "signing-key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One of a region's public keys."""

    value: bytes
    """DER of PKCS#1 `RSAPublicKey`."""
    starts: int
    """Epoch seconds."""
    ends: int
    """Epoch seconds."""

    @property
    def fingerprint(self) -> str:
        """MD5 of `value` in hex."""
        return fingerprint(self.value)

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Whether the pair's private key has signed the text."""
        try:
            key = serialization.load_der_public_key(self.value)
            if not isinstance(key, rsa.RSAPublicKey):
                return False
            key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key in use."""

    fingerprint: str
    """Of its public key."""
    sign: Callable[[bytes], bytes]
    """The signature of a text."""


def fingerprint(value: bytes) -> str:
    """The fingerprint of a public key in the DER form of PKCS#1."""
    # AWS names keys by MD5; nothing rests on its strength.
    return hashlib.md5(value, usedforsecurity=False).hexdigest()


def every(tx: Tx, region: str) -> list[PublicKey]:
    """A region's public keys, older ones first."""
    return [
        PublicKey(base64.b64decode(document["public"]), document["starts"], document["ends"])
        for _, document in documents.scan(tx, _KIND, f"{region}/")
    ]


def valid_between(tx: Tx, region: str, start: float, end: float) -> list[PublicKey]:
    """The public keys of a region that are valid at some time of a range, older ones first.

    Args:
        tx: any transaction.
        region: whose digests they sign.
        start: epoch seconds.
        end: epoch seconds, included.
    """
    return [key for key in every(tx, region) if key.starts <= end and key.ends >= start]


class SigningKeys:
    """Gives the private keys, and makes them when they are needed. For one thread.

    Args:
        environment: holds the keys.
        secrets: seals and opens them.
    """

    def __init__(self, environment: Environment, secrets: Secrets) -> None:
        self._environment = environment
        self._secrets = secrets
        self._opened: dict[str, Signer] = {}

    def signer(self, region: str, at: float) -> Signer:
        """The key that signs what a region has at a time, for a digest the end of its range.

        Raises:
            SecretsError: the key was sealed under another master key.
            AuditUnavailable: a new key can't be written.
        """
        with self._environment.read() as tx:
            name = _name_at(tx, region, at)
        if name is None:
            name = self._make(region, at)
        found = self._opened.get(name)
        if found is None:
            with self._environment.read() as tx:
                found = self._opened[name] = self._open(tx, name)
        return found

    def _make(self, region: str, at: float) -> str:
        # Takes a good part of a second, so it is not for the write transaction.
        pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        value = pair.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        private = pair.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        starts = int(at)
        name = f"{region}/{starts:012d}-{fingerprint(value)}"
        document = {
            "public": base64.b64encode(value).decode(),
            "private": self._secrets.seal(private.decode(), f"{_KIND}/{name}"),
            "starts": starts,
            "ends": starts + VALIDITY,
        }
        with self._environment.write() as tx:
            known = _name_at(tx, region, at)
            if known is None:
                documents.put(tx, _KIND, name, document)
        return known or name

    def _open(self, tx: Tx, name: str) -> Signer:
        document: dict[str, Any] = documents.get(tx, _KIND, name) or {}
        private = self._secrets.open(document["private"], f"{_KIND}/{name}")
        pair = serialization.load_pem_private_key(private.encode(), password=None)
        assert isinstance(pair, rsa.RSAPrivateKey), "only RSA keys are made"

        def sign(text: bytes) -> bytes:
            return pair.sign(text, padding.PKCS1v15(), hashes.SHA256())

        return Signer(fingerprint(base64.b64decode(document["public"])), sign)


def _name_at(tx: Tx, region: str, at: float) -> str | None:
    """The key that signs at a time; None if one has to be made."""
    rows = list(documents.scan(tx, _KIND, f"{region}/"))
    begun = [(name, document) for name, document in rows if document["starts"] <= at]
    if not begun:
        return None
    name, document = begun[-1]
    # What is signed late is signed by the key of its time, if need be on the key's last day.
    superseded = len(begun) < len(rows)
    signs_until = document["ends"] if superseded else document["ends"] - OVERLAP
    return name if at < signs_until else None
