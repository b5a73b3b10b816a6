"""ListPublicKeys: the keys that verify the signatures of digests.

Input: a range of time. Output: all keys of the call's region that are valid in it, in one page, for the aws
cli looks at no second one.
"""

from __future__ import annotations

from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.operation import Operation, Result
from s3trail.services.cloudtrail.errors import InvalidTimeRangeException, InvalidTokenException
from s3trail.state.config import signing_keys
from s3trail.state.environment import Tx

__all__ = ["operations"]


def operations(clock: Clock) -> tuple[Operation, ...]:
    """The operation on public keys; `clock` gives the times that a call leaves out."""

    def list_public_keys(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        if params.get("NextToken"):
            raise InvalidTokenException("The NextToken is invalid: the keys are always on one page.")
        now = clock.now()
        start, end = params.get("StartTime", now), params.get("EndTime", now)
        if start > end:
            raise InvalidTimeRangeException(
                "The start time must be before the end time; each is the current time when it isn't given."
            )
        return {
            "PublicKeyList": [
                {
                    "Value": key.value,
                    "ValidityStartTime": key.starts,
                    "ValidityEndTime": key.ends,
                    "Fingerprint": key.fingerprint,
                }
                for key in signing_keys.valid_between(tx, call.region, start, end)
            ]
        }

    return (Operation("cloudtrail", "ListPublicKeys", list_public_keys),)
