"""Temporary credentials: an access key `ASIA…`, a secret, and a token that holds all there is to know.

Nothing is stored when credentials are issued. The token is a JSON document, sealed under the master key and
bound to its access key: whoever presents it brings the secret to verify the signature with, the identity,
and what conditions and session policies need. STS issues (`issue`), the gateway opens (`OpenTokens`) and asks
whether the credentials still stand (`standing`).

Credentials stop to stand when they expire, when their user or role is gone (one of the same name made later
is another), and when they are revoked: a document per user, role or root says from when on they count again.

| kind | name | members |
|---|---|---|
| session_revocation | unique id of the user or role (`AIDA…`, `AROA…`), account id of root | before, arn |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal

import orjson

from s3trail.kernel.caller import Caller, Rights, TemporaryCredentials
from s3trail.kernel.ids import Ids
from s3trail.state.config import documents
from s3trail.state.config.iam.roles import ROLES
from s3trail.state.config.identities import RIGHTS_POLICIES
from s3trail.state.config.secrets import Secrets, SecretsError
from s3trail.state.environment import Tx

__all__ = [
    "Holder",
    "IssuedCredentials",
    "OpenTokens",
    "Session",
    "issue",
    "open_token",
    "revoke",
    "revoked_before",
    "standing",
]

_OPENED = 4096
"""Tokens that a process keeps open."""
_KINDS = {"user": "user", "role": ROLES.kind}
_RIGHTS = tuple(RIGHTS_POLICIES.items())


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose permissions temporary credentials have."""

    kind: Literal["user", "role", "root"]
    account_id: str
    name: str
    """Name of the user or role; empty for root."""
    principal_id: str
    """`AIDA…`, `AROA…`, or root's account id."""


@dataclass(frozen=True, slots=True)
class Session:
    """Temporary credentials, opened."""

    caller: Caller
    """Who calls with them, without rights."""
    holder: Holder
    temporary: TemporaryCredentials
    """The same as `caller.temporary`."""
    secret: str = field(repr=False)
    """The secret access key."""


@dataclass(frozen=True, slots=True)
class IssuedCredentials:
    """Credentials as they are handed out, once."""

    access_key_id: str
    """`ASIA…`."""
    secret: str = field(repr=False)
    token: str = field(repr=False)
    expires: float
    """Epoch seconds."""


def issue(secrets: Secrets, ids: Ids, caller: Caller, holder: Holder) -> IssuedCredentials:
    """Make temporary credentials.

    Args:
        secrets: seals the token.
        ids: where the access key id and the secret come from.
        caller: who will call with them, with `temporary`; its access key id is set here.
        holder: whose permissions they have.
    """
    temporary = caller.temporary
    assert temporary is not None, "a caller with temporary credentials"
    key_id, secret = ids.unique_id("ASIA"), ids.secret_key()
    document = {
        "secret": secret,
        "type": caller.type,
        "account_id": caller.account_id,
        "principal_id": caller.principal_id,
        "arn": caller.arn,
        "user_name": caller.user_name,
        "session": dict(caller.session),
        "further": dict(caller.further),
        "temporary": asdict(temporary),
        "holder": asdict(holder),
    }
    token = secrets.seal(orjson.dumps(document).decode(), _context(key_id))
    return IssuedCredentials(key_id, secret, token, temporary.expires)


def open_token(secrets: Secrets, key_id: str, token: str) -> Session:
    """What a token holds.

    Raises:
        SecretsError: it isn't a token of this access key, or another master key sealed it.
    """
    try:
        document = orjson.loads(secrets.open(token, _context(key_id)))
        return _session(key_id, document)
    except (ValueError, KeyError, TypeError):
        # ValueError: of a text with surrogates, which is no token either.
        raise SecretsError(f"the token of {key_id} doesn't open") from None


class OpenTokens:
    """The tokens that one process has seen lately, opened; for its event loop's thread.

    Args:
        secrets: opens tokens.
        kept: how many are kept open.
    """

    def __init__(self, secrets: Secrets, kept: int = _OPENED) -> None:
        self._secrets = secrets
        self._kept = kept
        self._open: dict[tuple[str, str], Session] = {}

    def open(self, key_id: str, token: str) -> Session:
        """What a token holds.

        Raises:
            SecretsError: it isn't a token of this access key.
        """
        found = self._open.get((key_id, token))
        if found is None:
            found = open_token(self._secrets, key_id, token)
            if len(self._open) >= self._kept:
                self._open.clear()
            self._open[key_id, token] = found
        return found


def standing(tx: Tx, session: Session) -> Caller | None:
    """Who calls with unexpired credentials; None when they were revoked or their holder is gone."""
    holder = session.holder
    before = revoked_before(tx, holder.principal_id)
    if before is not None and session.temporary.issued < before:
        return None
    if holder.kind == "root":
        exists = documents.raw(tx, "account", holder.account_id) is not None
        return _with_rights(session, "admin") if exists else None
    found = documents.raw(tx, _KINDS[holder.kind], f"{holder.account_id}/{holder.name.lower()}")
    if found is None:
        return None
    principal_id, rights = _read_holder(found)
    return _with_rights(session, rights) if principal_id == holder.principal_id else None


def revoke(tx: Tx, principal_id: str, arn: str, before: float) -> None:
    """Make temporary credentials that were issued earlier invalid.

    Args:
        tx: a write transaction.
        principal_id: `AIDA…`, `AROA…`, or root's account id.
        arn: ARN of the user, role or root, to show it.
        before: epoch seconds; an earlier revocation is not taken back by one with an earlier time.
    """
    known = revoked_before(tx, principal_id)
    if known is None or known < before:
        documents.put(tx, "session_revocation", principal_id, {"before": before, "arn": arn})


def revoked_before(tx: Tx, principal_id: str) -> float | None:
    """Credentials issued before this time (epoch seconds) don't stand; None when none were revoked."""
    found = documents.get(tx, "session_revocation", principal_id)
    return None if found is None else float(found["before"])


def _with_rights(session: Session, rights: Rights) -> Caller:
    # Rights are all or nothing; what a session policy leaves of them only policies can say.
    return session.caller._replace(rights="none" if session.temporary.limited else rights)


def _session(key_id: str, document: Mapping[str, Any]) -> Session:
    kept = document["temporary"]
    temporary = TemporaryCredentials(
        **{
            **kept,
            "transitive_tags": tuple(kept["transitive_tags"]),
            "policy_arns": tuple(kept["policy_arns"]),
        }
    )
    caller = Caller(
        type=document["type"],
        account_id=document["account_id"],
        principal_id=document["principal_id"],
        arn=document["arn"],
        access_key_id=key_id,
        user_name=document["user_name"],
        session=document["session"],
        temporary=temporary,
        further=document["further"],
    )
    return Session(caller, Holder(**document["holder"]), temporary, document["secret"])


@lru_cache(maxsize=_OPENED)
def _read_holder(raw: bytes) -> tuple[str, Rights]:
    """Unique id and rights of a user or role."""
    document = orjson.loads(raw)
    rights = document.get("rights")
    if rights is None:
        attached = document.get("attached", ())
        rights = next((name for name, arns in _RIGHTS if arns and arns[0] in attached), "none")
    return document.get("user_id") or document["role_id"], rights


def _context(key_id: str) -> str:
    return f"session/{key_id}"
