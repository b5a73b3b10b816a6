"""What IAM's model asks of texts and numbers, checked for every operation by the members' names.

The same name means the same in all of IAM's operations, so one table says it; where a member is stricter when
something is made (names of users), the operation checks that itself. Wordings are IAM's. Values of secret
members aren't repeated in an error, because errors are recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Result
from s3trail.services.iam.errors import ValidationError
from s3trail.state.environment import Tx

__all__ = ["checked"]

Run = Callable[[Tx, Call, dict[str, Any]], Result]

_NAME = r"[\w+=,.@-]+"
_TEXT = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
_ONLY_NAME = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
_ONLY_PATH = (
    "It must begin and end with / and contain only alphanumeric characters and/or / and ASCII punctuation."
)


@dataclass(frozen=True, slots=True)
class _Text:
    pattern: str = ""
    least: int = 0
    most: int = 1 << 20
    words: str = ""
    """IAM's own words for a value that doesn't fit the pattern."""
    secret: bool = False

    def check(self, name: str, value: Any) -> None:
        text = str(value)
        if len(text) < self.least:
            raise _failed(name, text, f"length greater than or equal to {self.least}", secret=self.secret)
        if len(text) > self.most:
            raise _failed(name, text, f"length less than or equal to {self.most}", secret=self.secret)
        if self.pattern and not re.fullmatch(self.pattern, text, re.ASCII):
            if self.words:
                raise ValidationError(f"The specified value for {name} is invalid. {self.words}")
            raise _failed(
                name, text, f"satisfy regular expression pattern: {self.pattern}", secret=self.secret
            )


@dataclass(frozen=True, slots=True)
class _Number:
    least: int
    most: int

    def check(self, name: str, value: Any) -> None:
        if value < self.least:
            raise _failed(name, str(value), f"value greater than or equal to {self.least}")
        if value > self.most:
            raise _failed(name, str(value), f"value less than or equal to {self.most}")


@dataclass(frozen=True, slots=True)
class _OneOf:
    values: tuple[str, ...]

    def check(self, name: str, value: Any) -> None:
        if value not in self.values:
            raise _failed(name, str(value), f"satisfy enum value set: [{', '.join(self.values)}]")


def _name(most: int) -> _Text:
    return _Text(_NAME, 1, most, _ONLY_NAME)


_PATH = _Text(r"/|/[!-~]+/", 1, 512, _ONLY_PATH)
_ARN = _Text(least=20, most=2048)
_DOCUMENT = _Text(_TEXT, 1, 131072)
_PASSWORD = _Text(_TEXT, 1, 128, secret=True)
_CODE = _Text(r"\d+", 6, 6, secret=True)

_CONSTRAINTS: Mapping[str, _Text | _Number | _OneOf] = {
    "AccessKeyId": _Text(r"\w+", 16, 128),
    "AccountAlias": _Text(r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]", 3, 63),
    "AssignmentStatus": _OneOf(("Assigned", "Unassigned", "Any")),
    "AssumeRolePolicyDocument": _DOCUMENT,
    "AuthenticationCode1": _CODE,
    "AuthenticationCode2": _CODE,
    "CallerArn": _Text(least=1, most=2048),
    "ClientID": _Text(least=1, most=255),
    "Description": _Text(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*", 0, 1000),
    "EntityFilter": _OneOf(("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")),
    "GroupName": _name(128),
    "Marker": _Text(r"[\u0020-\u00FF]+", 1, 320),
    "MaxItems": _Number(1, 1000),
    "MaxPasswordAge": _Number(1, 1095),
    "MaxSessionDuration": _Number(3600, 43200),
    "MinimumPasswordLength": _Number(6, 128),
    "NewGroupName": _name(128),
    "NewPassword": _PASSWORD,
    "NewPath": _PATH,
    "NewUserName": _name(64),
    "OldPassword": _PASSWORD,
    "OpenIDConnectProviderArn": _ARN,
    "Password": _PASSWORD,
    "PasswordReusePrevention": _Number(1, 24),
    "Path": _PATH,
    "PathPrefix": _Text(r"/[!-~]*", 1, 512, "It must begin with / and contain only ASCII characters."),
    "PermissionsBoundary": _ARN,
    "PolicyArn": _ARN,
    "PolicyDocument": _DOCUMENT,
    "PolicyName": _name(128),
    "PolicySourceArn": _ARN,
    "PolicyUsageFilter": _OneOf(("PermissionsPolicy", "PermissionsBoundary")),
    "RoleName": _name(64),
    "Scope": _OneOf(("All", "AWS", "Local")),
    "SerialNumber": _Text(r"[\w+=/:,.@-]+", 9, 256),
    "Status": _OneOf(("Active", "Inactive")),
    "Url": _Text(least=1, most=255),
    "UserName": _name(128),
    "VersionId": _Text(r"v[1-9][0-9]*(?:\.[A-Za-z0-9-]*)?"),
    "VirtualMFADeviceName": _name(226),
}


def checked(run: Run) -> Run:
    """The operation, behind a check of its members."""

    def checked_run(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        for member, value in params.items():
            constraint = _CONSTRAINTS.get(member)
            if constraint is not None and value is not None:
                constraint.check(member[:1].lower() + member[1:], value)
        return run(tx, call, params)

    return checked_run


def _failed(name: str, value: str, wanted: str, *, secret: bool = False) -> ValidationError:
    quoted = "" if secret else f"'{value}' "
    verb = "" if wanted.startswith("satisfy") else "have "
    return ValidationError(
        f"1 validation error detected: Value {quoted}at '{name}' failed to satisfy constraint: "
        f"Member must {verb}{wanted}"
    )
