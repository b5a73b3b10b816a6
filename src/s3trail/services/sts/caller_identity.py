"""GetCallerIdentity and GetAccessKeyInfo: whose credentials these are."""

from __future__ import annotations

import re
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Params, Result
from s3trail.services.sts.errors import ValidationError
from s3trail.services.sts.parameters import checked
from s3trail.state.config import identities
from s3trail.state.environment import Tx

__all__ = ["operations"]

_WORD = re.compile(r"[\w]*", re.ASCII)


def operations() -> tuple[Operation, ...]:
    """The operations of this module."""
    return (
        Operation("sts", "GetCallerIdentity", _get_caller_identity),
        Operation("sts", "GetAccessKeyInfo", _get_access_key_info),
    )


def _get_caller_identity(_tx: Tx, call: Call, _params: dict[str, Any]) -> Result:
    caller = call.caller
    return {"UserId": caller.principal_id, "Account": caller.account_id, "Arn": caller.arn}


def _get_access_key_info(tx: Tx, _call: Call, params: Params) -> Result:
    """The account of an access key.

    Temporary keys aren't stored anywhere but in their tokens, so theirs can't be told.

    Raises:
        ValidationError: it has another form, or is no key of this server.
    """
    key_id = checked(params["AccessKeyId"], "accessKeyId", _WORD, 16, 128)
    key = identities.find_access_key(tx, key_id)
    if key is None:
        raise ValidationError(f"The access key id {key_id} is not known here.")
    return {"Account": key.account_id}
