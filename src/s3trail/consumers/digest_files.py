"""Digest files: their keys, their JSON, and the text that is signed.

Input: a range of time, the log files delivered in it, the digest before. Output: the digest as an object with
its signature in user metadata. All by the CloudTrail User Guide, "CloudTrail digest file structure".

A key is `[prefix/]AWSLogs/[ORGANIZATION/]ACCOUNT/CloudTrail-Digest/REGION/YYYY/MM/DD/`
`ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOME_YYYYMMDDTHHMMSSZ[_backfill].json.gz`, in which REGION is that of
the events, HOME the trail's, and the time the end of the range, UTC.

The signed text has four lines, the last one without a line feed: the end of the range, `bucket/key`, the hex
SHA-256 of the JSON, and the previous digest's signature in hex, or `null` if the digest begins a chain.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from s3trail.kernel.clock import iso_seconds
from s3trail.state.config.digest_chains import Chain, DeliveredFile, Link
from s3trail.state.config.signing_keys import Signer

__all__ = ["ALGORITHM", "DigestFile", "build", "key", "signed_text"]

ALGORITHM = "SHA256withRSA"
_HASH = "SHA-256"


@dataclass(frozen=True, slots=True)
class DigestFile:
    """A digest, ready to be put."""

    body: bytes
    """One gzip member."""
    metadata: Mapping[str, str]
    """User metadata of the object."""
    link: Link
    """What the next digest tells of it."""


def key(chain: Chain, end: int, *, backfill: bool = False) -> str:
    """The key of a digest.

    Args:
        chain: its chain.
        end: epoch seconds at which its range ends.
        backfill: it comes after its time.
    """
    moment = datetime.fromtimestamp(end, UTC)
    before = f"{chain.prefix}/" if chain.prefix else ""
    inside = f"{chain.organization}/" if chain.organization else ""
    return (
        f"{before}AWSLogs/{inside}{chain.files_of}/CloudTrail-Digest/{chain.region}/{moment:%Y/%m/%d}/"
        f"{chain.files_of}_CloudTrail-Digest_{chain.region}_{chain.trail_name}_{chain.home}_"
        f"{moment:%Y%m%dT%H%M%SZ}{'_backfill' if backfill else ''}.json.gz"
    )


def build(
    chain: Chain,
    start: int,
    end: int,
    files: Sequence[DeliveredFile],
    signer: Signer,
    *,
    backfilled: float | None = None,
) -> DigestFile:
    """Make a digest.

    Args:
        chain: its chain, as it stands before the digest.
        start: epoch seconds at which its range begins.
        end: epoch seconds at which its range ends.
        files: the log files delivered in the range.
        signer: signs it.
        backfilled: epoch seconds at which a backfill digest is made; None for others.
    """
    previous = chain.previous if backfilled is None else chain.backfilled
    place = key(chain, end, backfill=backfilled is not None)
    document = {
        "awsAccountId": chain.files_of,
        "digestStartTime": iso_seconds(start),
        "digestEndTime": iso_seconds(end),
        "digestS3Bucket": chain.bucket,
        "digestS3Object": place,
        "digestPublicKeyFingerprint": signer.fingerprint,
        "digestSignatureAlgorithm": ALGORITHM,
        "newestEventTime": max((file.newest for file in files if file.newest), default=None),
        "oldestEventTime": min((file.oldest for file in files if file.oldest), default=None),
        "previousDigestS3Bucket": previous and previous.bucket,
        "previousDigestS3Object": previous and previous.key,
        "previousDigestHashValue": previous and previous.hash,
        "previousDigestHashAlgorithm": previous and _HASH,
        "previousDigestSignature": previous and previous.signature,
        "logFiles": [
            {
                "s3Bucket": file.bucket,
                "s3Object": file.key,
                "hashValue": file.hash,
                "hashAlgorithm": _HASH,
                "newestEventTime": file.newest or None,
                "oldestEventTime": file.oldest or None,
            }
            for file in files
        ],
    }
    text = orjson.dumps(document)
    signature = signer.sign(signed_text(document, text)).hex()
    metadata = {"signature": signature, "signature-algorithm": ALGORITHM}
    if backfilled is not None:
        metadata["backfill-generation-timestamp"] = iso_seconds(backfilled)
    link = Link(chain.bucket, place, hashlib.sha256(text).hexdigest(), signature)
    return DigestFile(gzip.compress(text, mtime=0), metadata, link)


def signed_text(document: Mapping[str, Any], text: bytes) -> bytes:
    """What the signature of a digest is made of.

    Args:
        document: the digest's members.
        text: its JSON as it is in the file.
    """
    lines = (
        document["digestEndTime"],
        f"{document['digestS3Bucket']}/{document['digestS3Object']}",
        hashlib.sha256(text).hexdigest(),
        document["previousDigestSignature"] or "null",
    )
    return "\n".join(lines).encode()
