"""IAM's errors: codes and statuses of its model, wordings of its answers."""

from __future__ import annotations

from s3trail.kernel.errors import AwsError
from s3trail.policy.document import MalformedPolicyDocument
from s3trail.state.config.identities import EntityAlreadyExists, NoSuchEntity, ValidationError

__all__ = [
    "DeleteConflict",
    "EntityAlreadyExists",
    "InvalidAuthenticationCode",
    "InvalidInput",
    "InvalidUserType",
    "LimitExceeded",
    "MalformedPolicyDocument",
    "NoSuchEntity",
    "PasswordPolicyViolation",
    "UnmodifiableEntity",
    "ValidationError",
    "no_such",
    "quota",
]


class DeleteConflict(AwsError):
    """Something still hangs on what should be deleted."""

    code = "DeleteConflict"
    status = 409
    message = "Cannot delete entity, must remove what is attached to it first."


class InvalidAuthenticationCode(AwsError):
    """The codes aren't the device's."""

    code = "InvalidAuthenticationCode"
    status = 403
    message = "Authentication code for device is not valid."


class InvalidInput(AwsError):
    """A value that can't be."""

    code = "InvalidInput"
    status = 400
    message = "The input isn't valid."


class InvalidUserType(AwsError):
    """Only a user with a key of its own may do this."""

    code = "InvalidUserType"
    status = 400
    message = "Only IAM Users can change their own password"


class LimitExceeded(AwsError):
    """A quota of the account is used up."""

    code = "LimitExceeded"
    status = 409
    message = "A quota is used up."


class PasswordPolicyViolation(AwsError):
    """The account's password policy doesn't take the password."""

    code = "PasswordPolicyViolation"
    status = 400
    message = "Password does not conform to the account password policy."


class UnmodifiableEntity(AwsError):
    """AWS's own policies can't be changed."""

    code = "UnmodifiableEntity"
    status = 400
    message = "The entity can't be changed."


def no_such(kind: str, name: str) -> NoSuchEntity:
    """NoSuchEntity in IAM's words: `The user with name alice cannot be found.` for `user` and `alice`."""
    return NoSuchEntity(f"The {kind} with name {name} cannot be found.")


def quota(name: str, most: int) -> LimitExceeded:
    """LimitExceeded in IAM's words: `Cannot exceed quota for AccessKeysPerUser: 2`."""
    return LimitExceeded(f"Cannot exceed quota for {name}: {most}")
