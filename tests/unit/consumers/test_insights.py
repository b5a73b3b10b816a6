"""Journal to Insights events: pairs, attributions, selectors, restarts; and their way into log files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from s3trail.consumers.history import HistoryConsumer
from s3trail.consumers.insights import InsightsConsumer
from s3trail.journal import journal
from s3trail.kernel.ids import RandomIds
from s3trail.state.config import trails
from s3trail.state.config.trails import Trail
from s3trail.state.views.history import History
from s3trail.state.views.insights import InsightCounts, Series
from tests.unit.consumers.conftest import House
from tests.unit.records import ACCOUNT, NOW, OTHER_ACCOUNT, record

BOTH = tuple(
    {"InsightType": kind, "EventCategories": ["Management"]}
    for kind in ("ApiCallRateInsight", "ApiErrorRateInsight")
)
MINUTE, DAY = 60.0, 86400.0


class Watch:
    """A house with two quiet days behind it, and a consumer of insights."""

    def __init__(self, house: House, root: Path) -> None:
        self.house = house
        self.root = root
        # A whole minute, so that bursts lie within minutes.
        self.house.clock.time = NOW // 60 * 60 - 2 * DAY
        for _ in range(48):
            self.calls(2)
            self.house.clock.advance(3600)
        self.counts = InsightCounts(root / "views" / "insights.sqlite")
        self.consumer = self.restarted()

    def restarted(self) -> InsightsConsumer:
        """A consumer as after a restart."""
        self.consumer = InsightsConsumer(self.house.environment, self.counts, self.house.clock, RandomIds())
        return self.consumer

    def calls(self, count: int, name: str = "CreateUser", **more: Any) -> None:
        """Journal calls now."""
        more = {"source": "iam.amazonaws.com"} | more
        self.house.journal(*[record(name, time=self.house.clock.now(), **more) for _ in range(count)])

    def settle(self) -> None:
        """Step until nothing is taken."""
        while self.consumer.step():
            pass

    def minutes(self, count: int, calls: int = 0, **more: Any) -> None:
        """Let minutes pass, each with calls."""
        for _ in range(count):
            if calls:
                self.calls(calls, **more)
            self.house.clock.advance(MINUTE)
        self.house.clock.advance(3)
        self.settle()
        self.house.clock.advance(-3)

    def found(self) -> list[dict[str, Any]]:
        """The Insights records in the journal."""
        with self.house.environment.read() as tx:
            records = [orjson.loads(entry.record) for entry in journal.read(tx, 0)]
        return [each for each in records if each["eventCategory"] == "Insight"]


@pytest.fixture
def watch(house: House, tmp_path: Path) -> Iterator[Watch]:
    made = Watch(house, tmp_path)
    yield made
    made.counts.close()


def _asking(watch: Watch, selectors: tuple[dict[str, Any], ...] = BOTH, **rules: Any) -> Trail:
    return watch.house.trail(rules={"insight_selectors": selectors, **rules})


def test_tells_of_a_burst_with_a_pair(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(10)
    began = watch.house.clock.now()
    watch.minutes(8, calls=30)
    watch.minutes(10)
    start, end = watch.found()
    assert (start["eventType"], start["eventCategory"]) == ("AwsCloudTrailInsight", "Insight")
    assert start["sharedEventID"] == end["sharedEventID"]
    assert start["eventID"] != end["eventID"]
    details = start["insightDetails"]
    assert details["state"] == "Start"
    assert (details["eventSource"], details["eventName"]) == ("iam.amazonaws.com", "CreateUser")
    assert details["insightType"] == "ApiCallRateInsight"
    statistics = details["insightContext"]["statistics"]
    assert statistics["insight"] == {"average": 30.0}
    assert statistics["insightDuration"] == 1
    assert statistics["baseline"]["average"] == pytest.approx(96 / statistics["baselineDuration"])
    assert 2870 <= statistics["baselineDuration"] <= 2900
    assert start["eventTime"] == _iso(began)
    ended = end["insightDetails"]["insightContext"]["statistics"]
    assert end["insightDetails"]["state"] == "End"
    assert ended["insightDuration"] == 8
    assert ended["insight"] == {"average": 30.0}
    assert end["eventTime"] == _iso(began + 8 * MINUTE)


def _iso(moment: float) -> str:
    from s3trail.kernel.clock import iso_seconds

    return iso_seconds(moment)


def test_attributes_the_calls_to_callers(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(5)
    mallory = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory", "accountId": ACCOUNT}
    watch.minutes(1, calls=40, identity=mallory, errorCode="AccessDenied")
    call_rate, error_rate = watch.found()
    assert error_rate["insightDetails"]["insightType"] == "ApiErrorRateInsight"
    assert error_rate["insightDetails"]["errorCode"] == "AccessDenied"
    by_name = {
        each["attribute"]: each for each in call_rate["insightDetails"]["insightContext"]["attributions"]
    }
    assert by_name["userIdentityArn"]["insight"] == [{"value": mallory["arn"], "average": 40.0}]
    assert by_name["userIdentityArn"]["baseline"][0]["value"].endswith(":user/alice")
    assert by_name["errorCode"]["insight"] == [{"value": "AccessDenied", "average": 40.0}]
    assert by_name["errorCode"]["baseline"][0]["value"] == "null"
    of_errors = error_rate["insightDetails"]["insightContext"]["attributions"]
    assert [each["attribute"] for each in of_errors] == ["userIdentityArn", "userAgent"]


def test_looks_at_nothing_unless_asked(watch: Watch) -> None:
    watch.house.trail()
    watch.minutes(3, calls=50)
    assert watch.found() == []
    assert watch.counts.position() == 0
    assert watch.consumer.lag(1000) == 0


def test_tells_only_what_selectors_ask_for(watch: Watch) -> None:
    _asking(watch, BOTH[1:])
    watch.minutes(3, calls=50)
    watch.minutes(3, calls=50, name="GetObject", category="Data", source="s3.amazonaws.com")
    assert watch.found() == []


def test_tells_of_data_events_when_asked(watch: Watch) -> None:
    _asking(watch, ({"InsightType": "ApiCallRateInsight", "EventCategories": ["Data"]},))
    watch.minutes(3)
    watch.minutes(1, calls=50, name="GetObject", category="Data", source="s3.amazonaws.com", read_only=True)
    (start,) = watch.found()
    assert start["insightDetails"]["sourceEventCategory"] == "Data"


def test_reading_configuration_is_no_call_rate(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(3)
    watch.minutes(2, calls=50, name="ListUsers", read_only=True)
    assert watch.found() == []


def test_leaves_other_accounts_and_regions_alone(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(3)
    watch.minutes(2, calls=50, account=OTHER_ACCOUNT)
    watch.minutes(2, calls=50, region="eu-west-1")
    assert watch.found() == []


def test_is_silent_without_a_baseline(house: House, tmp_path: Path) -> None:
    counts = InsightCounts(tmp_path / "views" / "insights.sqlite")
    house.trail(rules={"insight_selectors": BOTH})
    consumer = InsightsConsumer(house.environment, counts, house.clock, RandomIds())
    consumer.step()
    house.journal(*[record(time=NOW) for _ in range(100)])
    house.clock.advance(120)
    while consumer.step():
        pass
    with house.environment.read() as tx:
        assert journal.head(tx) == 100
    counts.close()


def test_a_restart_neither_repeats_nor_loses(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(3)
    watch.minutes(2, calls=50)
    watch.restarted()
    watch.minutes(2, calls=50)
    watch.counts.clear()
    watch.restarted()
    watch.minutes(10)
    assert [each["insightDetails"]["state"] for each in watch.found()] == ["Start", "End"]


def test_a_failed_commit_is_told_once_in_the_end(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    _asking(watch)
    watch.minutes(3)
    watch.calls(50)

    def full(*_: object) -> int:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr("s3trail.consumers.insights.journal.append_all", full)
        watch.house.clock.advance(MINUTE + 3)
        with pytest.raises(OSError, match="no space"):
            watch.settle()
    watch.restarted()
    watch.settle()
    assert len(watch.found()) == 1


def test_switching_insights_off_ends_what_is_under_way(watch: Watch) -> None:
    trail = _asking(watch)
    watch.minutes(3)
    watch.minutes(2, calls=50)
    with watch.house.environment.write() as tx:
        current = trails.get(tx, trail.account_id, trail.region, trail.name)
        assert current is not None
        trails.put(tx, current.keep(journal.upcoming(tx), replace(current.rules, insight_selectors=())))
    watch.settle()
    assert [each["insightDetails"]["state"] for each in watch.found()] == ["Start", "End"]


def test_what_lasts_a_day_has_become_usual(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(3)
    watch.minutes(1500, calls=12)
    assert [each["insightDetails"]["state"] for each in watch.found()] == ["Start", "End"]


def test_lies_in_a_folder_of_its_own(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(3)
    watch.minutes(2, calls=50)
    watch.house.later()
    keys = [file.key for file in watch.house.buckets.files]
    insight = [key for key in keys if "/CloudTrail-Insight/us-east-1/" in key]
    assert len(insight) == 1
    assert f"{ACCOUNT}_CloudTrail-Insight_us-east-1_" in insight[0]
    kept = [each for each in watch.house.buckets.records() if each["eventCategory"] == "Insight"]
    assert kept == watch.found()


def test_is_found_by_category_in_event_history(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(3)
    watch.minutes(2, calls=50)
    view = History(watch.root / "views" / "history.sqlite")
    consumer = HistoryConsumer(watch.house.environment, view, watch.house.clock)
    while consumer.step():
        pass
    look = partial(view.lookup, ACCOUNT, "us-east-1")
    found = look(insight=True, attribute="EventName", value="CreateUser").events
    assert [dict(each.fields) for each in found] == watch.found()
    assert look(insight=True, attribute="EventName", value="DeleteUser").events == []
    others = look(limit=1000).events
    assert {each.fields["eventCategory"] for each in others} == {"Management"}
    view.close()


def test_counts_by_minute_five_minutes_and_hour(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(3, calls=7)
    series = Series(ACCOUNT, "us-east-1", "ApiCallRateInsight", "", "iam.amazonaws.com", "CreateUser")
    now = int(watch.house.clock.now())
    by_minute = watch.counts.values(series, 60, now - 180, now)
    assert list(by_minute.values()) == [7, 7, 7]
    assert sum(watch.counts.values(series, 300, now - 600, now).values()) == 21
    assert sum(watch.counts.values(series, 3600, 0, now).values()) == 21 + 96


def test_counts_past_their_time_go(watch: Watch) -> None:
    _asking(watch)
    watch.minutes(1)
    series = Series(ACCOUNT, "us-east-1", "ApiCallRateInsight", "", "iam.amazonaws.com", "CreateUser")
    now = watch.house.clock.now()
    watch.counts.prune(now + 20 * DAY)
    assert watch.counts.values(series, 60, 0, int(now)) == {}
    assert sum(watch.counts.values(series, 3600, 0, int(now)).values()) == 96


def test_many_user_agents_are_not_all_kept(watch: Watch) -> None:
    _asking(watch)
    start = int(watch.house.clock.now()) // 60
    for number in range(150):
        watch.calls(1, userAgent=f"agent {number}")
    watch.minutes(1)
    rows = watch.counts._connection.execute(
        "SELECT COUNT(*) FROM callers WHERE attribute = 'userAgent' AND slot >= ?", (start - 5,)
    ).fetchone()
    assert rows[0] <= 102
