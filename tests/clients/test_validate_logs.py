"""`aws cloudtrail validate-logs`, unmodified, and `s3trail verify --trail` on the same bucket."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from s3trail.kernel.clock import iso_seconds
from s3trail.state.config import secrets
from s3trail.state.config.signing_keys import OVERLAP, VALIDITY, SigningKeys
from s3trail.state.environment import Environment
from s3trail.testing.server import Server

pytestmark = [pytest.mark.clients, pytest.mark.slow]

BUCKET = "trail-logs"
SETTINGS = {"trails.delivery_interval": "1s", "trails.digest_interval": "1s"}
HOME, AWAY = "us-east-1", "eu-west-1"


@dataclass
class Evidence:
    """A stopped trail with everything it delivered: two chains, two keys, two regions, empty intervals."""

    server: Server
    aws: str
    arn: str
    began: float

    def __post_init__(self) -> None:
        self.s3 = self.server.client("s3")
        self.digests = {region: self.keys(f"/CloudTrail-Digest/{region}/") for region in (HOME, AWAY)}
        self.logs = {region: self.keys(f"/CloudTrail/{region}/") for region in (HOME, AWAY)}

    def keys(self, part: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        found = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return [key for key in found if part in key]

    def body(self, key: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def document(self, key: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(gzip.decompress(self.body(key)))
        return document

    def validate(self, region: str = HOME) -> subprocess.CompletedProcess[str]:
        """The aws cli's verdict."""
        words = ["cloudtrail", "validate-logs", "--trail-arn", self.arn, "--region", region, "--verbose"]
        return subprocess.run(
            [self.aws, *words, "--start-time", iso_seconds(self.began)],
            env={**os.environ, **self.server.environment(), "AWS_EC2_METADATA_DISABLED": "true"},
            capture_output=True,
            text=True,
            check=False,
        )

    def verify(self) -> tuple[int, list[dict[str, Any]]]:
        """The exit code of `s3trail verify --trail`, and the files with a fault."""
        done = self.server.command("verify", "--trail", self.arn, "-o", "json")
        return done.returncode, [each for each in json.loads(done.stdout)["files"] if each["fault"]]


def _plant_old_key(data: Path) -> None:
    """A key of the home region that signs for twelve more seconds."""
    environment = Environment(data)
    try:
        keys = SigningKeys(environment, secrets.load(data, os.environ))
        keys.signer(HOME, time.time() + 12 - VALIDITY + OVERLAP)
    finally:
        environment.close()


