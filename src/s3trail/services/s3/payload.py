"""The bytes of an object or part on their way in: hashed, written, checked, sealed.

A sink is made by an operation's `receive`, fed by the gateway, and found as `params["Body"]` by the
operation's `run`, which calls `keep` in its transaction. MD5 (the ETag) and one checksum are always computed;
a second one only if the client declares another than the one that is kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from s3trail.kernel import checksums
from s3trail.kernel.errors import AwsError, ClientDisconnected, InvalidRequest
from s3trail.services.s3.errors import (
    BadDigest,
    EntityTooLarge,
    IncompleteBody,
    InvalidDigest,
    MissingContentLength,
)
from s3trail.services.s3.store import Store
from s3trail.state.environment import Tx
from s3trail.state.objects import ownership
from s3trail.state.objects.files import BytesSource, FileSource, FileWriter
from s3trail.state.objects.packs import Memory

__all__ = [
    "DEFAULT_ALGORITHM",
    "MAX_PAYLOAD_BYTES",
    "CopySink",
    "Declared",
    "ObjectSink",
    "Payload",
    "check_length",
    "declared_digests",
]

MAX_PAYLOAD_BYTES = 5 * 1024**3
"""What one PutObject, UploadPart or CopyObject may hold (S3 User Guide, "Multipart upload limits")."""

DEFAULT_ALGORITHM = "CRC64NVME"
"""The checksum that S3 computes when the client sends none (S3 User Guide, "Checking object integrity")."""

_MEMBERS = frozenset(checksums.MEMBERS.values())
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Declared:
    """The digests that a client sent with its bytes."""

    md5: bytes | None = None
    """Content-MD5."""
    algorithm: str | None = None
    """Algorithm of the checksum that was sent, or is announced for the trailer."""
    digest: bytes | None = None
    """The checksum; None when it is still to come."""


_NOTHING_DECLARED = Declared()


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes that are durable, and what is known of them."""

    file_id: str
    """Empty when there are no bytes."""
    size: int
    """Bytes."""
    etag: str
    """Hex MD5."""
    algorithm: str
    """Of the checksum."""
    checksum: str
    """Base64."""
    besides: tuple[str, str] | None = None
    """Algorithm and value of another checksum, which the client declared and which holds; it isn't kept."""


