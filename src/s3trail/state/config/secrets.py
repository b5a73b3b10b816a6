"""Secrets at rest: sealed with AES-256-GCM under a master key that lies outside the configuration.

The master key is 32 bytes, as base64 in `DATA/secrets/master.key` (mode 0600, made at the first start) or in
the environment variable `S3TRAIL_MASTER_KEY`, which then leaves no key on the disk that it protects. Whoever
has the journal's file but not the key can read configuration and records, but no secret access key.

A sealed secret is base64 of: version 1 (1 byte), nonce (12 random bytes), ciphertext and tag. It is bound to
a context, such as `access_key/AKIA...`: moved to another document it doesn't open.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["MASTER_KEY_VARIABLE", "Secrets", "SecretsError", "load", "load_or_make"]

MASTER_KEY_VARIABLE = "S3TRAIL_MASTER_KEY"

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class SecretsError(Exception):
    """The master key is missing, unreadable or not the one that sealed; the message says which."""


class Secrets:
    """Seals and opens with one master key. Safe to use from several threads.

    Args:
        master_key: 32 random bytes.
    """

    __slots__ = ("_cipher",)

    def __init__(self, master_key: bytes) -> None:
        self._cipher = AESGCM(master_key)

    def seal(self, secret: str, context: str) -> str:
        """The secret, encrypted, as text for a document.

        Args:
            secret: what to hide.
            context: where it belongs (kind and name of its document); needed again to open it.
        """
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), _VERSION + context.encode())
        return base64.b64encode(_VERSION + nonce + sealed).decode()

    def open(self, sealed: str, context: str) -> str:
        """The secret again.

        Raises:
            SecretsError: another master key or context sealed it, or it was altered.
        """
        try:
            data = base64.b64decode(sealed, validate=True)
            nonce, rest = data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :]
            return self._cipher.decrypt(nonce, rest, data[:1] + context.encode()).decode()
        except (InvalidTag, ValueError):
            raise SecretsError(
                f"the secret of {context} doesn't open: the master key isn't the one that sealed it"
            ) from None


def load(root: Path, environ: Mapping[str, str]) -> Secrets:
    """The secrets of a data directory.

    Args:
        root: the data directory.
        environ: where `S3TRAIL_MASTER_KEY` may be.

    Raises:
        SecretsError: no key, an unreadable one, or a key file that others may read.
    """
    if environ.get(MASTER_KEY_VARIABLE):
        return Secrets(
            _decode(environ[MASTER_KEY_VARIABLE], f"the environment variable {MASTER_KEY_VARIABLE}")
        )
    path = _path(root)
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise SecretsError(f"{path} may be read by others; `chmod 600` it")
            text = file.read()
    except FileNotFoundError:
        raise SecretsError(f"there is no master key at {path}, and {MASTER_KEY_VARIABLE} isn't set") from None
    except OSError as error:
        raise SecretsError(f"{path} can't be read: {error.strerror}") from None
    return Secrets(_decode(text, str(path)))


def load_or_make(root: Path, environ: Mapping[str, str]) -> Secrets:
    """Like `load`, but makes the key file if there is no key yet. If several processes do so, one key wins.

    Raises:
        SecretsError: as `load`; or the file can't be written.
    """
    path = _path(root)
    if not environ.get(MASTER_KEY_VARIABLE) and not path.exists():
        try:
            _make(path)
        except OSError as error:
            raise SecretsError(f"{path} can't be made: {error.strerror}") from None
    return load(root, environ)


def _path(root: Path) -> Path:
    return root / "secrets" / "master.key"


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".master.key.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link doesn't replace a key that another process has just made.
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink()


def _decode(text: str, source: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SecretsError(f"{source} doesn't hold a master key: base64 of {_KEY_BYTES} bytes is wanted")
    return key
