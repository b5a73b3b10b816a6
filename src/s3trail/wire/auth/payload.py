"""The payload in a request's body, and whether it is what the signature says.

`body_decoder` chooses by `x-amz-content-sha256` and Content-Encoding what the gateway feeds a body's bytes to
as they come; what the decoder gives back goes to the operation's sink. Where the request named a SHA-256, the
bytes are held against it when they end; aws-chunked framing (`wire.auth.chunked`) is removed and checked on
the way. Checksums of the payload (`x-amz-checksum-…`, Content-MD5) are the operation's part: `finish` hands
it the trailers.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

from s3trail.kernel.checksums import algorithm_of_header
from s3trail.kernel.errors import InvalidArgument, InvalidRequest
from s3trail.wire.auth.chunked import ChunkedDecoder, ChunkSignatures
from s3trail.wire.auth.failures import MissingContentLength, content_mismatch, incomplete_body
from s3trail.wire.auth.verify import (
    STREAMING_SIGNED,
    STREAMING_SIGNED_TRAILER,
    STREAMING_UNSIGNED_TRAILER,
    UNSIGNED_PAYLOAD,
    Verified,
    checked_payload,
    is_sha256,
)
from s3trail.wire.http import Request

__all__ = ["BodyDecoder", "PlainDecoder", "body_decoder"]


class BodyDecoder(Protocol):
    """Turns the bytes of a body into payload."""

    decoded_length: int | None
    """Bytes of payload that the request declares; None when it doesn't."""

    def feed(self, data: bytes) -> list[bytes]:
        """The payload in the next bytes, perhaps none. Memory stays bounded by what is fed.

        Raises:
            AwsError: the body is broken; nothing of it may be used.
        """
        ...

    def finish(self) -> dict[str, str]:
        """The body has ended: check what can only be checked now. Gives the trailers, with lower-case names.

        Raises:
            AwsError: IncompleteBody, XAmzContentSHA256Mismatch, SignatureDoesNotMatch, …
        """
        ...


class PlainDecoder:
    """A body without framing.

    Args:
        decoded_length: what Content-Length declares; None without one.
        sha256: SHA-256 in hex that the body must have; empty to take any body.
    """

    __slots__ = ("_hash", "_received", "_sha256", "decoded_length")

    def __init__(self, decoded_length: int | None, sha256: str = "") -> None:
        self.decoded_length = decoded_length
        self._sha256 = sha256
        self._hash = hashlib.sha256() if sha256 else None
        self._received = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The data itself."""
        self._received += len(data)
        if self._hash is not None:
            self._hash.update(data)
        return [data] if data else []

    def finish(self) -> dict[str, str]:
        """No trailers.

        Raises:
            AwsError: IncompleteBody, XAmzContentSHA256Mismatch.
        """
        expected = self.decoded_length
        if expected is not None and self._received != expected:
            raise incomplete_body(expected, self._received)
        if self._hash is not None and self._hash.hexdigest() != self._sha256.lower():
            raise content_mismatch(self._sha256, self._hash.hexdigest())
        return {}


def body_decoder(request: Request, verified: Verified | None) -> BodyDecoder:
    """What to feed a request's body to.

    Args:
        request: its head.
        verified: its proven claim; None for an anonymous request.

    Raises:
        AwsError: InvalidRequest (signed chunks without a SigV4 signature, or a trailer that S3 doesn't know),
            MissingContentLength (chunks without `x-amz-decoded-content-length`), InvalidArgument,
            NotImplemented.
    """
    headers = request.headers
    if verified is not None:
        payload = verified.payload
    else:
        payload = checked_payload(headers.get("x-amz-content-sha256", UNSIGNED_PAYLOAD))
    if payload in (STREAMING_SIGNED, STREAMING_SIGNED_TRAILER):
        if verified is None or not verified.signing_key:
            raise InvalidRequest(
                "Requests without a Signature Version 4 signature don't support this x-amz-content-sha256 "
                "value. Please use UNSIGNED-PAYLOAD or STREAMING-UNSIGNED-PAYLOAD-TRAILER."
            )
        trailers = payload == STREAMING_SIGNED_TRAILER
        names = _trailer_names(request) if trailers else ()
        return ChunkedDecoder(_decoded_length(request), names, ChunkSignatures(verified), trailers)
    if payload == STREAMING_UNSIGNED_TRAILER or (payload == UNSIGNED_PAYLOAD and _is_framed(request)):
        return ChunkedDecoder(_decoded_length(request), _trailer_names(request))
    length = headers.get("content-length")
    return PlainDecoder(
        _number("content-length", length) if length is not None else None,
        payload if is_sha256(payload) else "",
    )


def _is_framed(request: Request) -> bool:
    """Clients that don't sign with SigV4 send chunks without saying so in `x-amz-content-sha256`."""
    headers = request.headers
    return "x-amz-decoded-content-length" in headers and "aws-chunked" in headers.get("content-encoding", "")


def _decoded_length(request: Request) -> int:
    declared = request.headers.get("x-amz-decoded-content-length")
    if declared is None:
        raise MissingContentLength
    return _number("x-amz-decoded-content-length", declared)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidArgument(f"{name} must be a number", ArgumentName=name, ArgumentValue=text)
    return int(text)


def _trailer_names(request: Request) -> tuple[str, ...]:
    declared = request.headers.get("x-amz-trailer", "")
    names = tuple(name.strip().lower() for name in declared.split(",") if name.strip())
    if any(algorithm_of_header(name) is None for name in names):
        raise InvalidRequest("The value specified in the x-amz-trailer header is not supported")
    return names
