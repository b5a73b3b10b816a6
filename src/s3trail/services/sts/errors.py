"""Errors of STS: codes, statuses and wordings of the AWS STS API Reference.

`AccessDenied` and `MalformedPolicyDocument` are those of the kernel and of `policy.document`.
"""

from __future__ import annotations

from s3trail.kernel.errors import AwsError

__all__ = [
    "ExpiredIdentityToken",
    "IDPCommunicationError",
    "IDPRejectedClaim",
    "InvalidAuthorizationMessage",
    "InvalidIdentityToken",
    "PackedPolicyTooLarge",
    "ValidationError",
]


class ValidationError(AwsError):
    """A parameter is outside what the operation takes."""

    code = "ValidationError"
    status = 400
    message = "The input fails to satisfy the constraints specified by an AWS service."


class PackedPolicyTooLarge(AwsError):
    """Session policies and session tags together are too long for a token."""

    code = "PackedPolicyTooLarge"
    status = 400
    message = "Packed size of session tags consumes more than 100% of allotted space."


class InvalidAuthorizationMessage(AwsError):
    """The text isn't an encoded message of the caller's account."""

    code = "InvalidAuthorizationMessageException"
    status = 400
    message = "Message is not valid"


class InvalidIdentityToken(AwsError):
    """The web identity token can't be read, isn't signed by its issuer, or is of an unknown issuer."""

    code = "InvalidIdentityToken"
    status = 400
    message = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"


class ExpiredIdentityToken(AwsError):
    """The web identity token has run out."""

    code = "ExpiredTokenException"
    status = 400
    message = "Token expired"


class IDPRejectedClaim(AwsError):
    """The identity provider's token says something that isn't accepted."""

    code = "IDPRejectedClaim"
    status = 403
    message = "The identity provider rejected the claim"


class IDPCommunicationError(AwsError):
    """The identity provider's keys can't be had at the moment; worth another try."""

    code = "IDPCommunicationError"
    status = 400
    message = "The identity provider could not be reached"
