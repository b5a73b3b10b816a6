"""CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed.

Without `UserName` they are about the caller's own keys, which for root are the account's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam.errors import NoSuchEntity, quota
from s3trail.services.iam.paging import page
from s3trail.services.iam.subjects import user_or_root
from s3trail.state.config import identities
from s3trail.state.config.iam import key_usage
from s3trail.state.config.identities import AccessKey
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Tx

__all__ = ["MOST_KEYS", "operations"]

MOST_KEYS = 2
"""Of a user."""

_NEVER = "N/A"


def operations(secrets: Secrets, ids: Ids, clock: Clock) -> tuple[Operation, ...]:
    """The operations on access keys.

    Args:
        secrets: seals the secret access keys.
        ids: ids and secrets of keys.
        clock: times of creation.
    """

    def create_access_key(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        user = user_or_root(tx, call, params)
        account_id = call.caller.account_id
        if len(identities.access_keys(tx, account_id, user)) >= MOST_KEYS:
            raise quota("AccessKeysPerUser", MOST_KEYS)
        made = identities.create_access_key(tx, secrets, ids, clock, account_id, user)
        return {
            "AccessKey": {
                "UserName": made.access_key.user_name or None,
                "AccessKeyId": made.access_key.key_id,
                "Status": made.access_key.status,
                "SecretAccessKey": made.secret,
                "CreateDate": made.access_key.created,
            }
        }

    return (
        Operation("iam", "CreateAccessKey", create_access_key, writes=True),
        Operation("iam", "ListAccessKeys", _list_access_keys),
        Operation("iam", "UpdateAccessKey", _update_access_key, writes=True),
        Operation("iam", "DeleteAccessKey", _delete_access_key, writes=True),
        Operation("iam", "GetAccessKeyLastUsed", _get_access_key_last_used),
    )


def _list_access_keys(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    user = user_or_root(tx, call, params)
    keys = identities.access_keys(tx, call.caller.account_id, user)
    shown, more = page(keys, params, lambda key: f"{key.created:020.6f}/{key.key_id}")
    return {
        "AccessKeyMetadata": [
            {
                "UserName": key.user_name or None,
                "AccessKeyId": key.key_id,
                "Status": key.status,
                "CreateDate": key.created,
            }
            for key in shown
        ],
        **more,
    }


def _update_access_key(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    key = _own_key(tx, call, params)
    identities.set_access_key_status(tx, key.key_id, params["Status"])
    return {}


def _delete_access_key(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    key = _own_key(tx, call, params)
    identities.delete_access_key(tx, key.key_id)
    return {}


def _get_access_key_last_used(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    key = identities.find_access_key(tx, params["AccessKeyId"])
    if key is None or key.account_id != call.caller.account_id:
        raise _no_such_key(params["AccessKeyId"])
    use = key_usage.last_use(tx, key.key_id)
    return {
        "UserName": key.user_name or None,
        "AccessKeyLastUsed": {
            "LastUsedDate": None if use is None else use.time,
            "ServiceName": _NEVER if use is None else use.service,
            "Region": _NEVER if use is None else use.region,
        },
    }


def _own_key(tx: Tx, call: Call, params: Mapping[str, Any]) -> AccessKey:
    """The key that `AccessKeyId` names, if it belongs to the user that the call is about."""
    user = user_or_root(tx, call, params)
    key = identities.find_access_key(tx, params["AccessKeyId"])
    owner = user.user_name if user is not None else ""
    if key is None or (key.account_id, key.user_name) != (call.caller.account_id, owner):
        raise _no_such_key(params["AccessKeyId"])
    return key


def _no_such_key(key_id: str) -> NoSuchEntity:
    return NoSuchEntity(f"The Access Key with id {key_id} cannot be found.")
