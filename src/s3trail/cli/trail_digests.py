"""The digests of one trail and region, read and proven one by one.

Input: digest files. Output: for each, what it says and whether that is proven: by its signature, which is in
its object's user metadata and also in the digest after it. Digests are proven from the newest to the oldest,
so that a copy without metadata lacks proof of the last digest of each chain alone.

Format: CloudTrail User Guide, "CloudTrail digest file structure".
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from s3trail.cli.trail_sources import Source
from s3trail.consumers.digest_files import ALGORITHM, signed_text
from s3trail.kernel.clock import parse_iso_seconds
from s3trail.state.config.signing_keys import PublicKey

__all__ = ["Digest", "DigestName", "Log", "gunzip", "parse_name", "read_digests"]

_NAME = re.compile(
    r"(?P<folder>(?:.*/)?AWSLogs/(?:o-[a-z0-9]+/)?(?P<account>\d{12})/CloudTrail-Digest/(?P<region>[a-z0-9-]+)/)"
    r"\d{4}/\d\d/\d\d/(?P=account)_CloudTrail-Digest_(?P=region)_(?P<trail>.+)_(?P<home>[a-z0-9-]+)_"
    r"(?P<stamp>\d{8}T\d{6}Z)(?P<backfill>_backfill)?\.json\.gz"
)
_GZIP = 31
_MOST_JSON = 256_000_000
"""Bytes; AWS limits a log file to 50 MB, and a digest names some hundreds."""


@dataclass(frozen=True, slots=True)
class DigestName:
    """What a digest's key tells."""

    folder: str
    """Up to the date."""
    account_id: str
    region: str
    trail: str
    home: str
    end: float
    """Epoch seconds."""
    backfill: bool


@dataclass(frozen=True, slots=True)
class Log:
    """A log file that a digest names."""

    bucket: str
    key: str
    hash: str


@dataclass(slots=True)
class Digest:
    """A digest file."""

    bucket: str
    key: str
    name: DigestName
    start: float = 0.0
    end: float = 0.0
    hash: str = ""
    """Hex SHA-256 of its JSON; empty if it can't be read."""
    previous: tuple[str, str] | None = None
    """Bucket and key of the one before it; None for the first of a chain."""
    previous_hash: str = ""
    previous_signature: str = ""
    logs: Sequence[Log] = ()
    fault: str = ""
    """Why it is not to be believed; empty when it is."""
    proven: bool = False
    """Its signature is known and right. A digest without fault that isn't proven lacks a signature."""
    document: Mapping[str, Any] = field(default_factory=dict)
    text: bytes = b""
    """Its JSON, until it is proven."""

    @property
    def good(self) -> bool:
        """Nothing speaks against it."""
        return not self.fault


def parse_name(key: str) -> DigestName | None:
    """What a key tells; None if it isn't the key of a digest."""
    found = _NAME.fullmatch(key)
    if found is None:
        return None
    try:
        end = parse_iso_seconds(found["stamp"])
    except ValueError:
        return None
    return DigestName(
        found["folder"],
        found["account"],
        found["region"],
        found["trail"],
        found["home"],
        end,
        found["backfill"] is not None,
    )


