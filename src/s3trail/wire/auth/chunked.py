"""The aws-chunked body: S3's framing inside an HTTP body, with or without a signature on every chunk.

    body           = chunk* last-chunk trailer* CRLF
    chunk          = hex(size) [";chunk-signature=" signature] CRLF data CRLF
    last-chunk     = "0" [";chunk-signature=" signature] CRLF
    trailer        = name ":" value CRLF

Signatures chain: each covers its predecessor, the first one the request's own (the seed).

    chunk signature   = hex(HMAC(key, "AWS4-HMAC-SHA256-PAYLOAD" LF timestamp LF scope LF previous signature
                                      LF hex(SHA256("")) LF hex(SHA256(data))))
    trailer signature = hex(HMAC(key, "AWS4-HMAC-SHA256-TRAILER" LF timestamp LF scope LF previous signature
                                      LF hex(SHA256((name ":" value LF)*))))

The trailer's signature comes last, as `x-amz-trailer-signature`. Lines of trailers may end in LF alone, and
blank lines among them are passed over as long as a declared one is missing: AWS's own example of the format
has both.

Memory is bounded by what is fed, whatever size a chunk claims: data passes on as it comes, and a signed
chunk's signature is checked at its end. So what was passed on is proven only once `finish` has returned.

Sources: Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload
in Multiple Chunks (Chunked Upload)" and "… Including Trailing Headers".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from s3trail.wire.auth.failures import (
    IncompleteBody,
    InvalidChunkSize,
    MalformedTrailer,
    incomplete_body,
    signature_mismatch,
)
from s3trail.wire.auth.sigv4 import EMPTY_SHA256, scope, timestamp
from s3trail.wire.auth.verify import Verified

__all__ = ["MIN_CHUNK_SIZE", "ChunkSignatures", "ChunkedDecoder"]

MIN_CHUNK_SIZE = 8192
"""Bytes that every chunk but the last must have."""

_MAX_LINE = 4096
"""Bytes of a chunk's header or of one trailer; a chunk's header has about 90."""
_MAX_TRAILERS = 64
_UNSIGNED_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n").fullmatch
_SIGNED_LINE = re.compile(rb"([0-9A-Fa-f]{1,15});chunk-signature=([0-9a-f]{64})\r\n").fullmatch

_HEADER, _DATA, _DATA_END, _TRAILERS, _END, _DONE = range(6)
_TRAILER_SIGNATURE = "x-amz-trailer-signature"


class ChunkSignatures:
    """The chain of signatures of one body.

    Args:
        verified: the request's claim, which seeds the chain.
    """

    __slots__ = ("_head", "_previous", "_verified", "hash")

    def __init__(self, verified: Verified) -> None:
        claim = verified.claim
        self._verified = verified
        self._previous = claim.signature
        self._head = f"{timestamp(claim)}\n{scope(claim)}"
        self.hash = hashlib.sha256()
        """Takes the data of the current chunk."""

    def check_chunk(self, signature: str) -> None:
        """Hold the current chunk against its signature, and begin the next.

        Raises:
            SignatureDoesNotMatch: naming this chunk's string to sign, and the request's canonical request.
        """
        digest = self.hash.hexdigest()
        self.hash = hashlib.sha256()
        self._check(
            f"AWS4-HMAC-SHA256-PAYLOAD\n{self._head}\n{self._previous}\n{EMPTY_SHA256}\n{digest}", signature
        )

    def check_trailers(self, trailers: dict[str, str], signature: str) -> None:
        """Hold the trailers against their signature.

        Raises:
            SignatureDoesNotMatch: as for a chunk.
        """
        lines = "".join([f"{name}:{value}\n" for name, value in sorted(trailers.items())])
        digest = hashlib.sha256(lines.encode("latin-1")).hexdigest()
        self._check(f"AWS4-HMAC-SHA256-TRAILER\n{self._head}\n{self._previous}\n{digest}", signature)

    def _check(self, string_to_sign: str, signature: str) -> None:
        verified = self._verified
        expected = hmac.digest(verified.signing_key, string_to_sign.encode(), "sha256").hex()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise signature_mismatch(
                verified.claim.access_key_id, string_to_sign, signature, verified.canonical_request
            )
        self._previous = signature


class ChunkedDecoder:
    """Takes aws-chunked bytes as they come, gives the payload in them.

    Args:
        decoded_length: bytes of payload that the request declares.
        trailer_names: trailers that the request declares, lower case.
        signatures: the chain to check; None for unsigned chunks.
        trailers: whether trailers may follow the last chunk.
    """

    __slots__ = (
        "_bad_size",
        "_chunks",
        "_declared",
        "_left",
        "_line",
        "_received",
        "_signature",
        "_signatures",
        "_state",
        "_trailer_signature",
        "_trailers",
        "_with_trailers",
        "decoded_length",
    )

    def __init__(
        self,
        decoded_length: int,
        trailer_names: Iterable[str] = (),
        signatures: ChunkSignatures | None = None,
        trailers: bool = True,
    ) -> None:
        self.decoded_length: int | None = decoded_length
        self._declared = frozenset(trailer_names)
        self._signatures = signatures
        self._with_trailers = trailers
        self._state = _HEADER
        self._left = 0
        self._line = b""
        self._received = 0
        self._chunks = 0
        self._bad_size = 0
        self._signature = ""
        self._trailers: dict[str, str] = {}
        self._trailer_signature: str | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """The payload in the next bytes of the body.

        Args:
            data: any piece of the body.

        Raises:
            AwsError: IncompleteBody (broken framing, or more than declared), InvalidChunkSizeError,
                SignatureDoesNotMatch, MalformedTrailerError.
        """
        blocks: list[bytes] = []
        at, end = 0, len(data)
        while at < end:
            if self._state == _DATA:
                at = self._take_data(data, at, blocks)
                continue
            newline = data.find(b"\n", at)
            if newline < 0:
                self._keep(data[at:])
                break
            line = data[at : newline + 1]
            at = newline + 1
            if self._line:
                self._keep(line)
                line, self._line = self._line, b""
            self._take_line(line)
        return blocks

    def finish(self) -> dict[str, str]:
        """The trailers (lower-case names), once the body has ended.

        Raises:
            AwsError: IncompleteBody, MalformedTrailerError, SignatureDoesNotMatch.
        """
        if self._state == _TRAILERS:
            raise MalformedTrailer
        if self._state != _DONE or self._line:
            raise IncompleteBody
        expected = self.decoded_length
        if expected is not None and self._received != expected:
            raise incomplete_body(expected, self._received)
        return self._trailers

    def _keep(self, piece: bytes) -> None:
        """Remember the beginning of a line that the next bytes go on with."""
        if len(self._line) + len(piece) > _MAX_LINE:
            raise IncompleteBody
        self._line += piece

    def _take_data(self, data: bytes, at: int, blocks: list[bytes]) -> int:
        """Pass on what of the data belongs to the current chunk; gives where it ends."""
        end = min(at + self._left, len(data))
        block = data if end - at == len(data) else data[at:end]
        if self._signatures is not None:
            self._signatures.hash.update(block)
        blocks.append(block)
        self._left -= len(block)
        self._received += len(block)
        if not self._left:
            self._state = _DATA_END
            if self._signatures is not None:
                self._signatures.check_chunk(self._signature)
        return end

    def _take_line(self, line: bytes) -> None:
        if self._state == _HEADER:
            self._begin_chunk(line)
        elif self._state == _DATA_END:
            if line != b"\r\n":
                raise IncompleteBody
            self._state = _HEADER
        elif self._state == _TRAILERS:
            self._take_trailer(line)
        elif line.strip(b"\r\n"):  # after the end only line ends may follow
            raise IncompleteBody
        else:
            self._state = _DONE

    def _begin_chunk(self, line: bytes) -> None:
        signed = self._signatures is not None
        match = _SIGNED_LINE(line) if signed else _UNSIGNED_LINE(line)
        if match is None:
            raise IncompleteBody
        size = int(match[1], 16)
        self._signature = match[2].decode() if signed else ""
        self._chunks += 1
        if not size:
            if self._signatures is not None:
                self._signatures.check_chunk(self._signature)
            self._state = _TRAILERS if self._with_trailers else _END
            return
        if self._bad_size:
            raise InvalidChunkSize(Chunk=str(self._chunks), BadChunkSize=str(self._bad_size))
        if size < MIN_CHUNK_SIZE:
            self._bad_size = size  # unless it turns out to be the last
        expected = self.decoded_length
        if expected is not None and self._received + size > expected:
            raise incomplete_body(expected, self._received + size)
        self._left = size
        self._state = _DATA

    def _take_trailer(self, line: bytes) -> None:
        text = line.decode("latin-1").strip("\r\n")
        if not text:
            self._end_trailers()
            return
        name, colon, value = text.partition(":")
        name = name.strip(" \t").lower()
        value = value.strip(" \t")
        if not colon or name in self._trailers or len(self._trailers) == _MAX_TRAILERS:
            raise MalformedTrailer
        if name == _TRAILER_SIGNATURE and self._signatures is not None:
            self._trailer_signature = value
        elif name in self._declared:
            self._trailers[name] = value
        else:
            raise MalformedTrailer

    def _end_trailers(self) -> None:
        """A blank line: the end, unless a trailer is missing that may still come."""
        if len(self._trailers) < len(self._declared):
            return
        if self._signatures is not None:
            if self._trailer_signature is None:
                return
            self._signatures.check_trailers(self._trailers, self._trailer_signature)
        self._state = _DONE
