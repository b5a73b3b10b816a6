"""STS's operations over a real environment with an account, a user and roles."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from s3trail.kernel.call import Call
from s3trail.kernel.caller import UNKNOWN, Caller
from s3trail.kernel.clock import FixedClock
from s3trail.kernel.errors import AwsError
from s3trail.kernel.ids import RandomIds
from s3trail.services.sts.operations import operations
from s3trail.state.config import identities, sessions
from s3trail.state.config.iam import mfa_devices
from s3trail.state.config.iam.mfa_devices import MFA_DEVICES, MfaDevice
from s3trail.state.config.iam.roles import ROLES, Role
from s3trail.state.config.secrets import Secrets
from s3trail.state.config.sessions import Session
from s3trail.state.environment import Environment

ACCOUNT, OTHER_ACCOUNT = "123456789012", "210987654321"
NOW = 1_790_000_000.5
SEED = b"12345678901234567890"


def trust(statement: Mapping[str, Any]) -> str:
    """A trust policy with one Allow of `sts:AssumeRole`, completed or replaced by the statement's members."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **statement}],
        }
    )


class Sts:
    """Calls operations as the gateway does."""

    def __init__(self, root: Path) -> None:
        self.environment = Environment(root)
        self.secrets = Secrets(bytes(range(32)))
        self.clock = FixedClock(NOW)
        self.ids = RandomIds()
        self.operations = {
            operation.name: operation for operation in operations(self.secrets, self.clock, self.ids)
        }
        with self.environment.write() as tx:
            for account, name in ((ACCOUNT, "main"), (OTHER_ACCOUNT, "other")):
                identities.create_account(tx, self.secrets, self.ids, self.clock, name, account)
        self.root = Caller(
            "Root", ACCOUNT, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", "AKIAROOT", rights="admin"
        )
        self.ann = self.user("ann")

    def user(self, name: str, rights: str = "none", account: str = ACCOUNT) -> Caller:
        """A new user, as it calls with its access key."""
        with self.environment.write() as tx:
            _, key = identities.create_user(tx, self.secrets, self.ids, self.clock, account, name, rights)
        return identities.caller(key.access_key)

    def attach(self, caller: Caller, *arns: str) -> None:
        """Attach managed policies to a user."""
        with self.environment.write() as tx:
            user = identities.find_user(tx, caller.account_id, caller.user_name)
            assert user is not None
            identities.put_user(tx, replace(user, attached=arns))

    def role(self, name: str, statement: Mapping[str, Any], **members: Any) -> str:
        """A new role whose trust policy has this statement; gives its ARN."""
        made = Role(ACCOUNT, name, self.ids.unique_id("AROA"), self.clock.now(), trust(statement), **members)
        with self.environment.write() as tx:
            ROLES.put(tx, made)
        return made.arn

    def device(self, caller: Caller, name: str = "phone") -> str:
        """A new MFA device of a user or root; gives its serial number."""
        sealed = mfa_devices.seal(self.secrets, ACCOUNT, "/", name, SEED)
        made = MfaDevice(ACCOUNT, name, sealed, NOW, user_id=caller.principal_id, enabled=NOW)
        with self.environment.write() as tx:
            MFA_DEVICES.put(tx, made)
        return made.serial_number

    def code(self, steps: int = 0) -> str:
        """What the device shows now, or some steps of 30 seconds away from now."""
        return mfa_devices.code(SEED, int(self.clock.now()) // 30 + steps)

    def call(self, name: str, caller: Caller = UNKNOWN, **params: Any) -> Any:
        """The result of an operation."""
        operation = self.operations[name]
        call = Call("", "", "sts", name, "us-east-1", self.clock.now(), "192.0.2.1", caller=caller)
        if operation.writes:
            with self.environment.write() as tx:
                return operation.run(tx, call, params)
        with self.environment.read() as tx:
            return operation.run(tx, call, params)

    def error(self, name: str, caller: Caller = UNKNOWN, **params: Any) -> AwsError:
        """The error of a call that must be refused."""
        with pytest.raises(AwsError) as refused:
            self.call(name, caller, **params)
        return refused.value

    def opened(self, answer: Mapping[str, Any]) -> Session:
        """The session whose credentials were handed out."""
        credentials = answer["Credentials"]
        return sessions.open_token(self.secrets, credentials["AccessKeyId"], credentials["SessionToken"])

    def caller(self, answer: Mapping[str, Any]) -> Caller:
        """Who calls with the credentials that were handed out."""
        session = self.opened(answer)
        with self.environment.read() as tx:
            found = sessions.standing(tx, session)
        assert found is not None
        return found


@pytest.fixture
def sts(tmp_path: Path) -> Iterator[Sts]:
    """STS with an account, its root and the user ann."""
    made = Sts(tmp_path)
    yield made
    made.environment.close()


def encoded(document: object) -> str:
    """Part of a JSON Web Token."""
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
