"""A house whose trails are validated: digests are made beside the delivery and read back from the buckets."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import orjson

from s3trail.consumers.digest_files import signed_text
from s3trail.consumers.digests import DigestConsumer
from s3trail.consumers.to_bucket import Delivery
from s3trail.journal import journal
from s3trail.kernel.clock import parse_iso_seconds
from s3trail.state.config import digest_chains, signing_keys, trails
from s3trail.state.config.digest_chains import Chain, Status
from s3trail.state.config.secrets import Secrets
from s3trail.state.config.signing_keys import SigningKeys
from s3trail.state.config.trails import Trail
from tests.unit.consumers.conftest import House

HOUR = 3600


class DigestHouse(House):
    """Environment, clock, buckets, a delivery and a maker of digests; the interval is an hour."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.keys = SigningKeys(self.environment, Secrets(bytes(32)))
        self.digests = self.digester()

    def digester(self) -> DigestConsumer:
        """A maker of digests that has just started."""
        return DigestConsumer(self.environment, self.keys, self.buckets.deliver, self.clock, interval=HOUR)

    def trail(self, name: str = "main", **changes: Any) -> Trail:
        """A trail that logs and is validated from now on."""
        return super().trail(name, **({"validation": True} | changes))

    def change(self, trail: Trail, verb: str) -> Trail:
        """Start, stop or delete a trail as its operation does, without a record."""
        with self.environment.write() as tx:
            current = trails.get(tx, trail.account_id, trail.region, trail.name) or trail
            changed: Trail = getattr(current, verb)(journal.upcoming(tx), self.clock.now())
            (trails.deleted if verb == "delete" else trails.put)(tx, changed)
            if verb == "start":
                digest_chains.begin(tx, changed, self.clock.now())
            else:
                digest_chains.stop(tx, changed)
        return changed

    def settle(self) -> None:
        """Step until neither takes anything."""
        while self.delivery.step() | self.digests.step():
            pass

    def pass_time(self, seconds: float, step: float = 60.0) -> None:
        """Let time pass in steps, as a running server would see it."""
        self.settle()
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.clock.advance(min(step, end - self.clock.now()))
            self.settle()

    def chains(self) -> list[Chain]:
        with self.environment.read() as tx:
            return digest_chains.every(tx)

    def status(self, trail: Trail) -> Status:
        with self.environment.read() as tx:
            return digest_chains.status(tx, trail.id)

    def digest_files(self, region: str = "us-east-1") -> list[Delivery]:
        """The digests of a region, in the order of their delivery."""
        return [file for file in self.buckets.files if f"/CloudTrail-Digest/{region}/" in file.key]

    def log_files(self) -> list[Delivery]:
        return [file for file in self.buckets.files if "/CloudTrail-Digest/" not in file.key]

    def documents(self, region: str = "us-east-1", *, backfill: bool = False) -> list[dict[str, Any]]:
        """The digests' documents, after all was checked that holds for each of them."""
        found = []
        # Late digests of one chain come between those of the next.
        followed_by_none: set[tuple[str | None, ...]] = set()
        for file in self.digest_files(region):
            if ("_backfill" in file.key) is not backfill:
                continue
            text = gzip.decompress(file.body)
            document: dict[str, Any] = orjson.loads(text)
            self._check(file, text, document)
            link = tuple(document[f"previousDigest{of}"] for of in ("S3Object", "HashValue", "Signature"))
            if link != (None, None, None):
                followed_by_none.remove(link)
            followed_by_none.add((file.key, hashlib.sha256(text).hexdigest(), file.metadata["signature"]))
            found.append(document)
        return found

    def _check(self, file: Delivery, text: bytes, document: dict[str, Any]) -> None:
        assert (document["digestS3Bucket"], document["digestS3Object"]) == (file.bucket, file.key)
        with self.environment.read() as tx:
            keys = {key.fingerprint: key for key in signing_keys.every(tx, file.region)}
        key = keys[document["digestPublicKeyFingerprint"]]
        assert key.verifies(bytes.fromhex(file.metadata["signature"]), signed_text(document, text))
        assert file.metadata["signature-algorithm"] == "SHA256withRSA"
        logs = {log.key: log for log in self.log_files()}
        for named in document["logFiles"]:
            body = gzip.decompress(logs[named["s3Object"]].body)
            assert hashlib.sha256(body).hexdigest() == named["hashValue"]

    def named(self) -> list[str]:
        """The keys of all log files that digests name."""
        regions = sorted({file.region for file in self.buckets.files})
        documents = [
            document
            for region in regions
            for backfill in (False, True)
            for document in self.documents(region, backfill=backfill)
        ]
        return [log["s3Object"] for document in documents for log in document["logFiles"]]


def span(document: dict[str, Any], origin: float) -> tuple[float, float]:
    """The range of a digest, in seconds since `origin`."""
    start, end = (parse_iso_seconds(document[f"digest{of}Time"]) for of in ("Start", "End"))
    return start - origin, end - origin
