"""One API call: what every step, operation and record knows about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from s3trail.kernel.caller import ANONYMOUS, Caller

__all__ = ["Call", "Signature", "Tls"]


class Signature(NamedTuple):
    """How the request was signed; both empty when it wasn't."""

    version: str = ""
    """`SigV4`, `SigV2` or empty."""
    method: str = ""
    """`AuthHeader`, `QueryString` or empty."""


@dataclass(frozen=True, slots=True)
class Tls:
    """What the transport negotiated."""

    version: str
    """`TLSv1.2`, `TLSv1.3`."""
    cipher_suite: str
    """The suite's IANA/OpenSSL name, such as `TLS_AES_128_GCM_SHA256`."""
    host: str = ""
    """The host name that the client asked for (SNI, or the Host header)."""


class Call(NamedTuple):
    """One API call. Operations read it; `audit` writes it down.

    A tuple, because one is made for every request: a frozen dataclass takes four times as long.
    """

    request_id: str
    """`x-amz-request-id`: 16 characters for S3, a UUID for the others."""
    host_id: str
    """`x-amz-id-2`; S3 only, else empty."""
    service: str
    """botocore's service name: `s3`, `cloudtrail`, ..."""
    operation: str
    """The operation's name in the service's model; empty when the request names none."""
    region: str
    """Region of the credential scope; for S3 the bucket's, once it is known."""
    time: float
    """Epoch seconds when the request's head had arrived."""
    source_ip: str
    """The client's address: the peer, or what a trusted proxy says."""
    user_agent: str = ""
    """As sent; empty when absent."""
    host: str = ""
    """The Host header as sent."""
    caller: Caller = ANONYMOUS
    """Who calls; anonymous until authentication has run."""
    signature: Signature = Signature()
    """How it was signed."""
    tls: Tls | None = None
    """None on a plain connection."""
