"""Account aliases: a name for an account, unique in the server; an account has one at most."""

from __future__ import annotations

from s3trail.state.config import documents
from s3trail.state.environment import Tx

__all__ = ["alias_of", "delete", "owner_of", "put"]

_KIND = "account_alias"


def alias_of(tx: Tx, account_id: str) -> str | None:
    """The account's alias; None when it has none."""
    for alias, found in documents.scan(tx, _KIND):
        if found["account_id"] == account_id:
            return alias
    return None


def owner_of(tx: Tx, alias: str) -> str | None:
    """Id of the account that has the alias; None when none has."""
    found = documents.get(tx, _KIND, alias)
    return None if found is None else str(found["account_id"])


def put(tx: Tx, account_id: str, alias: str) -> None:
    """Give the account an alias, in place of the one it has."""
    before = alias_of(tx, account_id)
    if before is not None:
        delete(tx, before)
    documents.put(tx, _KIND, alias, {"account_id": account_id})


def delete(tx: Tx, alias: str) -> None:
    """Take the alias away."""
    documents.delete(tx, _KIND, alias)
