"""The organization: all accounts of the server, managed by the first of them.

Its id is made when the first trail of the organization is. Document: kind `organization`, name `id`.
"""

from __future__ import annotations

from s3trail.kernel.ids import Ids
from s3trail.state.config import documents, identities
from s3trail.state.environment import Tx

__all__ = ["made_id", "manages"]

_KIND, _NAME = "organization", "id"


def manages(tx: Tx, account_id: str) -> bool:
    """Whether an account is the management account."""
    first = identities.first_account(tx)
    return first is not None and first.account_id == account_id


def made_id(tx: Tx, ids: Ids) -> str:
    """The organization's id, `o-` and ten characters (AWS Organizations API, `OrganizationId`)."""
    found = documents.get(tx, _KIND, _NAME)
    if found is None:
        found = {"id": f"o-{ids.hex(5)}"}
        documents.put(tx, _KIND, _NAME, found)
    return str(found["id"])
