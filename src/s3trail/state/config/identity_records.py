"""Audit records of identities that are made outside the API: at the first start, and by the command line.

They are AwsServiceEvents invoked by `s3trail`, named as the IAM and Organizations calls that would do the
same. The records go into the transaction that makes the identity, so that there is never the one without the
other. IAM and Organizations are global services, whose records AWS writes in us-east-1.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from s3trail.audit import build
from s3trail.journal import journal
from s3trail.kernel.clock import Clock, iso_seconds
from s3trail.kernel.ids import Ids
from s3trail.state.environment import Tx

if TYPE_CHECKING:
    from s3trail.state.config.identities import AccessKey, Account, User

__all__ = [
    "account_created",
    "identity_context_made",
    "issuer_keys_given",
    "sessions_revoked",
    "user_created",
]

_INVOKED_BY = "s3trail"
_REGION = "us-east-1"
_IAM = "iam.amazonaws.com"
_STS = "sts.amazonaws.com"
_ORGANIZATIONS = "organizations.amazonaws.com"


def account_created(tx: Tx, ids: Ids, clock: Clock, account: Account, key: AccessKey) -> None:
    """Journal an account and its root key.

    Args:
        tx: the write transaction that makes them.
        ids: where event ids come from.
        clock: gives the time of the records.
        account: the new account.
        key: its root key.
    """
    made = {"accountId": account.account_id, "accountName": account.name}
    _append(
        tx,
        ids,
        clock,
        account.account_id,
        ((_ORGANIZATIONS, "CreateAccount", made), (_IAM, "CreateAccessKey", {"accessKeyId": key.key_id})),
    )


def user_created(tx: Tx, ids: Ids, clock: Clock, user: User, key: AccessKey) -> None:
    """Journal a user and its access key.

    Args:
        tx: the write transaction that makes them.
        ids: where event ids come from.
        clock: gives the time of the records.
        user: the new user.
        key: its key.
    """
    made = {"userName": user.user_name, "userId": user.user_id, "rights": user.rights}
    keyed = {"userName": user.user_name, "accessKeyId": key.key_id}
    _append(tx, ids, clock, user.account_id, ((_IAM, "CreateUser", made), (_IAM, "CreateAccessKey", keyed)))


def sessions_revoked(tx: Tx, ids: Ids, clock: Clock, account_id: str, arn: str, before: float) -> None:
    """Journal that temporary credentials of a user, role or root that were issued earlier are invalid.

    Args:
        tx: the write transaction that makes them so.
        ids: where event ids come from.
        clock: gives the time of the record.
        account_id: whose they are.
        arn: of the user, role or root.
        before: epoch seconds.
    """
    told = {"principalArn": arn, "issuedBefore": iso_seconds(before)}
    _append(tx, ids, clock, account_id, ((_STS, "RevokeSessions", told),))


def identity_context_made(
    tx: Tx,
    ids: Ids,
    clock: Clock,
    account_id: str,
    *,
    user_id: str,
    identity_store_arn: str,
    credential_id: str,
) -> None:
    """Journal that a context assertion was made, without which nobody acts on a user's behalf."""
    told = {"userId": user_id, "identityStoreArn": identity_store_arn, "credentialId": credential_id}
    _append(tx, ids, clock, account_id, ((_STS, "CreateIdentityContext", told),))


def issuer_keys_given(
    tx: Tx, ids: Ids, clock: Clock, account_id: str, issuer: str, key_ids: Sequence[str]
) -> None:
    """Journal which keys of an identity provider are trusted; none: it is asked for them."""
    told = {"url": issuer, "keyIds": list(key_ids)}
    _append(tx, ids, clock, account_id, ((_IAM, "PutOpenIDConnectProviderKeys", told),))


def _append(
    tx: Tx, ids: Ids, clock: Clock, account_id: str, events: tuple[tuple[str, str, dict[str, Any]], ...]
) -> None:
    now = clock.now()
    by = {"operatingSystemUser": _operating_system_user()}
    records = [
        build.service_event(
            account_id=account_id,
            region=_REGION,
            source=source,
            name=name,
            invoked_by=_INVOKED_BY,
            details={**details, **by},
            time=now,
            ids=ids,
        )
        for source, name, details in events
    ]
    journal.append_all(tx, now, records)


def _operating_system_user() -> str:
    """Name of the user of this process; the number if it has none, as in many containers."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
