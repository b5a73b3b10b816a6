"""The checksums that S3 knows: computed while bytes pass, combined for multipart objects, and named.

Input is payload bytes, output raw digests and their base64 text. Names are AWS's: algorithms as in
`ChecksumAlgorithm` of the S3 model, members as `ChecksumCRC32`, headers as `x-amz-checksum-crc32`.

A multipart object has one of two checksums (Amazon S3 User Guide, "Checking object integrity in Amazon S3"):

- COMPOSITE: the checksum of the parts' raw digests put together, followed by `-` and the number of parts;
- FULL_OBJECT: the checksum of the whole object; of CRCs alone it follows from the parts' CRCs and lengths.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

__all__ = [
    "ALGORITHMS",
    "DIGEST_SIZES",
    "HEADERS",
    "MEMBERS",
    "Hasher",
    "algorithm_of_header",
    "combine",
    "composite",
    "new",
    "parse",
]

ALGORITHMS = (
    "CRC64NVME",
    "CRC32",
    "CRC32C",
    "SHA1",
    "SHA256",
    "SHA512",
    "MD5",
    "XXHASH64",
    "XXHASH3",
    "XXHASH128",
)
"""Every `ChecksumAlgorithm` of the S3 model."""

HEADERS = {algorithm: f"x-amz-checksum-{algorithm.lower()}" for algorithm in ALGORITHMS}
"""Algorithm to the header (or trailer) that carries it."""

MEMBERS = {algorithm: f"Checksum{algorithm}" for algorithm in ALGORITHMS}
"""Algorithm to the member of the S3 model that carries it."""

_ALGORITHM_OF_HEADER = {header: algorithm for algorithm, header in HEADERS.items()}

DIGEST_SIZES = {
    "CRC64NVME": 8,
    "CRC32": 4,
    "CRC32C": 4,
    "SHA1": 20,
    "SHA256": 32,
    "SHA512": 64,
    "MD5": 16,
    "XXHASH64": 8,
    "XXHASH3": 8,
    "XXHASH128": 16,
}
"""Bytes of a raw digest."""

_HASHLIB = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512", "MD5": "md5"}
_CRCS = {"CRC64NVME": "crc64nvme", "CRC32": "crc32", "CRC32C": "crc32c"}
_XXHASHES = {"XXHASH64": "new_xxhash64", "XXHASH3": "new_xxhash3_64", "XXHASH128": "new_xxhash3_128"}


class Hasher(Protocol):
    """A checksum in the making."""

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        ...

    def digest(self) -> bytes:
        """The raw digest of what came so far."""
        ...

    def b64(self) -> str:
        """The digest in base64, as headers carry it."""
        ...


class _Hashlib:
    """SHA and MD5, from the standard library."""

    __slots__ = ("_hash",)

    def __init__(self, name: str) -> None:
        self._hash = hashlib.new(name, usedforsecurity=False)

    def update(self, data: bytes | memoryview) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.digest()

    def b64(self) -> str:
        return base64.b64encode(self._hash.digest()).decode()


class _Crc:
    """A CRC, from the AWS common runtime's native code."""

    __slots__ = ("_crc", "_function", "_size")

    def __init__(self, function: Callable[[bytes | memoryview, int], int], size: int) -> None:
        self._function = function
        self._size = size
        self._crc = 0

    def update(self, data: bytes | memoryview) -> None:
        self._crc = self._function(data, self._crc)

    def digest(self) -> bytes:
        return self._crc.to_bytes(self._size, "big")

    def b64(self) -> str:
        return base64.b64encode(self.digest()).decode()


class _XxHash:
    """An XXHash, from the AWS common runtime's native code."""

    __slots__ = ("_hash",)

    def __init__(self, native: Any) -> None:
        self._hash = native

    def update(self, data: bytes | memoryview) -> None:
        self._hash.update(bytes(data))  # the native function takes no memoryview; bytes(bytes) is no copy

    def digest(self) -> bytes:
        return bytes(self._hash.finalize())  # may be called again, and updates may follow

    def b64(self) -> str:
        return base64.b64encode(self.digest()).decode()


def new(algorithm: str) -> Hasher:
    """A fresh checksum.

    Args:
        algorithm: one of `ALGORITHMS`.

    Raises:
        ValueError: no such algorithm.
    """
    if algorithm in _HASHLIB:
        return _Hashlib(_HASHLIB[algorithm])
    # awscrt takes tens of milliseconds to load, which no command line start should pay for.
    from awscrt import checksums as native

    if algorithm in _CRCS:
        return _Crc(getattr(native, _CRCS[algorithm]), DIGEST_SIZES[algorithm])
    if algorithm in _XXHASHES:
        return _XxHash(getattr(native.XXHash, _XXHASHES[algorithm])())
    raise ValueError(f"no checksum algorithm {algorithm!r}")


def algorithm_of_header(header: str) -> str | None:
    """`CRC32` of `x-amz-checksum-crc32` (lower case); None when the header carries no checksum."""
    return _ALGORITHM_OF_HEADER.get(header)


def parse(algorithm: str, text: str) -> bytes | None:
    """The raw digest of a checksum's base64 text; None when it isn't one of this algorithm."""
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == DIGEST_SIZES[algorithm] else None


def composite(algorithm: str, digests: Sequence[bytes]) -> str:
    """The COMPOSITE checksum of an object: base64, `-`, number of parts.

    Args:
        algorithm: one of `ALGORITHMS`.
        digests: raw digests of the parts, in order.
    """
    hasher = new(algorithm)
    hasher.update(b"".join(digests))
    return f"{hasher.b64()}-{len(digests)}"


def combine(algorithm: str, parts: Sequence[tuple[bytes, int]]) -> bytes:
    """The raw FULL_OBJECT checksum of an object, from its parts.

    Args:
        algorithm: `CRC32`, `CRC32C` or `CRC64NVME`; the others can't be combined.
        parts: raw digest and length in bytes of each part, in order; no part gives the CRC of nothing.

    Raises:
        ValueError: the algorithm's checksums can't be combined.
    """
    if algorithm not in _CRCS:
        raise ValueError(f"checksums of {algorithm!r} can't be combined")
    from awscrt import checksums as native

    combine_two = getattr(native, f"combine_{_CRCS[algorithm]}")
    total = 0
    for digest, length in parts:
        total = combine_two(total, int.from_bytes(digest, "big"), length)
    return int(total).to_bytes(DIGEST_SIZES[algorithm], "big")
