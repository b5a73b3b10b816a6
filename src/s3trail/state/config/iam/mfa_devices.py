"""Virtual MFA devices: seeds that make time-based one-time passwords (RFC 6238).

Codes have six digits, change every 30 seconds and are made with HMAC-SHA-1, which is what authenticator apps
take. The seed lies sealed in the device's document.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from s3trail.state.config.iam.collection import Collection
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Tx

__all__ = [
    "MFA_DEVICES",
    "MfaDevice",
    "code",
    "find",
    "of_user",
    "root_is_protected",
    "seal",
    "used",
    "verify",
]

_STEP = 30
_DIGITS = 6
_DRIFT = 1
"""Steps that a device's clock may be off, to either side (RFC 6238, section 5.2)."""
_ENABLING_DRIFT = 4
"""While a device is enabled two codes in a row have to fit, so its clock may be further off."""


@dataclass(frozen=True, slots=True)
class MfaDevice:
    """A virtual MFA device of an account."""

    account_id: str
    name: str
    sealed_seed: str
    created: float
    """Epoch seconds."""
    path: str = "/"
    user_id: str = ""
    """Whose device it is: `AIDA...`, or root's account id; empty while it is assigned to nobody."""
    enabled: float | None = None
    """Epoch seconds when it was assigned."""
    last_step: int = 0
    """Time step of the last code that was taken: a code counts once."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def serial_number(self) -> str:
        """`arn:aws:iam::123456789012:mfa/path/Name`."""
        return f"arn:aws:iam::{self.account_id}:mfa{self.path}{self.name}"

    def seed(self, secrets: Secrets) -> bytes:
        """The shared secret.

        Raises:
            SecretsError: the master key isn't the one that sealed it.
        """
        return base64.b32decode(
            secrets.open(self.sealed_seed, _context(self.account_id, self.path, self.name))
        )


MFA_DEVICES: Collection[MfaDevice] = Collection(
    "iam_mfa_device", MfaDevice, lambda device: f"{device.path}{device.name}"
)


def seal(secrets: Secrets, account_id: str, path: str, name: str, seed: bytes) -> str:
    """The seed as it is kept."""
    return secrets.seal(base64.b32encode(seed).decode(), _context(account_id, path, name))


def find(tx: Tx, serial_number: str) -> MfaDevice | None:
    """The device of a serial number; None when there is none."""
    head, _, name = serial_number.partition(":mfa/")
    if not name or not head.startswith("arn:aws:iam::"):
        return None
    return MFA_DEVICES.find(tx, head.removeprefix("arn:aws:iam::"), f"/{name}")


def of_user(tx: Tx, account_id: str, user_id: str) -> Iterator[MfaDevice]:
    """The devices that are assigned to a user, or by its account id to root."""
    for device in MFA_DEVICES.of_account(tx, account_id):
        if device.user_id == user_id:
            yield device


def root_is_protected(tx: Tx, account_id: str) -> bool:
    """Whether root has a device."""
    return any(of_user(tx, account_id, account_id))


def code(seed: bytes, step: int) -> str:
    """The code of a time step (epoch seconds divided by 30)."""
    digest = hmac.digest(seed, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def verify(device: MfaDevice, secrets: Secrets, codes: tuple[str, ...], now: float) -> int | None:
    """Check one code, or two in a row as when a device is enabled.

    Args:
        device: whose seed makes the codes.
        secrets: opens the seed.
        codes: one code, or two that follow one another.
        now: epoch seconds.

    Returns:
        The time step of the last code, for `used`; None when a code is wrong or was taken before.
    """
    seed, step = device.seed(secrets), int(now) // _STEP
    drift = _DRIFT if len(codes) == 1 else _ENABLING_DRIFT
    for first in range(step - drift, step + drift + 1):
        fits = all(hmac.compare_digest(code(seed, first + at), given) for at, given in enumerate(codes))
        if fits and first > device.last_step:
            return first + len(codes) - 1
    return None


def used(tx: Tx, device: MfaDevice, step: int) -> MfaDevice:
    """Note that the code of a time step was taken, so that it isn't taken again."""
    noted = replace(device, last_step=step)
    MFA_DEVICES.put(tx, noted)
    return noted


def _context(account_id: str, path: str, name: str) -> str:
    return f"iam_mfa_device/{account_id}{path}{name}"