def gunzip(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of one gzip member.

    Raises:
        ValueError: it isn't exactly one whole member.
    """
    inflater = zlib.decompressobj(_GZIP)
    try:
        for block in blocks:
            if inflater.eof:
                raise ValueError("there are bytes after the end of the gzip member")
            yield inflater.decompress(block)
            if inflater.unused_data:
                raise ValueError("there are bytes after the end of the gzip member")
        yield inflater.flush()
    except zlib.error as error:
        raise ValueError("it is no gzip file") from error
    if not inflater.eof:
        raise ValueError("it is cut off")


def read_digests(
    source: Source, keys: Sequence[tuple[str, str]], public_keys: Mapping[str, PublicKey]
) -> list[Digest]:
    """Read digests and prove them.

    Args:
        source: where they are.
        keys: bucket and key of each; the keys parse.
        public_keys: by fingerprint.

    Returns:
        The digests, newest first.
    """
    digests = [_read(source, bucket, key) for bucket, key in keys]
    digests.sort(key=lambda digest: (digest.name.end, digest.name.backfill), reverse=True)
    by_key = {digest.key: digest for digest in digests}
    after: dict[str, Digest] = {}
    for digest in digests:
        if digest.good:
            _prove(source, digest, after.get(digest.key), public_keys)
        digest.text, digest.document = b"", {}
        if digest.good and digest.previous is not None and digest.previous[1] in by_key:
            after.setdefault(digest.previous[1], digest)
    return digests


def _read(source: Source, bucket: str, key: str) -> Digest:
    name = parse_name(key)
    assert name is not None, "only keys of digests are read"
    digest = Digest(bucket, key, name)
    try:
        digest.text = _whole(source, bucket, key)
        digest.document = orjson.loads(digest.text)
        _take(source, digest, digest.document)
    except orjson.JSONDecodeError:
        digest.fault = "it is no JSON"
    except ValueError as error:
        digest.fault = str(error)
    except (KeyError, TypeError, AttributeError):
        digest.fault = "it is no digest: a member is missing or of another type"
    return digest


def _whole(source: Source, bucket: str, key: str) -> bytes:
    blocks = source.read(bucket, key)
    if blocks is None:
        raise ValueError("it can't be read")
    pieces, length = [], 0
    for piece in gunzip(blocks):
        length += len(piece)
        if length > _MOST_JSON:
            raise ValueError("it is longer than any digest")
        pieces.append(piece)
    return b"".join(pieces)


def _take(source: Source, digest: Digest, document: Mapping[str, Any]) -> None:
    """Fill in what a document says.

    Raises:
        ValueError: it isn't that of the file.
    """
    digest.start = parse_iso_seconds(document["digestStartTime"])
    digest.end = parse_iso_seconds(document["digestEndTime"])
    if document["digestS3Object"] != digest.key:
        raise ValueError(f"it was moved here from {document['digestS3Object']}")
    if source.names_buckets and document["digestS3Bucket"] != digest.bucket:
        raise ValueError(f"it was moved here from the bucket {document['digestS3Bucket']}")
    if document["digestSignatureAlgorithm"] != ALGORITHM:
        raise ValueError(f"its signature algorithm is {document['digestSignatureAlgorithm']}")
    if document["awsAccountId"] != digest.name.account_id or digest.end != digest.name.end:
        raise ValueError("account or time aren't those of its name")
    digest.bucket = document["digestS3Bucket"]
    digest.hash = hashlib.sha256(digest.text).hexdigest()
    if document["previousDigestS3Object"] is not None:
        digest.previous = (document["previousDigestS3Bucket"], document["previousDigestS3Object"])
        digest.previous_hash = document["previousDigestHashValue"]
        digest.previous_signature = document["previousDigestSignature"]
    digest.logs = [Log(log["s3Bucket"], log["s3Object"], log["hashValue"]) for log in document["logFiles"]]


def _prove(
    source: Source, digest: Digest, after: Digest | None, public_keys: Mapping[str, PublicKey]
) -> None:
    """Compare a digest with its signature and with what the next digest says of it."""
    public_key = public_keys.get(str(digest.document.get("digestPublicKeyFingerprint")))
    if public_key is None:
        digest.fault = (
            f"no public key has the fingerprint {digest.document.get('digestPublicKeyFingerprint')}"
        )
        return
    if after is not None and after.previous_hash != digest.hash:
        digest.fault = f"it isn't the digest that {after.key} follows"
        return
    metadata = source.metadata(digest.bucket, digest.key)
    signature = (metadata or {}).get("signature", "")
    if metadata is not None and not signature:
        digest.fault = "it has no signature"
    elif signature and after is not None and after.previous_signature != signature:
        digest.fault = f"its signature isn't the one that {after.key} follows"
    signature = signature or (after.previous_signature if after else "")
    if digest.fault or not signature:
        return
    try:
        right = public_key.verifies(bytes.fromhex(signature), signed_text(digest.document, digest.text))
    except ValueError:
        right = False
    if right:
        digest.proven = True
    else:
        digest.fault = "its signature is wrong"
