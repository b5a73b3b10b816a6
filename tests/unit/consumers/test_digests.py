"""Digests: what they tell, how they follow each other, when chains begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from s3trail.journal import journal
from s3trail.kernel.errors import AwsError
from s3trail.state.config import digest_chains, signing_keys, trails
from s3trail.state.config.trails import Trail
from tests.unit.consumers.digest_house import HOUR, DigestHouse, span
from tests.unit.records import ACCOUNT, NOW, record

BROKEN = AwsError(code="NoSuchBucket", status=404)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DigestHouse]:
    made = DigestHouse(tmp_path)
    yield made
    made.environment.close()


def spans(
    house: DigestHouse, region: str = "us-east-1", *, backfill: bool = False
) -> list[tuple[float, float]]:
    return [span(each, NOW) for each in house.documents(region, backfill=backfill)]


def update(house: DigestHouse, trail: Trail, **changes: object) -> Trail:
    """UpdateTrail with `EnableLogFileValidation` or a bucket."""
    with house.environment.write() as tx:
        before = trails.get(tx, trail.account_id, trail.region, trail.name)
        assert before is not None
        after: Trail = replace(before, **changes)  # type: ignore[arg-type]
        trails.put(tx, after)
        if before.bucket != after.bucket:
            digest_chains.move(tx, after)
        if before.validation and not after.validation:
            digest_chains.close(tx, after)
        if after.validation and not before.validation:
            digest_chains.begin(tx, after, house.clock.now())
    return after


def test_first_digest_begins_a_chain_and_names_what_was_delivered(house: DigestHouse) -> None:
    house.trail(prefix="audit")
    house.journal(record("First", time=NOW), record("Second", time=NOW + 5))
    house.pass_time(HOUR)
    (digest,) = house.documents()
    (log,) = house.log_files()
    assert digest["awsAccountId"] == ACCOUNT
    assert span(digest, NOW) == (0, HOUR)
    assert digest["digestS3Object"] == (
        "audit/AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2027/01/15/"
        "123456789012_CloudTrail-Digest_us-east-1_main_us-east-1_20270115T090000Z.json.gz"
    )
    assert [(each["s3Bucket"], each["s3Object"]) for each in digest["logFiles"]] == [(log.bucket, log.key)]
    (named,) = digest["logFiles"]
    assert (named["oldestEventTime"], named["newestEventTime"]) == (
        "2027-01-15T08:00:00Z",
        "2027-01-15T08:00:05Z",
    )
    assert (digest["oldestEventTime"], digest["newestEventTime"]) == (
        named["oldestEventTime"],
        named["newestEventTime"],
    )
    previous = [name for name in digest if name.startswith("previousDigest")]
    assert [digest[name] for name in previous] == [None] * 5


def test_empty_hours_have_digests_and_ranges_adjoin(house: DigestHouse) -> None:
    house.trail()
    house.journal(record())
    house.pass_time(4 * HOUR)
    assert spans(house) == [(at * HOUR, (at + 1) * HOUR) for at in range(4)]
    empty = house.documents()[-1]
    assert (empty["logFiles"], empty["oldestEventTime"], empty["newestEventTime"]) == ([], None, None)
    assert all(digest["previousDigestS3Object"] for digest in house.documents()[1:])


def test_each_log_file_is_in_the_digest_of_its_hour(house: DigestHouse) -> None:
    house.trail()
    for _ in range(6):
        house.journal(record())
        house.pass_time(HOUR / 2)
    house.pass_time(HOUR)
    assert [len(digest["logFiles"]) for digest in house.documents()] == [2, 2, 2, 0]
    assert sorted(house.named()) == sorted(file.key for file in house.log_files())


def test_stop_makes_a_last_digest_and_start_a_new_chain(house: DigestHouse) -> None:
    trail = house.trail()
    house.pass_time(600)
    house.change(trail, "stop")
    house.journal(record("StopLogging"))
    house.pass_time(60)
    assert spans(house) == [(0, 601)]
    assert len(house.documents()[0]["logFiles"]) == 1
    assert house.chains() == []
    house.pass_time(2 * HOUR)
    begun = house.clock.now() - NOW
    house.change(trail, "start")
    house.journal(record("StartLogging"))
    house.pass_time(2 * HOUR)
    assert spans(house)[1:] == [(begun, begun + HOUR), (begun + HOUR, begun + 2 * HOUR)]
    assert house.documents()[1]["previousDigestS3Object"] is None
    assert house.documents()[2]["previousDigestS3Object"] is not None


def test_restart_before_the_last_delivery_leaves_no_file_out(house: DigestHouse) -> None:
    trail = house.trail()
    house.pass_time(600)
    house.change(trail, "stop")
    house.change(trail, "start")
    house.journal(record("StartLogging"))
    house.pass_time(2 * HOUR)
    ranges = spans(house)
    assert all(before[1] == after[0] for before, after in pairwise(ranges))
    assert sorted(house.named()) == sorted(file.key for file in house.log_files())


def test_late_last_digest_ends_where_the_next_chain_begins(house: DigestHouse) -> None:
    trail = house.trail()
    house.change(trail, "stop")
    house.journal(record("StopLogging"))
    house.buckets.refusal = BROKEN
    house.change(trail, "start")
    house.journal(record("StartLogging"))
    for seconds in (5741, 1460):
        house.clock.advance(seconds)
        house.delivery.step()
        house.digests.step()
    house.buckets.refusal = None
    house.pass_time(2 * HOUR)
    ranges = sorted(spans(house) + spans(house, backfill=True))
    assert ranges[:2] == [(0, 1), (1, 1 + HOUR)]
    assert all(before[1] == after[0] for before, after in pairwise(ranges))


def test_start_in_the_second_of_the_last_delivery_leaves_no_file_out(house: DigestHouse) -> None:
    trail = house.trail()
    house.change(trail, "stop")
    house.journal(record("StopLogging"))
    house.clock.advance(1)
    house.delivery.step()
    house.digests.step()
    house.change(trail, "start")
    house.journal(record("StartLogging"))
    house.pass_time(2 * HOUR)
    assert spans(house) == [(0, 2), (2, 2 + HOUR)]
    assert [len(digest["logFiles"]) for digest in house.documents()] == [1, 1]
    assert sorted(house.named()) == sorted(file.key for file in house.log_files())


def test_restart_in_the_second_of_a_delivery_leaves_no_file_out(house: DigestHouse) -> None:
    trail = house.trail()
    house.journal(record())
    house.clock.advance(60)
    house.delivery.step()
    house.change(trail, "stop")
    house.change(trail, "start")
    house.journal(record("StartLogging"))
    house.pass_time(2 * HOUR)
    assert spans(house) == [(0, 61), (61, 61 + HOUR)]
    assert [len(digest["logFiles"]) for digest in house.documents()] == [1, 1]


def test_deleted_trail_leaves_after_its_last_digest(house: DigestHouse) -> None:
    trail = house.trail()
    house.pass_time(600)
    house.change(trail, "delete")
    house.journal(record("DeleteTrail"))
    house.pass_time(60)
    assert [len(digest["logFiles"]) for digest in house.documents()] == [1]
    assert house.chains() == []
    assert house.status(trail) == digest_chains.Status()


def test_disabling_ends_the_chain_with_the_running_interval(house: DigestHouse) -> None:
    trail = house.trail()
    house.pass_time(HOUR + 600)
    house.journal(record("UpdateTrail"))
    update(house, trail, validation=False)
    house.pass_time(3 * HOUR)
    assert spans(house) == [(0, HOUR), (HOUR, 2 * HOUR)]
    assert len(house.documents()[-1]["logFiles"]) == 1
    house.journal(record("Unseen"))
    house.pass_time(HOUR)
    assert len(house.documents()) == 2
    assert len(house.named()) == 1


def test_enabling_begins_a_chain_at_once(house: DigestHouse) -> None:
    trail = house.trail(validation=False)
    house.journal(record("Before"))
    house.pass_time(HOUR)
    assert house.digest_files() == []
    update(house, trail, validation=True)
    house.journal(record("After"))
    house.pass_time(HOUR)
    assert spans(house) == [(HOUR, 2 * HOUR)]
    assert len(house.named()) == 1


def test_enabling_again_in_the_same_interval_adjoins(house: DigestHouse) -> None:
    trail = house.trail()
    house.pass_time(600)
    update(house, trail, validation=False)
    house.pass_time(600)
    update(house, trail, validation=True)
    house.pass_time(2 * HOUR)
    assert spans(house)[:2] == [(0, 1200), (1200, 1200 + HOUR)]
    assert house.documents()[1]["previousDigestS3Object"] is None


def test_each_region_has_its_own_chain_in_step_with_the_home_region(house: DigestHouse) -> None:
    house.trail(rules={"multi_region": True})
    house.pass_time(HOUR + 600)
    house.journal(record(region="eu-west-1"))
    house.pass_time(3 * HOUR)
    assert spans(house, "us-east-1") == [(at * HOUR, (at + 1) * HOUR) for at in range(4)]
    assert spans(house, "eu-west-1") == [(at * HOUR, (at + 1) * HOUR) for at in range(1, 4)]
    assert [len(each["logFiles"]) for each in house.documents("eu-west-1")] == [1, 0, 0]
    keys = {document["digestPublicKeyFingerprint"] for document in house.documents("eu-west-1")}
    assert keys.isdisjoint(document["digestPublicKeyFingerprint"] for document in house.documents())


def test_failure_is_told_and_the_digest_comes_late_in_its_chain(house: DigestHouse) -> None:
    trail = house.trail()
    house.pass_time(HOUR)
    delivered = house.status(trail).delivered
    assert delivered == NOW + HOUR
    house.pass_time(HOUR - 60)
    house.buckets.refusal = BROKEN
    house.pass_time(600)
    assert house.status(trail) == digest_chains.Status(delivered, "NoSuchBucket")
    house.buckets.refusal = None
    house.pass_time(HOUR)
    assert house.status(trail).error == ""
    assert spans(house)[:2] == [(0, HOUR), (HOUR, 2 * HOUR)]
    assert spans(house, backfill=True) == []


def test_missed_hours_get_backfill_digests_of_their_own_chain(house: DigestHouse) -> None:
    house.trail()
    house.journal(record("First"))
    house.pass_time(HOUR + 600)
    house.journal(record("Second"))
    house.pass_time(120)
    house.buckets.refusal = BROKEN
    house.pass_time(3 * HOUR)
    house.buckets.refusal = None
    house.pass_time(2 * HOUR)
    regular, late = spans(house), spans(house, backfill=True)
    assert regular[:1] == [(0, HOUR)]
    assert late[:1] == [(HOUR, 2 * HOUR)]
    covered = sorted(regular + late)
    assert all(before[1] == after[0] for before, after in pairwise(covered))
    assert house.documents(backfill=True)[0]["previousDigestS3Object"] is None
    assert house.documents(backfill=True)[1]["previousDigestS3Object"] is not None
    # The chain of the others goes over the gap.
    assert [digest["previousDigestS3Object"] is None for digest in house.documents()] == [True] + [False] * (
        len(regular) - 1
    )
    file = next(each for each in house.digest_files() if "_backfill" in each.key)
    assert file.key.endswith("T100000Z_backfill.json.gz")
    assert file.metadata["backfill-generation-timestamp"] > "2027-01-15T12"
    assert sorted(house.named()) == sorted(each.key for each in house.log_files())


def test_nothing_is_missed_by_a_stop_of_the_server(house: DigestHouse) -> None:
    house.trail()
    house.pass_time(HOUR / 2)
    house.clock.advance(5 * HOUR)
    house.digests = house.digester()
    house.settle()
    assert spans(house) == [(at * HOUR, (at + 1) * HOUR) for at in range(5)]
    house.clock.advance(100 * HOUR)
    house.settle()
    assert spans(house)[5:] == [(5 * HOUR, 105 * HOUR)]


def test_moved_trail_goes_on_with_its_chain_in_the_other_bucket(house: DigestHouse) -> None:
    trail = house.trail()
    house.pass_time(HOUR)
    update(house, trail, bucket="other-bucket", prefix="new")
    house.pass_time(HOUR)
    first, second = house.documents()
    assert (first["digestS3Bucket"], second["digestS3Bucket"]) == ("main-bucket", "other-bucket")
    assert second["previousDigestS3Bucket"] == "main-bucket"
    assert second["digestS3Object"].startswith("new/AWSLogs/")


def test_namesakes_of_one_second_have_digests_of_different_names(house: DigestHouse) -> None:
    for number in range(3):
        trail = house.trail(id=f"id-{number}")
        house.change(trail, "delete")
        house.journal(record("DeleteTrail"))
        house.settle()
    house.pass_time(60, 1)
    keys = [file.key for file in house.digest_files()]
    assert len(keys) == 3
    assert len(set(keys)) == 3


def test_file_noted_while_a_digest_is_made_is_not_lost(house: DigestHouse) -> None:
    house.trail()
    house.pass_time(HOUR - 30)
    house.journal(record("Late"))
    house.delivery.step()
    house.clock.advance(29.9)
    accept = house.buckets.deliver

    def deliver(puts, commit):  # type: ignore[no-untyped-def]
        house.buckets.deliver = accept  # type: ignore[method-assign]
        house.clock.time = NOW + HOUR - 0.01
        house.delivery.finish()
        house.clock.time = NOW + HOUR + 1
        accept(puts, commit)

    house.clock.advance(1.1)
    house.digests._deliver = deliver
    house.digests.step()
    house.digests._deliver = accept
    house.pass_time(HOUR)
    assert [len(digest["logFiles"]) for digest in house.documents()] == [1, 0]


@pytest.mark.parametrize("late", [False, True])
def test_crash_at_the_commit_makes_each_digest_once(house: DigestHouse, late: bool) -> None:
    house.trail()
    house.journal(record())
    house.pass_time(HOUR - 60)
    setattr(house.buckets, "crash_late" if late else "crash", True)
    house.clock.advance(60)
    house.digests.step()
    house.buckets.crash = house.buckets.crash_late = False
    house.digests = house.digester()
    house.pass_time(HOUR)
    assert spans(house) == [(0, HOUR), (HOUR, 2 * HOUR)]
    assert len(house.named()) == 1


def test_chain_of_a_trail_that_is_gone_is_given_up(house: DigestHouse) -> None:
    trail = house.trail()
    house.pass_time(600)
    house.buckets.refusal = BROKEN
    house.change(trail, "delete")
    house.journal(record("DeleteTrail"))
    house.pass_time(65 * 86400, 6 * HOUR)
    assert house.chains() == []
    with house.environment.read() as tx:
        assert list(trails.every(tx)) == []
        assert journal.head(tx) == house.digests.position()


def test_keys_change_every_month_and_overlap(house: DigestHouse) -> None:
    house.trail()
    house.pass_time(62 * 86400, HOUR)
    fingerprints = list(dict.fromkeys(each["digestPublicKeyFingerprint"] for each in house.documents()))
    assert len(fingerprints) == 3
    with house.environment.read() as tx:
        keys = signing_keys.every(tx, "us-east-1")
    assert [key.fingerprint for key in keys] == fingerprints
    assert all(after.starts < before.ends for before, after in pairwise(keys))
