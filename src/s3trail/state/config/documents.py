"""What people asked for, as small JSON documents: accounts, users, access keys, trails.

A document is addressed by kind and name (`trail`, `us-east-1/123456789012/my-trail`); names sort within
their kind. It
lives in the `config` database of the environment, so that a change commits with its audit record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from s3trail.state.environment import Tx

__all__ = ["count", "delete", "get", "put", "raw", "scan"]


def _key(kind: str, name: str) -> bytes:
    return f"{kind}\0{name}".encode()


def get(tx: Tx, kind: str, name: str) -> dict[str, Any] | None:
    """A document; None when there is none of that name."""
    found = tx.get("config", _key(kind, name))
    if found is None:
        return None
    document: dict[str, Any] = orjson.loads(found)
    return document


def raw(tx: Tx, kind: str, name: str) -> bytes | None:
    """A document's JSON, for what is remembered by it; None when there is none of that name."""
    return tx.get("config", _key(kind, name))


def put(tx: Tx, kind: str, name: str, document: dict[str, Any]) -> None:
    """Write a document, replacing what is there."""
    tx.put("config", _key(kind, name), orjson.dumps(document))


def delete(tx: Tx, kind: str, name: str) -> bool:
    """Remove a document; False when there was none."""
    return tx.delete("config", _key(kind, name))


def count(tx: Tx, kind: str, prefix: str = "") -> int:
    """How many documents of a kind have names that begin with `prefix`."""
    return sum(1 for _ in tx.scan("config", _key(kind, prefix)))


def scan(tx: Tx, kind: str, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and documents of a kind whose names begin with `prefix`, in order of name."""
    start = _key(kind, prefix)
    cut = len(kind) + 1
    for key, value in tx.scan("config", start):
        yield key[cut:].decode(), orjson.loads(value)
