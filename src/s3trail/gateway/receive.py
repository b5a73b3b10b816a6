"""Bodies: documents are gathered, payloads go to their sink while they arrive."""

from __future__ import annotations

import asyncio
import base64
import binascii
from concurrent.futures import Executor
from hashlib import md5

from s3trail.gateway.capture import Progress
from s3trail.gateway.connection import Incoming
from s3trail.kernel import checksums
from s3trail.kernel.errors import AwsError
from s3trail.kernel.operation import ByteSink
from s3trail.wire.auth.payload import BodyDecoder

__all__ = ["receive_document", "receive_payload"]

_INLINE = 16 * 1024
"""Payloads up to this many bytes are hashed in the loop: that takes less than the way to a thread and
back."""
_SMALL = 256 * 1024
"""Payloads up to this many bytes are stored in one go."""


class EntityTooLarge(AwsError):
    """A document body over the limit."""

    code = "MaxMessageLengthExceeded"
    status = 400
    message = "Your request was too big."


class InvalidDigest(AwsError):
    """Content-MD5 isn't base64 of 16 bytes."""

    code = "InvalidDigest"
    status = 400
    message = "The Content-MD5 you specified was invalid."


class BadDigest(AwsError):
    """The body isn't what its digest says."""

    code = "BadDigest"
    status = 400
    message = "The Content-MD5 or checksum value that you specified did not match what the server received."


async def receive_document(
    incoming: Incoming, decoder: BodyDecoder | None, progress: Progress, limit: int
) -> bytes:
    """The whole body of a request whose body is a document.

    Args:
        decoder: takes S3's framing off and checks the signature; None for services whose signature covers
            the body's hash.
        limit: most bytes that are taken.

    Raises:
        AwsError: too large, broken, not what its digest says, or the client went away.
    """
    blocks: list[bytes] = []
    size = 0
    try:
        while block := await incoming.read():
            decoded = [block] if decoder is None else decoder.feed(block)
            blocks += decoded
            size += sum(map(len, decoded))
            if size > limit:
                raise EntityTooLarge(MaxMessageLengthBytes=str(limit))
    finally:
        progress.bytes_in = incoming.received
    trailers = decoder.finish() if decoder is not None else {}
    body = b"".join(blocks)
    if decoder is not None:
        _check(body, {**progress.headers, **trailers})
    return body


def _check(body: bytes, headers: dict[str, str]) -> None:
    declared = headers.get("content-md5")
    if declared is not None:
        try:
            wanted = base64.b64decode(declared, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidDigest from None
        if len(wanted) != 16:
            raise InvalidDigest
        if md5(body, usedforsecurity=False).digest() != wanted:
            raise BadDigest("The Content-MD5 you specified did not match what we received.")
    for algorithm, name in checksums.HEADERS.items():
        declared = headers.get(name)
        if declared is None:
            continue
        hasher = checksums.new(algorithm)
        hasher.update(body)
        if hasher.b64() != declared:
            raise BadDigest(f"The {algorithm} you specified did not match the calculated checksum.")


async def receive_payload(
    incoming: Incoming, decoder: BodyDecoder, sink: ByteSink, progress: Progress, pool: Executor
) -> None:
    """Move a payload into its sink: the pool hashes, writes and syncs while the next bytes arrive.

    Raises:
        AwsError: what the decoder or the sink has against the bytes, or the client went away.
    """
    loop = asyncio.get_running_loop()
    length = decoder.decoded_length
    try:
        if length is not None and length <= _SMALL:
            blocks = []
            while block := await incoming.read():
                blocks.append(block)
            body = b"".join(blocks)
            if sink.packed and length <= _INLINE:
                _store(body, decoder, sink)
            else:
                await loop.run_in_executor(pool, _store, body, decoder, sink)
            return
        while block := await incoming.read():
            await loop.run_in_executor(pool, _write, block, decoder, sink)
        await loop.run_in_executor(pool, _finish, decoder, sink)
    finally:
        progress.bytes_in = incoming.received


def _write(block: bytes, decoder: BodyDecoder, sink: ByteSink) -> None:
    for decoded in decoder.feed(block):
        sink.write(decoded)


def _finish(decoder: BodyDecoder, sink: ByteSink) -> None:
    sink.finish(decoder.finish())


def _store(body: bytes, decoder: BodyDecoder, sink: ByteSink) -> None:
    if body:
        _write(body, decoder, sink)
    _finish(decoder, sink)
