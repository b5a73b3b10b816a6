"""`SerialNumber` and `TokenCode`: whether the caller has its MFA device at hand. A code counts once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.errors import AccessDenied
from s3trail.services.sts.parameters import checked
from s3trail.state.config.iam import mfa_devices
from s3trail.state.config.iam.mfa_devices import MfaDevice
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Tx

__all__ = ["ShownCode", "verified"]

_SERIAL = re.compile(r"[\w+=/:,.@-]*", re.ASCII)
_DIGITS = re.compile(r"\d*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code that was right, to be marked as used once every other check is done."""

    device: MfaDevice
    step: int

    def mark(self, tx: Tx) -> None:
        """Never take the code again."""
        mfa_devices.used(tx, self.device, self.step)


def verified(tx: Tx, secrets: Secrets, call: Call, params: Mapping[str, Any], now: float) -> ShownCode | None:
    """The code that the request shows, found right; None when it shows none.

    Args:
        tx: the transaction in which the code is marked as used.
        secrets: opens the device's seed.
        call: whose caller the device must belong to.
        params: `SerialNumber` and `TokenCode`.
        now: epoch seconds.

    Raises:
        AccessDenied: only one of the two is there, the device isn't the caller's, or the code is wrong.
        ValidationError: one of them has another form.
    """
    serial, shown = params.get("SerialNumber", ""), params.get("TokenCode", "")
    if not serial and not shown:
        return None
    if not serial or not shown:
        raise AccessDenied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
        )
    checked(serial, "serialNumber", _SERIAL, 9, 256)
    checked(shown, "tokenCode", _DIGITS, 6, 6)
    device = mfa_devices.find(tx, serial)
    if device is None or device.enabled is None or device.user_id != call.caller.principal_id:
        raise AccessDenied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
            "number is valid and associated with this user."
        )
    step = mfa_devices.verify(device, secrets, (shown,), now)
    if step is None:
        raise AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
    return ShownCode(device, step)