def _named(server: Server, event_id: str) -> bool:
    """Whether the log file that holds an event is named by a digest."""
    s3 = server.client("s3")
    found = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    bodies = {key: gzip.decompress(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in found}
    (holder,) = [key for key in found if "-Digest/" not in key and event_id.encode() in bodies[key]] or [None]
    return holder is not None and any(holder.encode() in bodies[key] for key in found if "-Digest/" in key)


def _work(server: Server, name: str, regions: tuple[str, ...] = (HOME, AWAY)) -> None:
    """Calls in regions, until their log files are named by digests."""
    for region in regions:
        record = server.record_of(server.client("cloudtrail", region=region).describe_trails())
        server.wait_until(lambda found=record["eventID"]: _named(server, found))  # type: ignore[misc]
    server.client("s3").create_bucket(Bucket=name)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    beside = Path(sys.executable).parent / "aws"
    aws = str(beside) if beside.exists() else shutil.which("aws")
    if aws is None:
        pytest.skip("aws is not installed")
    began = time.time()
    with Server(tmp_path_factory.mktemp("evidence") / "data", workers=1, settings=SETTINGS) as server:
        server.stop()
        _plant_old_key(server.data)
        server.start()
        cloudtrail = server.client("cloudtrail")
        server.client("s3").create_bucket(Bucket=BUCKET)
        arn = cloudtrail.create_trail(
            Name="main",
            S3BucketName=BUCKET,
            S3KeyPrefix="audit",
            IsMultiRegionTrail=True,
            EnableLogFileValidation=True,
        )["TrailARN"]
        for number in range(2):
            cloudtrail.start_logging(Name="main")
            _work(server, f"first-{number}")
            assert server.restart() == 0
            _work(server, f"second-{number}")
            server.wait_until(lambda: len(cloudtrail.list_public_keys()["PublicKeyList"]) == 2)
            stopped = server.record_of(cloudtrail.stop_logging(Name="main"))["eventID"]
            server.wait_until(lambda found=stopped: _named(server, found))  # type: ignore[misc]
        yield Evidence(server, aws, arn, began)


@pytest.fixture
def restored(evidence: Evidence) -> Iterator[Evidence]:
    """The evidence; whatever a test does to it is undone."""
    before = {}
    for key in evidence.keys("AWSLogs/"):
        answer = evidence.s3.get_object(Bucket=BUCKET, Key=key)
        before[key] = (answer["Body"].read(), answer["Metadata"])
    yield evidence
    for key in set(evidence.keys("AWSLogs/")) - set(before):
        evidence.s3.delete_object(Bucket=BUCKET, Key=key)
    for key, (body, metadata) in before.items():
        evidence.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_good_chains_are_valid(evidence: Evidence, region: str) -> None:
    done = evidence.validate(region)
    assert done.returncode == 0, done.stdout + done.stderr
    digests, logs = evidence.digests[region], evidence.logs[region]
    assert f"{len(digests)}/{len(digests)} digest files valid" in done.stdout
    assert f"{len(logs)}/{len(logs)} log files valid" in done.stdout
    # The gap between the two chains, in which the trail was stopped.
    assert done.stderr.count("No log files were delivered by CloudTrail between") <= 1
    assert evidence.verify() == (0, [])


def test_evidence_holds_what_it_claims(evidence: Evidence) -> None:
    documents = [evidence.document(key) for key in evidence.digests[HOME]]
    assert [each["previousDigestS3Object"] is None for each in documents].count(True) == 2
    assert len({each["digestPublicKeyFingerprint"] for each in documents}) == 2
    assert any(each["logFiles"] == [] for each in documents)
    status = evidence.server.client("cloudtrail").get_trail_status(Name="main")
    assert status["LatestDigestDeliveryTime"] > datetime.fromtimestamp(evidence.began, UTC)
    assert "LatestDigestDeliveryError" not in status


def _changed_log(evidence: Evidence) -> None:
    key = next(key for key in evidence.logs[HOME] if b"127.0.0.1" in gzip.decompress(evidence.body(key)))
    body = gzip.compress(gzip.decompress(evidence.body(key)).replace(b"127.0.0.1", b"192.0.2.1"))
    evidence.s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def _truncated_log(evidence: Evidence) -> None:
    key = evidence.logs[HOME][0]
    evidence.s3.put_object(Bucket=BUCKET, Key=key, Body=evidence.body(key)[:-20])


def _deleted_log(evidence: Evidence) -> None:
    evidence.s3.delete_object(Bucket=BUCKET, Key=evidence.logs[HOME][-1])


def _swapped_logs(evidence: Evidence) -> None:
    one, two = evidence.logs[HOME][:2]
    bodies = evidence.body(one), evidence.body(two)
    evidence.s3.put_object(Bucket=BUCKET, Key=one, Body=bodies[1])
    evidence.s3.put_object(Bucket=BUCKET, Key=two, Body=bodies[0])


def _changed_digest(evidence: Evidence) -> None:
    key = evidence.digests[HOME][1]
    body = gzip.compress(json.dumps(evidence.document(key) | {"logFiles": []}).encode())
    metadata = evidence.s3.head_object(Bucket=BUCKET, Key=key)["Metadata"]
    evidence.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)


def _digest_without_signature(evidence: Evidence) -> None:
    key = evidence.digests[HOME][1]
    evidence.s3.put_object(Bucket=BUCKET, Key=key, Body=evidence.body(key))


def _deleted_digest(evidence: Evidence) -> None:
    evidence.s3.delete_object(Bucket=BUCKET, Key=evidence.digests[HOME][1])


def _swapped_digests(evidence: Evidence) -> None:
    one, two = evidence.digests[HOME][1:3]
    found = {key: evidence.s3.get_object(Bucket=BUCKET, Key=key) for key in (one, two)}
    for here, there in ((one, two), (two, one)):
        body, metadata = found[there]["Body"].read(), found[there]["Metadata"]
        evidence.s3.put_object(Bucket=BUCKET, Key=here, Body=body, Metadata=metadata)


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (_changed_log, "hash value doesn't match"),
        (_truncated_log, "INVALID"),
        (_deleted_log, "INVALID: not found"),
        (_swapped_logs, "hash value doesn't match"),
        (_changed_digest, "signature verification failed"),
        (_digest_without_signature, "signature verification failed"),
        (_deleted_digest, "INVALID: not found"),
        (_swapped_digests, "has been moved from its original location"),
    ],
)
def test_tampering_is_found_by_both(
    restored: Evidence, tamper: Callable[[Evidence], None], told: str
) -> None:
    tamper(restored)
    done = restored.validate()
    assert done.returncode == 1, done.stdout + done.stderr
    assert told in done.stderr
    code, faults = restored.verify()
    assert code == 1
    assert {fault["region"] for fault in faults} == {HOME}


