"""When each access key was last used, as documents of kind `access_key_usage` by access key id.

`consumers.key_usage` writes them from the journal; GetAccessKeyLastUsed reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from s3trail.state.config import documents
from s3trail.state.environment import Tx

__all__ = ["KeyUse", "last_use", "note"]

_KIND = "access_key_usage"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """The last call that a key signed."""

    time: float
    """Epoch seconds."""
    service: str
    """Service as in `s3.amazonaws.com`, without the domain."""
    region: str


def last_use(tx: Tx, key_id: str) -> KeyUse | None:
    """The key's last use; None when it hasn't been used."""
    found = documents.get(tx, _KIND, key_id)
    return None if found is None else KeyUse(found["time"], found["service"], found["region"])


def note(tx: Tx, uses: Mapping[str, KeyUse]) -> None:
    """Write down later uses by access key id."""
    for key_id, use in uses.items():
        document = {"time": use.time, "service": use.service, "region": use.region}
        documents.put(tx, _KIND, key_id, document)
