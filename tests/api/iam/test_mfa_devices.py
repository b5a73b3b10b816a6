"""Virtual MFA devices: the seed is shown once, two codes in a row enable them."""

from __future__ import annotations

import base64
import time
from typing import Any

from s3trail.state.config.iam.mfa_devices import code
from s3trail.testing.server import Server
from tests.api.expect import recorded, refused


def _codes(seed: bytes) -> dict[str, str]:
    key = base64.b32decode(seed)
    step = int(time.time()) // 30
    return {"AuthenticationCode1": code(key, step), "AuthenticationCode2": code(key, step + 1)}


def test_enables_a_device_with_two_codes(server: Server, iam: Any, user: str, name: str) -> None:
    answer = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    record = recorded(server, answer, "CreateVirtualMFADevice")
    device = answer["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"]
    assert serial == f"arn:aws:iam::{record['recipientAccountId']}:mfa/{name}"
    assert record["responseElements"] == {"virtualMFADevice": {"serialNumber": serial}}
    assert len(seed) == 64

    own = {"UserName": user, "SerialNumber": serial}
    wrong = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
    error = refused(iam.enable_mfa_device, "InvalidAuthenticationCode", 403, **own, **wrong)
    assert "authenticationCode1" not in server.record_of(error)["requestParameters"]
    answer = iam.enable_mfa_device(**own, **_codes(seed))
    assert recorded(server, answer, "EnableMFADevice")["requestParameters"] == {
        "userName": user,
        "serialNumber": serial,
    }
    (listed,) = iam.list_mfa_devices(UserName=user)["MFADevices"]
    assert listed["SerialNumber"] == serial
    assigned = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    found = next(entry for entry in assigned if entry["SerialNumber"] == serial)
    assert found["User"]["UserName"] == user
    assert "Base32StringSeed" not in found

    assert iam.get_mfa_device(**own)["EnableDate"] == listed["EnableDate"]

    refused(iam.delete_virtual_mfa_device, "DeleteConflict", 409, SerialNumber=serial)
    refused(iam.delete_user, "DeleteConflict", 409, UserName=user)
    recorded(server, iam.deactivate_mfa_device(**own), "DeactivateMFADevice")
    refused(iam.deactivate_mfa_device, "NoSuchEntity", 404, **own)
    recorded(server, iam.delete_virtual_mfa_device(SerialNumber=serial), "DeleteVirtualMFADevice")
    refused(iam.delete_virtual_mfa_device, "NoSuchEntity", 404, SerialNumber=serial)


def test_codes_count_once(iam: Any, user: str, name: str) -> None:
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    own = {"UserName": user, "SerialNumber": device["SerialNumber"]}
    codes = _codes(device["Base32StringSeed"])
    iam.enable_mfa_device(**own, **codes)
    iam.deactivate_mfa_device(**own)
    refused(iam.enable_mfa_device, "InvalidAuthenticationCode", 403, **own, **codes)


def test_names_are_unique(iam: Any, name: str) -> None:
    iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    refused(iam.create_virtual_mfa_device, "EntityAlreadyExists", 409, VirtualMFADeviceName=name)
    unassigned = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert any(found["SerialNumber"].endswith(f"/{name}") for found in unassigned)
