"""Public keys of OpenID Connect providers that were given, for issuers that the server can't reach.

| kind | name | members |
|---|---|---|
| oidc_keys | issuer without `https://` | keys: the `keys` of a JSON Web Key Set (RFC 7517) |
"""

from __future__ import annotations

from typing import Any

from s3trail.state.config import documents
from s3trail.state.environment import Tx

__all__ = ["find", "put", "remove"]


def find(tx: Tx, issuer: str) -> list[dict[str, Any]] | None:
    """The keys that were given for an issuer; None when it is to be asked."""
    found = documents.get(tx, "oidc_keys", issuer)
    return None if found is None else list(found["keys"])


def put(tx: Tx, issuer: str, keys: list[dict[str, Any]]) -> None:
    """Trust these keys of an issuer, and ask it for none."""
    documents.put(tx, "oidc_keys", issuer, {"keys": keys})


def remove(tx: Tx, issuer: str) -> bool:
    """Ask the issuer again; False when no keys were given."""
    return documents.delete(tx, "oidc_keys", issuer)
