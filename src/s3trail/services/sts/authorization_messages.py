"""DecodeAuthorizationMessage: why a call was denied, from what its answer carried."""

from __future__ import annotations

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Params, Result
from s3trail.services.sts.errors import InvalidAuthorizationMessage
from s3trail.state.config.authorization_messages import decode
from s3trail.state.config.secrets import Secrets, SecretsError
from s3trail.state.environment import Tx

__all__ = ["operations"]

_LONGEST = 10_240


def operations(secrets: Secrets) -> tuple[Operation, ...]:
    """The operation of this module."""

    def decode_authorization_message(_tx: Tx, call: Call, params: Params) -> Result:
        encoded = params["EncodedMessage"]
        if not 1 <= len(encoded) <= _LONGEST:
            raise InvalidAuthorizationMessage
        try:
            return {"DecodedMessage": decode(secrets, call.caller.account_id, encoded)}
        except SecretsError:
            raise InvalidAuthorizationMessage from None

    return (Operation("sts", "DecodeAuthorizationMessage", decode_authorization_message),)
