"""`s3trail verify --trail` on copied buckets: what it finds, and what it can't know."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from s3trail.kernel.errors import AwsError
from s3trail.state.config import signing_keys
from tests.unit.cli.conftest import Outcome, Run
from tests.unit.consumers.digest_house import HOUR, DigestHouse
from tests.unit.records import record

REGIONS = ("us-east-1", "eu-west-1")


def trail_call(house: DigestHouse, name: str) -> dict[str, Any]:
    source = "cloudtrail.amazonaws.com"
    return record(name, source=source, request={"name": "main"}, time=house.clock.now())


@dataclass
class Copied:
    """A bucket in a directory, with the keys that go with it."""

    directory: Path
    keys: Path
    run: Run

    def digests(self, region: str = "us-east-1") -> list[Path]:
        found = self.directory.rglob(f"*_CloudTrail-Digest_{region}_main_*.json.gz")
        return sorted(found, key=lambda path: ("_backfill" in path.name, path.name))

    def logs(self, region: str = "us-east-1") -> list[Path]:
        return sorted(self.directory.rglob(f"*_CloudTrail_{region}_*.json.gz"))

    def verify(self, *flags: str, directory: Path | None = None) -> Outcome:
        where = ["--directory", str(directory or self.directory), "--public-keys", str(self.keys)]
        return self.run("verify", "--trail", "main", *where, *flags)

    def report(self, *flags: str) -> dict[str, Any]:
        outcome = self.verify("-o", "json", *flags)
        report: dict[str, Any] = json.loads(outcome.out)
        assert outcome.code == (0 if report["ok"] else 1)
        return report

    def faults(self, *flags: str) -> list[tuple[str, str]]:
        """Status and file name of each fault."""
        found = self.report(*flags)["files"]
        return [(each["status"], Path(each["key"]).name) for each in found if each["fault"]]


def write(house: DigestHouse, directory: Path, *, metadata: bool = True) -> None:
    """Copy all that was delivered; with metadata in files beside the digests."""
    for file in house.buckets.files:
        path = directory / file.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.body)
        if metadata and file.metadata:
            path.with_name(f"{path.name}.metadata.json").write_text(json.dumps({"Metadata": file.metadata}))


def write_keys(house: DigestHouse, file: Path) -> None:
    with house.environment.read() as tx:
        keys = [key for region in REGIONS for key in signing_keys.every(tx, region)]
    listed = [{"Value": base64.b64encode(key.value).decode(), "Fingerprint": "ignored"} for key in keys]
    file.write_text(json.dumps({"PublicKeyList": listed}))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DigestHouse]:
    made = DigestHouse(tmp_path / "house")
    yield made
    made.environment.close()


@pytest.fixture
def copied(house: DigestHouse, tmp_path: Path, data: Path, run: Run) -> Copied:
    """Two chains of five hours in two regions; logging was stopped for three hours between them."""
    trail = house.trail(prefix="audit", rules={"multi_region": True})
    for at in range(2):
        for hour in range(5):
            house.journal(record(f"Call{at}{hour}"), record(f"Away{at}{hour}", region="eu-west-1"))
            house.pass_time(HOUR, HOUR / 4)
        if at == 0:
            house.change(trail, "stop")
            house.journal(trail_call(house, "StopLogging"))
            house.pass_time(3 * HOUR, HOUR / 4)
            house.change(trail, "start")
            house.journal(trail_call(house, "StartLogging"))
    assert not data.exists()
    write(house, tmp_path / "copy")
    write_keys(house, tmp_path / "keys.json")
    return Copied(tmp_path / "copy", tmp_path / "keys.json", run)


def test_good_copy_is_valid(copied: Copied) -> None:
    outcome = copied.verify()
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "ok: arn:aws:cloudtrail:us-east-1:123456789012:trail/main in us-east-1, eu-west-1: "
    )
    report = copied.report()
    assert report["ok"] is True
    assert report["digests"] == {"valid": len(copied.digests()) + len(copied.digests("eu-west-1"))}
    assert set(report["logFiles"]) <= {"valid", "uncovered"}


def test_copy_of_a_part_of_the_bucket_is_valid(copied: Copied) -> None:
    assert copied.verify(directory=copied.directory / "audit").code == 0
    assert copied.verify(directory=copied.directory / "audit/AWSLogs/123456789012").code == 0


def test_copy_without_metadata_lacks_proof_of_the_last_digests_alone(copied: Copied) -> None:
    for sidecar in copied.directory.rglob("*.metadata.json"):
        sidecar.unlink()
    report = copied.report()
    assert report["ok"] is True
    unproven = {Path(each["key"]).name for each in report["files"] if each["status"] == "unproven"}
    assert {copied.digests(region)[-1].name for region in REGIONS} <= unproven
    assert len(unproven) == 4


def test_one_region_is_verified_alone(copied: Copied) -> None:
    copied.digests("eu-west-1")[1].unlink()
    assert copied.faults("--region", "us-east-1") == []
    assert len(copied.faults("--region", "eu-west-1")) == 1


def test_range_of_time_is_verified_alone(copied: Copied) -> None:
    gone = copied.digests()[1]
    gone.unlink()
    assert copied.faults() == [("missing", gone.name)]
    assert copied.faults("--from", "2027-01-15T12:00:00Z", "--to", "2027-01-15T13:00:00Z") == []


def test_changed_log_file(copied: Copied) -> None:
    victim = copied.logs()[0]
    victim.write_bytes(gzip.compress(gzip.decompress(victim.read_bytes()) + b" "))
    assert copied.faults() == [("changed", victim.name)]


@pytest.mark.parametrize("cut", [1, 9, 200])
def test_truncated_log_file(copied: Copied, cut: int) -> None:
    victim = copied.logs()[0]
    victim.write_bytes(victim.read_bytes()[:-cut])
    assert copied.faults() == [("changed", victim.name)]


def test_bytes_behind_the_log_file(copied: Copied) -> None:
    victim = copied.logs()[0]
    victim.write_bytes(victim.read_bytes() + gzip.compress(b""))
    assert copied.faults() == [("changed", victim.name)]


def test_deleted_log_file(copied: Copied) -> None:
    victim = copied.logs()[0]
    victim.unlink()
    assert copied.faults() == [("missing", victim.name)]


def test_swapped_log_files(copied: Copied) -> None:
    one, two = copied.logs()[:2]
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert copied.faults() == [("changed", one.name), ("changed", two.name)]


def test_added_log_file(copied: Copied) -> None:
    like = copied.logs()[1]
    added = like.with_name(like.name[:-24] + "0" * 16 + ".json.gz")
    added.write_bytes(like.read_bytes())
    assert copied.faults() == [("unnamed", added.name)]


def test_changed_digest(copied: Copied) -> None:
    victim = copied.digests()[1]
    document = json.loads(gzip.decompress(victim.read_bytes())) | {"logFiles": []}
    victim.write_bytes(gzip.compress(json.dumps(document).encode()))
    assert ("changed", victim.name) in copied.faults()


def test_renamed_digest(copied: Copied) -> None:
    victim, other = copied.digests()[1:3]
    other.write_bytes(victim.read_bytes())
    assert ("changed", other.name) in copied.faults()


@pytest.mark.parametrize("garbage", [b"", b"no gzip", gzip.compress(b"no json"), gzip.compress(b"[]")])
def test_unreadable_digest(copied: Copied, garbage: bytes) -> None:
    victim = copied.digests()[1]
    victim.write_bytes(garbage)
    assert ("changed", victim.name) in copied.faults()


def test_deleted_digests_in_a_row(copied: Copied) -> None:
    gone = copied.digests()[1:4]
    for victim in gone:
        victim.unlink()
    assert sorted(copied.faults()) == sorted(("missing", victim.name) for victim in gone)


def test_end_of_an_earlier_chain(copied: Copied) -> None:
    documents = [json.loads(gzip.decompress(path.read_bytes())) for path in copied.digests()]
    begins = [at for at, each in enumerate(documents) if each["previousDigestS3Object"] is None]
    gone = copied.digests()[begins[1] - 1]
    gone.unlink()
    (fault,) = copied.faults("--region", "us-east-1")
    assert fault[0] == "missing"


def test_end_of_the_last_chain(copied: Copied) -> None:
    for victim in copied.digests()[-3:]:
        victim.unlink()
    (fault,) = [each for each in copied.faults() if each[0] == "missing"]
    assert fault[1] == copied.digests()[-1].name.replace(
        _stamp(copied.digests()[-1]), _later(copied.digests()[-1])
    )


def _stamp(path: Path) -> str:
    return path.name.removesuffix(".json.gz").rpartition("_")[2]


def _later(path: Path) -> str:
    end = datetime.strptime(_stamp(path), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() + HOUR
    return datetime.fromtimestamp(end, UTC).strftime("%Y%m%dT%H%M%SZ")


def test_chain_that_does_not_reach_as_far_as_asked(copied: Copied) -> None:
    assert copied.faults("--to", "2027-01-15T20:00:00Z") == []
    assert {status for status, _ in copied.faults("--to", "2027-01-17T08:00:00Z")} == {"missing"}


def test_backfill_digests_tell_of_their_hours(
    house: DigestHouse, tmp_path: Path, data: Path, run: Run
) -> None:
    house.trail()
    house.journal(record())
    house.pass_time(HOUR)
    house.buckets.refusal = AwsError(code="NoSuchBucket", status=404)
    house.pass_time(3 * HOUR)
    house.buckets.refusal = None
    house.pass_time(2 * HOUR)
    write(house, tmp_path / "copy")
    write_keys(house, tmp_path / "keys.json")
    copied = Copied(tmp_path / "copy", tmp_path / "keys.json", run)
    assert copied.faults() == []
    late = [path for path in copied.digests() if "_backfill" in path.name]
    late[0].unlink()
    assert [status for status, _ in copied.faults()] == ["missing"] * 2
    assert not data.exists()


def test_wrong_keys_prove_nothing(copied: Copied, tmp_path: Path) -> None:
    other = DigestHouse(tmp_path / "other")
    other.keys.signer("us-east-1", other.clock.now())
    write_keys(other, copied.keys)
    other.environment.close()
    assert {status for status, _ in copied.faults()} == {"changed"}


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        (["--region", "us-east-1"], 2, "--region needs --trail"),
        (["--from", "1h"], 2, "--from needs --trail"),
        (["--trail", "main", "--public-keys", "keys.json"], 2, "--public-keys needs --directory"),
        (["--trail", "main", "--from", "yesterday"], 2, "is no time"),
        (["--trail", "main", "--from", "1h", "--to", "2h"], 2, "--from is later than --to"),
        (["--trail", "main", "--directory", "nowhere"], 1, "nowhere is no directory"),
        (["--trail", "main", "--directory", "."], 1, "there are no digests of the trail main"),
        (["--trail", "main"], 1, "there is no journal"),
    ],
)
def test_tells_what_is_wrong_with_the_command(
    data: Path, run: Run, flags: list[str], code: int, told: str
) -> None:
    outcome = run("verify", *flags)
    assert (outcome.code, outcome.out) == (code, "")
    assert told in outcome.err
    assert not data.exists()


def test_needs_keys_for_a_copy(copied: Copied, run: Run) -> None:
    outcome = run("verify", "--trail", "main", "--directory", str(copied.directory))
    assert outcome.code == 1
    assert "--directory needs --public-keys" in outcome.err
    copied.keys.write_text("{}")
    assert "isn't what `aws cloudtrail list-public-keys` prints" in copied.verify().err