def declared_digests(params: Mapping[str, Any]) -> Declared:
    """The digests among the input members.

    Raises:
        InvalidDigest: Content-MD5 isn't one.
        InvalidRequest: a checksum isn't one of its algorithm, there are several, or the algorithm is unknown.
        BadDigest: the checksum is of another algorithm than `x-amz-sdk-checksum-algorithm` announces.
    """
    md5 = _content_md5(params["ContentMD5"]) if "ContentMD5" in params else None
    announced = params.get("ChecksumAlgorithm")
    if announced is not None and announced not in checksums.ALGORITHMS:
        raise InvalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    if _MEMBERS.isdisjoint(params):
        if md5 is None and announced is None:
            return _NOTHING_DECLARED
        return Declared(md5, announced)
    sent = [algorithm for algorithm in checksums.ALGORITHMS if checksums.MEMBERS[algorithm] in params]
    if len(sent) > 1:
        raise InvalidRequest(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    algorithm = sent[0]
    if announced is not None and announced != algorithm:
        raise BadDigest(
            f"The checksum sent is {algorithm}, but x-amz-sdk-checksum-algorithm announces {announced}."
        )
    return Declared(md5, algorithm, _parsed(algorithm, params[checksums.MEMBERS[algorithm]]))


def _content_md5(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidDigest(ContentMD5=text) from error
    if len(digest) != 16:
        raise InvalidDigest(ContentMD5=text)
    return digest


def _parsed(algorithm: str, text: str) -> bytes:
    digest = checksums.parse(algorithm, text)
    if digest is None:
        raise InvalidRequest(f"Value for {checksums.HEADERS[algorithm]} header is invalid.")
    return digest


def check_length(length: int | None) -> int:
    """The declared length of a payload.

    Raises:
        MissingContentLength: none is declared.
        EntityTooLarge: it is over 5 GiB.
    """
    if length is None:
        raise MissingContentLength()
    if length > MAX_PAYLOAD_BYTES:
        raise EntityTooLarge(ProposedSize=str(length), MaxSizeAllowed=str(MAX_PAYLOAD_BYTES))
    return length


class ObjectSink:
    """A `ByteSink` that writes one file.

    Args:
        store: where to write.
        length: how many bytes there must be.
        declared: what the client says of them.
        algorithm: the checksum to keep; None keeps the one that is declared, else S3's default.
        attributes: anything that `receive` found out and `run` needs; passed through.
        packed: a small payload, which the committer makes durable together with others.

    Attributes:
        payload: the result; set by `finish`, and its file id by `stored` if the payload is packed.
        packed: as given.
        staged: the bytes of a packed payload between `finish` and `stored`.
        attributes: as given.
    """

    def __init__(
        self,
        store: Store,
        length: int,
        declared: Declared = _NOTHING_DECLARED,
        algorithm: str | None = None,
        attributes: Any = None,
        packed: bool = False,
    ) -> None:
        self.payload: Payload
        self.packed = packed
        self.staged = b""
        self.attributes = attributes
        self._files = store.files
        self._length = length
        self._declared = declared
        self._algorithm = algorithm or declared.algorithm or DEFAULT_ALGORITHM
        self._keep_any = algorithm is None
        self._writer: FileWriter | Memory = Memory() if packed else store.files.create(store.ids)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._checksum = checksums.new(self._algorithm)
        differs = declared.algorithm is not None and declared.algorithm != self._algorithm
        self._check = checksums.new(declared.algorithm) if differs and declared.algorithm else None
        self._lock = threading.Lock()
        # Under `_lock`: the loop's thread may discard while a pool thread writes or the committer keeps.
        self._busy = 0
        self._kept = False
        self._discarded = False
        self._refusal: AwsError | None = None

    def write(self, block: bytes) -> None:
        """Take the next bytes.

        Raises:
            IncompleteBody: more bytes than declared.
            StorageUnavailable: the disk is full.
            ClientDisconnected: the sink was discarded.
        """
        if self._writer.size + len(block) > self._length:
            raise IncompleteBody()
        if block:
            self._begin()
            try:
                self._writer.write(block)
                self._md5.update(block)
                self._checksum.update(block)
                if self._check is not None:
                    self._check.update(block)
            finally:
                self._end()

    def finish(self, trailers: Mapping[str, str]) -> None:
        """Check what was declared, then make the bytes durable.

        Raises:
            IncompleteBody: fewer bytes than declared.
            BadDigest, InvalidRequest: a digest differs or isn't one.
            StorageUnavailable: the disk is full.
            ClientDisconnected: the sink was discarded.
        """
        if self._writer.size != self._length:
            raise IncompleteBody()
        self._begin()
        try:
            md5 = self._md5.digest()
            declared = self._declared
            if declared.md5 is not None and declared.md5 != md5:
                raise BadDigest(
                    ExpectedDigest=base64.b64encode(declared.md5).decode(),
                    CalculatedDigest=base64.b64encode(md5).decode(),
                )
            besides = self._verify(trailers)
            self._seal(md5.hex(), self._algorithm, self._checksum.b64(), besides)
        finally:
            self._end()

    def _seal(self, etag: str, algorithm: str, checksum: str, besides: tuple[str, str] | None = None) -> None:
        file_id = ""
        if isinstance(self._writer, Memory):
            self.staged = self._writer.seal()
        else:
            self._writer.seal()
            file_id = self._writer.file_id if self._length else ""
        self.payload = Payload(file_id, self._length, etag, algorithm, checksum, besides)

    def stored(self, slice_id: str) -> None:
        """The staged bytes are durable under this id."""
        self.staged = b""
        self.payload = replace(self.payload, file_id=slice_id)

    def refused(self, error: AwsError) -> None:
        """The staged bytes couldn't be stored; `keep` raises this."""
        self.staged = b""
        self._refusal = error

    def _begin(self) -> None:
        with self._lock:
            if self._discarded:
                raise ClientDisconnected()
            self._busy += 1

    def _end(self) -> None:
        with self._lock:
            self._busy -= 1
            left = self._discarded and not self._busy
        if left:
            self._remove()

    def _verify(self, trailers: Mapping[str, str]) -> tuple[str, str] | None:
        # The checksum that was declared, if it isn't the one that is kept.
        algorithm, digest = self._declared.algorithm, self._declared.digest
        for name, text in trailers.items():
            trailing = checksums.algorithm_of_header(name)
            if trailing is not None:
                if digest is not None:
                    raise InvalidRequest(
                        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
                    )
                algorithm, digest = trailing, _parsed(trailing, text)
        if algorithm is None:
            return None
        if digest is None:
            raise InvalidRequest(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                "x-amz-trailer headers were found."
            )
        if algorithm == self._algorithm:
            computed = self._checksum
        elif self._check is not None and algorithm == self._declared.algorithm:
            computed = self._check
        else:
            # Only the trailer said which algorithm it is.
            computed = checksums.new(algorithm)
            for block in self._writer.blocks():
                computed.update(block)
            if self._keep_any:
                self._algorithm, self._checksum = algorithm, computed
        if computed.digest() != digest:
            raise BadDigest(f"The {algorithm} you specified did not match the calculated checksum.")
        return (algorithm, computed.b64()) if algorithm != self._algorithm else None

    def keep(self, tx: Tx) -> None:
        """Let this transaction's commit make the file the store's own.

        Raises:
            ClientDisconnected: the sink was discarded, because nobody waits for the call any more.
            StorageUnavailable: a packed payload couldn't be stored.
        """
        with self._lock:
            if self._discarded:
                raise ClientDisconnected()
            if self._refusal is not None:
                raise self._refusal
            self._kept = True
        ownership.claim(tx, self._files, self.payload.file_id)

    def discard(self) -> None:
        """Remove the file, unless a transaction has taken it.

        A commit that failed may still have reached the disk, so a file that a transaction took is never
        removed here: if the commit is not there after all, the sweep of the next start finds the file.
        """
        with self._lock:
            if self._kept or self._discarded:
                return
            self._discarded = True
            # A thread at work on the file would go on with a descriptor that is another file's by then; it
            # removes the file itself when it is through.
            free = not self._busy
        if free:
            self._remove()

    def _remove(self) -> None:
        self._writer.discard()
        if self.packed and getattr(self, "payload", None) is not None and self.payload.file_id:
            self._files.packs.punch(self.payload.file_id)


class CopySink(ObjectSink):
    """A sink without a body: `finish` copies the source that `receive` opened.

    It takes as long as its bytes need.

    Args:
        store: where to write.
        source: the open bytes.
        known: ETag, algorithm and checksum when they are known already, so that the bytes needn't be looked
            at.
        algorithm: the checksum to compute otherwise.
        attributes: passed through.
        packed: a small copy, which the committer makes durable together with others.
        source_version: version id of the source, if its bucket has versioning; passed through.
    """

    def __init__(
        self,
        store: Store,
        source: FileSource | BytesSource,
        known: tuple[str, str, str] | None,
        algorithm: str,
        attributes: Any,
        packed: bool = False,
        source_version: str = "",
    ) -> None:
        super().__init__(store, source.length, algorithm=algorithm, attributes=attributes, packed=packed)
        self._source = source
        self._known = known
        self.source_version = source_version

    def write(self, block: bytes) -> None:
        """A copy takes no bytes.

        Raises:
            InvalidRequest: there are some.
        """
        if block:
            raise InvalidRequest("A request that copies an object must not have a body")

    def finish(self, trailers: Mapping[str, str]) -> None:  # noqa: ARG002 - a copy has none
        """Copy, and make the bytes durable.

        Raises:
            ObjectChanged: the source went away meanwhile (only objects of many parts).
            StorageUnavailable: the disk is full.
            ClientDisconnected: the sink was discarded.
        """
        self._begin()
        try:
            if self._known is not None:
                if isinstance(self._source, FileSource) and isinstance(self._writer, FileWriter):
                    self._source.copy_to(self._writer)
                else:
                    while block := self._source.read(_BLOCK):
                        self._writer.write(block)
                self._seal(*self._known)
            else:
                while block := self._source.read(_BLOCK):
                    super().write(block)
                super().finish({})
        finally:
            self._source.close()
            self._end()

    def _remove(self) -> None:
        self._source.close()
        super()._remove()
