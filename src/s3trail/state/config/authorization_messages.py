"""Encoded authorization messages: why a call was denied, for those alone who may decode it.

The answer of a denied call may carry one: what was decided, on what request, by which statement. It is sealed
under the master key and bound to the account of the denied caller. Its form before sealing: JSON, compressed
with zlib, as base85.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from s3trail.state.config.secrets import Secrets, SecretsError

__all__ = ["decode", "encode"]

_LONGEST = 1 << 20
"""Bytes of a decoded message, so that a short text can't become a large one."""


def encode(secrets: Secrets, account_id: str, message: Mapping[str, Any]) -> str:
    """What a denied caller is given.

    Args:
        secrets: seals the message.
        account_id: whose callers may decode it.
        message: what to tell, in the form of the AWS STS API Reference, DecodeAuthorizationMessage:
            `allowed`, `explicitDeny`, `matchedStatements`, `failures`, `context`.
    """
    packed = base64.b85encode(zlib.compress(orjson.dumps(message))).decode()
    return secrets.seal(packed, _context(account_id))


def decode(secrets: Secrets, account_id: str, encoded: str) -> str:
    """The message as JSON.

    Raises:
        SecretsError: it isn't a message for that account.
    """
    try:
        packed = base64.b85decode(secrets.open(encoded, _context(account_id)))
    except ValueError:
        # Of a text with characters that no sealed secret has.
        raise SecretsError("the message doesn't open") from None
    return zlib.decompressobj().decompress(packed, _LONGEST).decode()


def _context(account_id: str) -> str:
    return f"authorization_message/{account_id}"
