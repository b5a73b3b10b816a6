"""Delivery of log files: what is in them, when they come, and what happens when they can't."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson

from s3trail.consumers import log_files
from s3trail.journal import journal
from s3trail.kernel.errors import AwsError
from s3trail.matching.selectors import validate_basic
from s3trail.state.config import trails
from tests.unit.consumers.conftest import House
from tests.unit.records import NOW, OTHER_ACCOUNT, encoded, object_call, record

if TYPE_CHECKING:
    import pytest

EVERYTHING: dict[str, Any] = {
    "event_selectors": tuple(
        validate_basic([{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}])
    )
}

RANDOM = "".join(f"{at * 2654435761 % 4294967296:08x}" for at in range(13_000))
"""Text that hardly compresses."""


def test_file_is_one_gzip_member_of_the_records_as_received(house: House) -> None:
    house.trail()
    events = [record(f"Call{at}") for at in range(3)]
    house.journal(*events)
    house.later()
    (file,) = house.buckets.files
    assert gzip.decompress(file.body) == b'{"Records":[' + b",".join(map(encoded, events)) + b"]}"
    assert file.body[4:8] == bytes(4)
    assert (file.content_type, file.content_encoding) == ("application/json", "gzip")


def test_key_has_the_form_of_aws(house: House) -> None:
    house.trail(prefix="audit/all")
    house.journal(record())
    house.later()
    (file,) = house.buckets.files
    assert file.bucket == "main-bucket"
    assert re.fullmatch(
        r"audit/all/AWSLogs/123456789012/CloudTrail/us-east-1/2027/01/15/"
        r"123456789012_CloudTrail_us-east-1_20270115T0801Z_[0-9A-Z]{16}\.json\.gz",
        file.key,
    )


def test_waits_for_the_interval_since_the_first_event(house: House) -> None:
    house.trail()
    house.journal(record("First"))
    house.later(30)
    house.journal(record("Second"))
    house.later(29)
    assert house.buckets.flushes == 0
    house.later(1)
    assert house.buckets.names() == ["First", "Second"]
    assert house.buckets.flushes == 1


def test_size_ends_the_wait(house: House) -> None:
    house.delivery = house.consumer(size=100_000)
    house.trail()
    for _ in range(20):
        house.journal(*[record(request={"noise": RANDOM[at : at + 2000]}) for at in range(0, 100_000, 1000)])
    house.settle()
    assert house.buckets.flushes > 1
    assert all(90_000 < len(file.body) < 200_000 for file in house.buckets.files)
    house.later()
    assert len(house.buckets.records()) == 2000


def test_file_of_the_greatest_length_is_delivered_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "_MOST_UNPACKED", 5000)
    house.trail()
    house.journal(*[record(f"Call{at:02}") for at in range(20)])
    house.settle()
    house.later()
    assert house.buckets.names() == [f"Call{at:02}" for at in range(20)]
    assert house.buckets.flushes > 1
    assert all(len(gzip.decompress(file.body)) <= 5000 for file in house.buckets.files)


def test_no_file_without_events(house: House) -> None:
    house.trail()
    house.journal(record(account=OTHER_ACCOUNT), object_call("GetObject", "b", "k"))
    house.later()
    assert house.buckets.flushes == 0


def test_files_are_split_by_region_and_trail_of_one_region_takes_that_alone(house: House) -> None:
    house.trail("one")
    house.trail("all", rules={"multi_region": True})
    house.journal(record("Home"), record("Away", region="eu-west-1"))
    house.later()
    assert house.buckets.names("one-bucket") == ["Home"]
    assert {
        file.region: orjson.loads(gzip.decompress(file.body))["Records"][0]["eventName"]
        for file in house.buckets.files
        if file.bucket == "all-bucket"
    } == {"us-east-1": "Home", "eu-west-1": "Away"}


def test_global_services_can_be_left_out(house: House) -> None:
    house.trail(rules={"global_services": False})
    house.journal(record("CreateUser", source="iam.amazonaws.com"), record())
    house.later()
    assert house.buckets.names() == ["CreateBucket"]


def test_account_named_in_parameters_is_not_the_recipient(house: House) -> None:
    house.trail("ours")
    house.trail("theirs", account_id=OTHER_ACCOUNT)
    house.journal(
        record("Ours", request={"recipientAccountId": OTHER_ACCOUNT}),
        record("Theirs", account=OTHER_ACCOUNT, eventContext={"recipientAccountId": "123456789012"}),
    )
    house.later()
    assert house.buckets.names("ours-bucket") == ["Ours"]
    assert house.buckets.names("theirs-bucket") == ["Theirs"]


def test_takes_events_from_start_to_stop(house: House) -> None:
    trail = house.trail()
    house.journal(record("StartLogging"), record("During"))
    house.change(trail, "stop")
    house.journal(record("StopLogging"), record("After"))
    house.settle()
    assert house.buckets.names() == ["StartLogging", "During", "StopLogging"]


def test_restart_keeps_leftovers_and_skips_the_gap(house: House) -> None:
    trail = house.trail()
    house.journal(record("Before"))
    house.change(trail, "stop")
    house.journal(record("StopLogging"), record("Between"))
    house.change(trail, "start")
    house.journal(record("StartLogging"))
    house.later()
    assert house.buckets.names() == ["Before", "StopLogging", "StartLogging"]


def test_start_and_stop_in_one_batch_take_their_own_records(house: House) -> None:
    trail = house.trail()
    with house.environment.write() as tx:
        batch = []
        for name, verb in (
            ("Other", None),
            ("StopLogging", "stop"),
            ("Lost", None),
            ("StartLogging", "start"),
        ):
            if verb:
                found = trails.get(tx, trail.account_id, trail.region, trail.name)
                assert found is not None
                trails.put(tx, getattr(found, verb)(journal.upcoming(tx), NOW))
            batch.append(encoded(record(name)))
            tx.unjournaled = len(batch)
        journal.append_all(tx, NOW, batch)
    house.later()
    assert house.buckets.names() == ["Other", "StopLogging", "StartLogging"]


def test_each_event_is_judged_by_the_rules_of_its_time(house: House) -> None:
    trail = house.trail()
    house.journal(object_call("GetObject", "b", "old"))
    with house.environment.write() as tx:
        trails.put(tx, trail.keep(journal.head(tx), replace(trail.rules, **EVERYTHING)))
    house.journal(object_call("GetObject", "b", "new"))
    house.later()
    assert [each["requestParameters"]["key"] for each in house.buckets.records()] == ["new"]


def test_deleted_trail_leaves_after_its_last_delivery(house: House) -> None:
    trail = house.trail()
    house.journal(record("Before"))
    house.change(trail, "delete")
    house.journal(record("DeleteTrail"), record("After"))
    with house.environment.read() as tx:
        assert [each.deleted for each in trails.every(tx)] == [NOW]
    house.settle()
    assert house.buckets.names() == ["Before", "DeleteTrail"]
    with house.environment.read() as tx:
        assert list(trails.every(tx)) == []
        assert trails.progress(tx, trail.id) == trails.Progress()


def test_namesake_of_a_deleted_trail_is_another_trail(house: House) -> None:
    first = house.trail()
    house.journal(record("First"))
    house.change(first, "delete")
    house.journal(record("DeleteTrail"))
    house.trail(id="id-second", bucket="second-bucket")
    house.journal(record("Second"))
    house.later()
    assert house.buckets.names("main-bucket") == ["First", "DeleteTrail"]
    assert house.buckets.names("second-bucket") == ["Second"]


def test_failure_is_told_and_tried_again_until_it_works(house: House) -> None:
    trail = house.trail()
    house.journal(record("Kept"))
    house.buckets.refusal = AwsError("gone", code="NoSuchBucket", status=404)
    house.later()
    first = house.progress(trail)
    assert (first.error, first.attempted, first.delivered, first.position) == (
        "NoSuchBucket",
        NOW + 60,
        None,
        0,
    )
    house.later(0.5)
    assert house.progress(trail).attempted == NOW + 60
    house.later(0.5)
    assert house.progress(trail).attempted == NOW + 61
    house.buckets.refusal = None
    house.later(60)
    reached = house.progress(trail)
    assert (reached.error, reached.delivered) == ("", house.clock.now())
    assert house.buckets.names() == ["Kept"]


def test_pauses_grow_up_to_the_interval(house: House) -> None:
    trail = house.trail()
    house.journal(record())
    house.buckets.refusal = AwsError(code="AccessDenied", status=403)
    attempts = set()
    for _ in range(400):
        house.later(1)
        attempts.add(house.progress(trail).attempted)
    times = sorted(at for at in attempts if at is not None)
    assert [late - early for early, late in pairwise(times)] == [
        1,
        2,
        4,
        8,
        16,
        32,
        60,
        60,
        60,
        60,
    ]


def test_another_bucket_mends_a_trail_at_once(house: House) -> None:
    trail = house.trail()
    house.journal(record())
    house.buckets.refusal = AwsError(code="NoSuchBucket", status=404)
    for _ in range(100):
        house.later(1)
    house.buckets.refusal = None
    with house.environment.write() as tx:
        trails.put(tx, replace(trail, bucket="spare-bucket"))
    house.settle()
    assert house.buckets.names("spare-bucket") == ["CreateBucket"]


def test_one_trail_failing_does_not_hold_up_another(house: House) -> None:
    house.trail("bad")
    house.trail("good")
    house.journal(record())
    accept = house.buckets.deliver

    def deliver(puts: Any, commit: Any) -> None:
        if puts[0].bucket == "bad-bucket":
            raise AwsError(code="NoSuchBucket", status=404)
        accept(puts, commit)

    house.delivery._deliver = deliver
    house.later()
    assert house.buckets.names("good-bucket") == ["CreateBucket"]


def test_own_deliveries_are_delivered_and_never_a_reason_to_deliver(house: House) -> None:
    house.buckets.echo = True
    house.trail("a", rules=EVERYTHING)
    house.trail("b", rules=EVERYTHING)
    house.journal(record("First"))
    for _ in range(10):
        house.later()
    assert house.buckets.flushes == 2
    house.journal(record("Second"))
    for _ in range(10):
        house.later()
    assert house.buckets.flushes == 4
    for bucket in ("a-bucket", "b-bucket"):
        assert sorted(house.buckets.names(bucket)) == ["First", "PutObject", "PutObject", "Second"]


def test_trail_without_recursive_logging_drops_deliveries(house: House) -> None:
    house.buckets.echo = True
    house.trail(rules=EVERYTHING | {"recursive": False})
    for name in ("First", "Second"):
        house.journal(record(name))
        house.later()
    assert house.buckets.names() == ["First", "Second"]


def test_finish_delivers_what_waits(house: House) -> None:
    house.trail()
    house.journal(record())
    house.settle()
    house.delivery.finish()
    assert house.buckets.names() == ["CreateBucket"]


def test_crash_before_the_commit_loses_nothing_and_repeats_nothing(house: House) -> None:
    trail = house.trail()
    house.journal(record("Once"))
    house.buckets.crash = True
    house.later()
    assert house.progress(trail).error == "InternalError"
    house.buckets.crash = False
    house.delivery = house.consumer()
    house.later()
    assert house.buckets.names() == ["Once"]


def test_two_processes_deliver_once(house: House) -> None:
    house.trail()
    house.journal(record("Once"))
    other = house.consumer()
    other.step()
    house.later()
    other.step()
    other.step()
    assert house.buckets.names() == ["Once"]


def test_backlog_fills_files_instead_of_making_many(house: House) -> None:
    house.trail()
    for _ in range(10):
        house.journal(*[record(f"Call{at}") for at in range(500)])
    house.clock.advance(3600)
    house.settle()
    assert house.buckets.flushes == 1
    assert len(house.buckets.records()) == 5000


def test_position_moves_on_without_events_of_the_trail(house: House) -> None:
    trail = house.trail()
    for _ in range(25):
        house.journal(*[object_call("GetObject", "b", "k")] * 500)
    house.settle()
    assert house.progress(trail).position >= 10_000
    assert house.delivery.position() == house.progress(trail).position
    assert house.delivery.lag(12_500) == 0


def test_position_is_the_head_when_no_trail_logs(house: House) -> None:
    house.journal(record())
    assert house.delivery.position() == 1
