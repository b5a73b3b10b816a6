"""Virtual MFA devices: made, enabled for a user with two codes in a row, deactivated, deleted, listed.

The answer of CreateVirtualMFADevice shows the seed this once, as text for an authenticator app; it carries no
picture of it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel.arn import root_arn
from s3trail.kernel.call import Call
from s3trail.kernel.clock import Clock
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam import views
from s3trail.services.iam.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    InvalidAuthenticationCode,
    NoSuchEntity,
    quota,
)
from s3trail.services.iam.paging import page
from s3trail.services.iam.subjects import user_of, user_or_root
from s3trail.services.iam.tagging import checked_tags, tag_operations
from s3trail.state.config import identities
from s3trail.state.config.iam import mfa_devices
from s3trail.state.config.iam.mfa_devices import MFA_DEVICES, MfaDevice
from s3trail.state.config.secrets import Secrets
from s3trail.state.environment import Tx

__all__ = ["MOST_OF_USER", "operations"]

MOST_OF_USER = 8
_SEED_BYTES = 40
"""64 characters of base32, as AWS's seeds have."""
_ROOT_USER = "<root_account>"


def operations(secrets: Secrets, clock: Clock) -> tuple[Operation, ...]:
    """The operations on MFA devices.

    Args:
        secrets: seals the seeds.
        clock: the time that codes are checked at.
    """

    def create_device(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        account_id = call.caller.account_id
        name, path = params["VirtualMFADeviceName"], params.get("Path") or "/"
        if MFA_DEVICES.find(tx, account_id, f"{path}{name}") is not None:
            raise EntityAlreadyExists("MFADevice entity at the same path and name already exists.")
        tags = checked_tags(params.get("Tags"))
        seed = os.urandom(_SEED_BYTES)
        sealed = mfa_devices.seal(secrets, account_id, path, name, seed)
        device = MfaDevice(account_id, name, sealed, clock.now(), path=path, tags=tags)
        MFA_DEVICES.put(tx, device)
        return {
            "VirtualMFADevice": {
                "SerialNumber": device.serial_number,
                "Base32StringSeed": base64.b32encode(seed),
                "Tags": views.tags(device.tags),
            }
        }

    def enable_device(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        user_id, _ = _holder(tx, call, params)
        device = _device(tx, call, params)
        if device.user_id:
            raise EntityAlreadyExists("MFA Device is already in use.")
        if sum(1 for _ in mfa_devices.of_user(tx, call.caller.account_id, user_id)) >= MOST_OF_USER:
            raise quota("MFADevicesPerUser", MOST_OF_USER)
        now = clock.now()
        codes = (params["AuthenticationCode1"], params["AuthenticationCode2"])
        step = mfa_devices.verify(device, secrets, codes, now)
        if step is None:
            raise InvalidAuthenticationCode
        MFA_DEVICES.put(tx, replace(device, user_id=user_id, enabled=now, last_step=step))
        return {}

    def resync_device(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        user_id, name = _holder(tx, call, params)
        device = _device(tx, call, params)
        if device.user_id != user_id:
            raise NoSuchEntity(f"MFA Device invalid for user {name}.")
        codes = (params["AuthenticationCode1"], params["AuthenticationCode2"])
        step = mfa_devices.verify(device, secrets, codes, clock.now())
        if step is None:
            raise InvalidAuthenticationCode
        mfa_devices.used(tx, device, step)
        return {}

    return (
        Operation("iam", "ResyncMFADevice", resync_device, writes=True),
        Operation("iam", "CreateVirtualMFADevice", create_device, writes=True),
        Operation("iam", "EnableMFADevice", enable_device, writes=True),
        Operation("iam", "DeactivateMFADevice", _deactivate_device, writes=True),
        Operation("iam", "DeleteVirtualMFADevice", _delete_device, writes=True),
        Operation("iam", "GetMFADevice", _get_device),
        Operation("iam", "ListMFADevices", _list_devices),
        Operation("iam", "ListVirtualMFADevices", _list_virtual_devices),
        *tag_operations("MFADevice", _device, MFA_DEVICES.put),
    )


def _holder(tx: Tx, call: Call, params: Mapping[str, Any]) -> tuple[str, str]:
    """Unique id and name of whom a device is for; root may name itself by its account's name."""
    if call.caller.type == "Root":
        account = identities.account(tx, call.caller.account_id)
        if not params.get("UserName") or (account is not None and params["UserName"] == account.name):
            return call.caller.account_id, _ROOT_USER
    user = user_of(tx, call, params)
    return user.user_id, user.user_name


def _device(tx: Tx, call: Call, params: Mapping[str, Any]) -> MfaDevice:
    device = mfa_devices.find(tx, params["SerialNumber"])
    if device is None or device.account_id != call.caller.account_id:
        raise NoSuchEntity(f"VirtualMFADevice with serial number {params['SerialNumber']} does not exist.")
    return device


def _deactivate_device(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    user_id, name = _holder(tx, call, params)
    device = _device(tx, call, params)
    if device.user_id != user_id:
        raise NoSuchEntity(f"MFA Device invalid for user {name}.")
    MFA_DEVICES.put(tx, replace(device, user_id="", enabled=None))
    return {}


def _delete_device(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    device = _device(tx, call, params)
    if device.user_id:
        raise DeleteConflict("MFA VirtualDevice in use. Must deactivate first.")
    MFA_DEVICES.delete(tx, device)
    return {}


def _get_device(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    device = _device(tx, call, params)
    holder = None
    if params.get("UserName"):
        user_id, holder = _holder(tx, call, params)
        if device.user_id != user_id:
            raise NoSuchEntity(f"MFA Device invalid for user {holder}.")
    return {"UserName": holder, "SerialNumber": device.serial_number, "EnableDate": device.enabled}


def _list_devices(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    user = user_or_root(tx, call, params)
    account_id = call.caller.account_id
    found = mfa_devices.of_user(tx, account_id, user.user_id if user else account_id)
    shown, more = page(found, params, lambda device: device.serial_number)
    name = user.user_name if user else _ROOT_USER
    return {
        "MFADevices": [
            {"UserName": name, "SerialNumber": device.serial_number, "EnableDate": device.enabled}
            for device in shown
        ],
        **more,
    }


def _list_virtual_devices(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
    account_id = call.caller.account_id
    wanted = {"Assigned": (True,), "Unassigned": (False,)}.get(
        params.get("AssignmentStatus", ""), (True, False)
    )
    found = (device for device in MFA_DEVICES.of_account(tx, account_id) if bool(device.user_id) in wanted)
    shown, more = page(found, params, lambda device: device.serial_number)
    users = {user.user_id: views.listed_user(user) for user in identities.users(tx, account_id)}
    account = identities.account(tx, account_id)
    assert account is not None, "the caller belongs to an account"
    users[account_id] = {
        "Path": "/",
        "UserName": account.name,
        "UserId": account_id,
        "Arn": root_arn(account_id),
        "CreateDate": account.created,
    }
    return {
        "VirtualMFADevices": [
            {
                "SerialNumber": device.serial_number,
                "User": users.get(device.user_id),
                "EnableDate": device.enabled,
                "Tags": views.tags(device.tags),
            }
            for device in shown
        ],
        **more,
    }
