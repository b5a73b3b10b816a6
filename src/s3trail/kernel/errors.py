"""The one error type that operations raise and the gateway renders.

AWS errors are values of `AwsError`: a code (exactly AWS's), an HTTP status, a message, and members that the
service's error document carries besides (`BucketName`, `Key`, ...). Subclasses fix code, status and wording;
they live beside the service that raises them. The ones here are raised by parts that serve every service.
"""

from __future__ import annotations

__all__ = [
    "AccessDenied",
    "AuditUnavailable",
    "AwsError",
    "ClientDisconnected",
    "InternalError",
    "InvalidArgument",
    "InvalidRequest",
    "MalformedRequest",
    "NotImplementedByServer",
    "ObjectChanged",
    "StorageUnavailable",
]


class AwsError(Exception):
    """An AWS error answer.

    Args:
        message: text for the client; the class's wording when None. Never holds secrets or file names.
        code: overrides the class's code, for the few errors whose code is only known at run time.
        status: overrides the class's HTTP status.
        members: extra members of the error document, by wire name, in order.
    """

    code = "InternalError"
    status = 500
    message = "We encountered an internal error. Please try again."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        status: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        **members: str,
    ) -> None:
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        self.headers = headers
        self.members = members
        super().__init__(f"{self.code}: {self.message}")


class InternalError(AwsError):
    """A fault of the server; its cause is in the log under the request id, never in the answer."""


class ObjectChanged(AwsError):
    """The object was replaced or deleted between reading its metadata and opening its bytes.

    The gateway repeats the call with a fresh snapshot; a client sees this only if that keeps happening.
    """

    code = "InternalError"
    status = 503


class AuditUnavailable(AwsError):
    """The journal can't take records, so no call may complete (promise 2). Retried by every SDK."""

    code = "SlowDown"
    status = 503
    message = "The audit journal can't take records at the moment; no call completes without its record."


class StorageUnavailable(AwsError):
    """The disk that holds the objects can't take more bytes. Retried by every SDK."""

    code = "SlowDown"
    status = 503
    message = "The disk that holds the objects can't take more bytes at the moment."


class AccessDenied(AwsError):
    """The caller is known but may not do this, or an anonymous caller was refused."""

    code = "AccessDenied"
    status = 403
    message = "Access Denied"


class InvalidArgument(AwsError):
    """A value is outside what the operation takes; S3 names it in `ArgumentName` and `ArgumentValue`."""

    code = "InvalidArgument"
    status = 400
    message = "Invalid Argument"


class InvalidRequest(AwsError):
    """The request contradicts itself."""

    code = "InvalidRequest"
    status = 400
    message = "Invalid Request"


class MalformedRequest(AwsError):
    """The bytes aren't a request of the protocol (broken XML or JSON, a missing required member)."""

    code = "MalformedXML"
    status = 400
    message = "The XML you provided was not well-formed or did not validate against our published schema"


class NotImplementedByServer(AwsError):
    """A real operation of the AWS model that this server doesn't carry out; recorded all the same."""

    code = "NotImplemented"
    status = 501
    message = "A header or query you provided implies functionality that is not implemented"


class ClientDisconnected(AwsError):
    """The client went away before its request was whole; nobody reads the answer, but the record says so."""

    code = "IncompleteBody"
    status = 400
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
