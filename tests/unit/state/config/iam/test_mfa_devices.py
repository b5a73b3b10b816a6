"""One-time passwords: RFC 6238's own values, the device's clock, codes that count once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from s3trail.state.config.iam import mfa_devices
from s3trail.state.config.iam.mfa_devices import MFA_DEVICES, MfaDevice, code, verify
from s3trail.state.config.secrets import Secrets, SecretsError
from s3trail.state.environment import Environment

ACCOUNT = "111122223333"
SECRETS = Secrets(bytes(32))
SEED = b"12345678901234567890"
NOW = 1_790_000_000.0
STEP = int(NOW) // 30


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """An empty environment."""
    opened = Environment(tmp_path)
    yield opened
    opened.close()


def _device() -> MfaDevice:
    return MfaDevice(ACCOUNT, "phone", mfa_devices.seal(SECRETS, ACCOUNT, "/", "phone", SEED), NOW)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_makes_the_codes_of_rfc_6238(time: int, expected: str) -> None:
    # Appendix B of the RFC, of whose eight digits six are shown.
    assert code(SEED, time // 30) == expected


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_takes_a_code_of_a_clock_that_is_a_little_off(off: int) -> None:
    assert verify(_device(), SECRETS, (code(SEED, STEP + off),), NOW) == STEP + off


@pytest.mark.parametrize("off", [-2, 2])
def test_refuses_a_code_of_another_time(off: int) -> None:
    assert verify(_device(), SECRETS, (code(SEED, STEP + off),), NOW) is None


def test_two_codes_must_follow_one_another() -> None:
    first, second = code(SEED, STEP), code(SEED, STEP + 1)
    assert verify(_device(), SECRETS, (first, second), NOW) == STEP + 1
    assert verify(_device(), SECRETS, (second, first), NOW) is None
    assert verify(_device(), SECRETS, (first, first), NOW) is None


def test_a_code_counts_once(environment: Environment) -> None:
    device = _device()
    with environment.write() as tx:
        noted = mfa_devices.used(tx, device, STEP)
        assert mfa_devices.find(tx, device.serial_number) == noted
    assert verify(noted, SECRETS, (code(SEED, STEP),), NOW) is None
    assert verify(noted, SECRETS, (code(SEED, STEP + 1),), NOW) == STEP + 1


def test_the_seed_is_sealed(environment: Environment) -> None:
    device = _device()
    with environment.write() as tx:
        MFA_DEVICES.put(tx, device)
        raw = tx.get("config", f"iam_mfa_device\0{ACCOUNT}//phone".encode())
    assert raw is not None
    assert b"GEZDGNBV" not in raw
    assert device.seed(SECRETS) == SEED
    with pytest.raises(SecretsError):
        device.seed(Secrets(b"x" * 32))


def test_an_unknown_serial_number_finds_nothing(environment: Environment) -> None:
    with environment.read() as tx:
        assert mfa_devices.find(tx, "GAHT12345678") is None
        assert mfa_devices.find(tx, f"arn:aws:iam::{ACCOUNT}:mfa/none") is None
