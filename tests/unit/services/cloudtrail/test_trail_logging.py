"""StartLogging, StopLogging, GetTrailStatus."""

from __future__ import annotations

from s3trail.state.config import trails
from s3trail.state.config.trails import Progress
from tests.unit.records import ACCOUNT, NOW
from tests.unit.services.cloudtrail.conftest import CloudTrail

STRINGS = (
    "LatestDeliveryAttemptTime",
    "LatestNotificationAttemptTime",
    "LatestNotificationAttemptSucceeded",
    "LatestDeliveryAttemptSucceeded",
    "TimeLoggingStarted",
    "TimeLoggingStopped",
)


def test_new_trail_does_not_log(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    assert cloudtrail.call("GetTrailStatus", {"Name": "main"}) == {"IsLogging": False} | dict.fromkeys(
        STRINGS, ""
    )


def test_status_tells_starts_and_stops(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    cloudtrail.call("StartLogging", {"Name": "main"})
    started = cloudtrail.call("GetTrailStatus", {"Name": "main"})
    assert (started["IsLogging"], started["StartLoggingTime"]) == (True, NOW)
    assert started["TimeLoggingStarted"] == "2027-01-15T08:00:00Z"
    cloudtrail.clock.advance(60)
    cloudtrail.call("StopLogging", {"Name": "main"})
    stopped = cloudtrail.call("GetTrailStatus", {"Name": "main"})
    assert (stopped["IsLogging"], stopped["StopLoggingTime"]) == (False, NOW + 60)


def test_status_tells_how_delivery_goes(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    with cloudtrail.environment.write() as tx:
        (trail,) = trails.of_account(tx, ACCOUNT)
        trails.put_progress(
            tx, trail.id, Progress(7, attempted=NOW + 9, delivered=NOW + 5, error="NoSuchBucket")
        )
    status = cloudtrail.call("GetTrailStatus", {"Name": "main"})
    assert status["LatestDeliveryError"] == "NoSuchBucket"
    assert status["LatestDeliveryTime"] == NOW + 5
    assert status["LatestDeliveryAttemptTime"] == "2027-01-15T08:00:09Z"
    assert status["LatestDeliveryAttemptSucceeded"] == "2027-01-15T08:00:05Z"


def test_status_of_a_shadow_works(cloudtrail: CloudTrail) -> None:
    cloudtrail.create(IsMultiRegionTrail=True)
    assert cloudtrail.call("GetTrailStatus", {"Name": "main"}, region="eu-west-1")["IsLogging"] is False


def test_spans_run_from_start_to_stop_event(cloudtrail: CloudTrail) -> None:
    for name in ("CreateTrail", "StartLogging", "StartLogging", "StopLogging", "StopLogging", "StartLogging"):
        cloudtrail.call(name, {"Name": "main", "S3BucketName": "logs"})
    with cloudtrail.environment.read() as tx:
        (trail,) = trails.of_account(tx, ACCOUNT)
    assert [(span.after, span.until) for span in trail.spans] == [(1, 4), (5, None)]


def test_unchanged_rules_keep_one_span(cloudtrail: CloudTrail) -> None:
    cloudtrail.create()
    cloudtrail.call("StartLogging", {"Name": "main"})
    cloudtrail.call("UpdateTrail", {"Name": "main", "S3KeyPrefix": "new"})
    cloudtrail.call("PutEventSelectors", {"TrailName": "main", "EventSelectors": [{}]})
    cloudtrail.call(
        "PutEventSelectors", {"TrailName": "main", "EventSelectors": [{"ReadWriteType": "ReadOnly"}]}
    )
    with cloudtrail.environment.read() as tx:
        (trail,) = trails.of_account(tx, ACCOUNT)
    assert [(span.after, span.until) for span in trail.spans] == [(1, 4), (4, None)]
