"""MFA devices: whose they are, and codes that bring a device back in step."""

from __future__ import annotations

import base64
from typing import Any

from s3trail.state.config.iam.mfa_devices import code
from tests.unit.services.iam.conftest import ACCOUNT, NOW, Iam

STEP = int(NOW) // 30


def _device(iam: Iam) -> tuple[str, bytes]:
    made = iam.call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    return made["SerialNumber"], base64.b32decode(made["Base32StringSeed"])


def _codes(seed: bytes, step: int) -> dict[str, Any]:
    return {"AuthenticationCode1": code(seed, step), "AuthenticationCode2": code(seed, step + 1)}


def _enabled(iam: Iam) -> tuple[dict[str, Any], bytes]:
    iam.call("CreateUser", UserName="alice")
    serial, seed = _device(iam)
    own: dict[str, Any] = {"UserName": "alice", "SerialNumber": serial}
    iam.call("EnableMFADevice", **own, **_codes(seed, STEP))
    return own, seed


def test_root_protects_itself(iam: Iam) -> None:
    serial, seed = _device(iam)
    iam.call("EnableMFADevice", UserName="main", SerialNumber=serial, **_codes(seed, STEP))
    assert iam.call("GetAccountSummary")["SummaryMap"]["AccountMFAEnabled"] == 1
    (listed,) = iam.call("ListMFADevices")["MFADevices"]
    assert listed["SerialNumber"] == serial
    (found,) = iam.call("ListVirtualMFADevices")["VirtualMFADevices"]
    assert found["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_is_one_users_alone(iam: Iam) -> None:
    own, seed = _enabled(iam)
    iam.call("CreateUser", UserName="bob")
    taken: dict[str, Any] = {**own, "UserName": "bob"}
    assert iam.error("EnableMFADevice", **taken, **_codes(seed, STEP + 2))[0] == "EntityAlreadyExists"
    assert iam.error("DeactivateMFADevice", **taken)[0] == "NoSuchEntity"


def test_comes_back_in_step_with_two_new_codes(iam: Iam) -> None:
    own, seed = _enabled(iam)
    iam.clock.advance(600)
    assert iam.error("ResyncMFADevice", **own, **_codes(seed, STEP))[0] == "InvalidAuthenticationCode"
    iam.call("ResyncMFADevice", **own, **_codes(seed, STEP + 20))
    assert iam.error("ResyncMFADevice", **own, **_codes(seed, STEP + 20))[0] == "InvalidAuthenticationCode"


def test_stays_a_users_through_a_new_name(iam: Iam) -> None:
    own, _ = _enabled(iam)
    iam.call("UpdateUser", UserName="alice", NewUserName="alicia")
    (listed,) = iam.call("ListMFADevices", UserName="alicia")["MFADevices"]
    assert (listed["UserName"], listed["SerialNumber"]) == ("alicia", own["SerialNumber"])
