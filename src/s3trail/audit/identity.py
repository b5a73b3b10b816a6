"""Who a record says called, and whose record it is: `userIdentity` and `recipientAccountId`.

Member order and presence: reference sheet `cloudtrail-records.md`, section 2. Our choices: an anonymous
caller has `ANONYMOUS_PRINCIPAL` both as account and as principal, because published queries test either; a
caller whom authentication could not make out is `Unknown`, with the access key id that the request named if
it has the form of one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import orjson

from s3trail.audit.exchange import Exchange
from s3trail.kernel.caller import Caller

__all__ = ["recipient", "shared", "user_identity"]

_FEDERATED = frozenset({"SAMLUser", "WebIdentityUser"})
"""Callers whom an identity provider vouched for; STS has found the role that they name."""
_ACCESS_KEY_ID = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{12,124}")


def _members(
    kind: str, principal_id: str, arn: str, account_id: str, access_key_id: str, user_name: str
) -> dict[str, Any]:
    named = {
        "type": kind,
        "principalId": principal_id,
        "arn": arn,
        "accountId": account_id,
        "accessKeyId": access_key_id,
        "userName": user_name,
    }
    return {name: value for name, value in named.items() if value}


@lru_cache(maxsize=4096)
def _without_session(
    kind: str,
    principal_id: str,
    arn: str,
    account_id: str,
    access_key_id: str,
    user_name: str,
    invoked_by: str,
) -> orjson.Fragment:
    identity = _members(kind, principal_id, arn, account_id, access_key_id, user_name)
    if invoked_by:
        identity["invokedBy"] = invoked_by
    return orjson.Fragment(orjson.dumps(identity))


def user_identity(caller: Caller) -> orjson.Fragment | dict[str, Any]:
    """`userIdentity`. Callers with lasting credentials are few, so theirs is kept as JSON text."""
    kind = caller.type
    if kind == "AWSService":
        return _without_session(kind, "", "", "", "", "", caller.invoked_by)
    if kind == "Unknown":
        # What stands where a key id should be may be anything that a confused client sent, a secret for one.
        key = caller.access_key_id if _ACCESS_KEY_ID.fullmatch(caller.access_key_id) else ""
        return orjson.Fragment(orjson.dumps(_members(kind, "", "", "", key, "")))
    if not caller.session and not caller.further:
        return _without_session(
            kind,
            caller.principal_id,
            caller.arn,
            caller.account_id,
            caller.access_key_id,
            caller.user_name,
            caller.invoked_by,
        )
    identity = _members(
        kind, caller.principal_id, caller.arn, caller.account_id, caller.access_key_id, caller.user_name
    )
    if caller.session:
        identity["sessionContext"] = dict(caller.session)
    identity.update(caller.further)
    if caller.invoked_by:
        identity["invokedBy"] = caller.invoked_by
    return identity


def recipient(exchange: Exchange) -> str:
    """`recipientAccountId`: the caller's account, else that of the bucket, else the server's first.

    Who shows the token of an identity provider belongs to no account: the role's receives the record.
    """
    caller = exchange.call.caller
    if caller.account_id and not caller.anonymous and caller.type != "AWSService":
        return caller.account_id
    if caller.type in _FEDERATED:
        role: str = exchange.params["RoleArn"]
        return role.split(":")[4]
    return exchange.bucket_account or exchange.default_account


def shared(caller: Caller) -> bool:
    """Is there a `sharedEventID`? Real records have one if the caller was anonymous or a service itself."""
    return caller.anonymous or caller.type == "AWSService"