def test_added_log_file_is_found_by_verify(tmp_path: Path) -> None:
    """The aws cli looks at no file that a digest doesn't name."""
    with Server(tmp_path / "data", workers=1, settings=SETTINGS) as server:
        s3, cloudtrail = server.client("s3"), server.client("cloudtrail")
        s3.create_bucket(Bucket=BUCKET)
        arn = cloudtrail.create_trail(Name="main", S3BucketName=BUCKET, EnableLogFileValidation=True)
        cloudtrail.start_logging(Name="main")
        _work(server, "before-it", (HOME,))
        evidence = Evidence(server, "", arn["TrailARN"], 0.0)
        like = evidence.logs[HOME][0]
        added = f"{like.rpartition('_')[0]}_AAAABBBBCCCCDDDD.json.gz"
        s3.put_object(Bucket=BUCKET, Key=added, Body=evidence.body(like))
        code, faults = server.wait_until(lambda: ((found := evidence.verify())[0] and found) or None)
        assert code == 1
        assert [(fault["status"], fault["key"]) for fault in faults] == [("unnamed", added)]


def test_missed_intervals_have_valid_backfill_digests(evidence: Evidence, tmp_path: Path) -> None:
    began = time.time()
    with Server(
        tmp_path / "data", workers=1, settings=SETTINGS | {"trails.delivery_interval": "3s"}
    ) as server:
        s3, cloudtrail = server.client("s3"), server.client("cloudtrail")
        s3.create_bucket(Bucket=BUCKET)
        arn = cloudtrail.create_trail(Name="main", S3BucketName=BUCKET, EnableLogFileValidation=True)
        cloudtrail.start_logging(Name="main")
        s3.delete_bucket(Bucket=BUCKET)

        def status() -> dict[str, Any]:
            found: dict[str, Any] = cloudtrail.get_trail_status(Name="main")
            return found

        error = server.wait_until(lambda: status().get("LatestDigestDeliveryError"))
        assert error == "NoSuchBucket"
        # Longer than two intervals, so that at least one is missed.
        server.wait_until(lambda: time.time() > began + 4)
        s3.create_bucket(Bucket=BUCKET)
        late = server.wait_until(
            lambda: Evidence(server, evidence.aws, arn["TrailARN"], began).keys("_backfill")
        )
        cloudtrail.stop_logging(Name="main")
        found = Evidence(server, evidence.aws, arn["TrailARN"], began)
        metadata = s3.head_object(Bucket=BUCKET, Key=late[0])["Metadata"]
        assert metadata["backfill-generation-timestamp"] > iso_seconds(began)
        assert "LatestDigestDeliveryError" not in status()
        done = found.validate()
        assert done.returncode == 0, done.stdout + done.stderr
        assert "backfill digest files valid" in done.stdout
        server.wait_until(lambda: found.verify()[0] == 0)


def test_two_deleted_digests_in_a_row_are_found_by_verify(restored: Evidence) -> None:
    gone = restored.digests[HOME][1:3]
    restored.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in gone]})
    code, faults = restored.verify()
    assert code == 1
    assert {fault["key"] for fault in faults} == set(gone)
    assert {fault["status"] for fault in faults} == {"missing"}


def test_chain_without_its_end_is_found_by_verify(restored: Evidence) -> None:
    gone = restored.digests[HOME][-2:]
    restored.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in gone]})
    assert restored.validate().returncode == 0
    code, faults = restored.verify()
    assert code == 1
    assert set(gone) <= {fault["key"] for fault in faults}


def test_end_of_the_earlier_chain_is_found_by_verify(restored: Evidence) -> None:
    documents = [restored.document(key) for key in restored.digests[HOME]]
    second = [at for at, each in enumerate(documents) if each["previousDigestS3Object"] is None][1]
    gone = restored.digests[HOME][second - 1]
    restored.s3.delete_object(Bucket=BUCKET, Key=gone)
    assert restored.validate().returncode == 0
    code, faults = restored.verify()
    assert (code, [fault["key"] for fault in faults]) == (1, [gone])


def test_copy_is_verified_with_the_listed_keys(evidence: Evidence, tmp_path: Path) -> None:
    for key in evidence.keys("AWSLogs/"):
        file = tmp_path / "copy" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(evidence.body(key))
    words = ["--start-time", iso_seconds(evidence.began), "--output", "json"]
    files = []
    for region in (HOME, AWAY):
        done = subprocess.run(
            [evidence.aws, "cloudtrail", "list-public-keys", "--region", region, *words],
            env={**os.environ, **evidence.server.environment()},
            capture_output=True,
            check=True,
        )
        (tmp_path / region).write_bytes(done.stdout)
        files += ["--public-keys", str(tmp_path / region)]
    where = ["--directory", str(tmp_path / "copy"), *files]
    done = evidence.server.command("verify", "--trail", "main", *where, "-o", "json")  # type: ignore[assignment]
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (0, True), done.stdout
    # The last digest of each chain has its signature in the object's metadata alone.
    assert report["digests"]["unproven"] <= 4
    assert report["digests"]["valid"] >= 6
