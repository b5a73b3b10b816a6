"""The rule of Insights: its edges, its false alarms in a normal month, its delay on bursts."""

from __future__ import annotations

from random import Random
from statistics import median

import pytest

from s3trail.consumers.insights_rule import (
    BASELINE,
    LEAST_BASELINE,
    LONGEST,
    WINDOW,
    Baseline,
    baseline,
    onset,
)
from tests.unit.consumers.traffic import DAY, Rate, daily, month, office, poisson, steady


def _insights(counts: list[int], since: int) -> list[tuple[int, int]]:
    """Beginning (when it was told) and end of the insights in a series, judged minute by minute."""
    found: list[tuple[int, int]] = []
    sums = [0]
    for calls in counts:
        sums.append(sums[-1] + calls)
    usual: Baseline | None = None
    made_at = -DAY
    active: Baseline | None = None
    told = 0
    for minute in range(since, len(counts)):
        calls = sums[minute + 1] - sums[minute + 1 - WINDOW]
        if active is not None:
            if active.over(calls) or minute - told >= LONGEST:
                found.append((told, minute))
                active, made_at = None, -DAY
            continue
        if calls < 10:
            continue
        end = minute - WINDOW + 1
        if end - made_at >= 60:
            first = max(0, end - BASELINE)
            usual = baseline([(at, counts[at]) for at in range(first, end) if counts[at]], end - first)
            made_at = end
        if usual is not None and usual.unusual(calls):
            active, told = usual, minute
    return found + ([(told, len(counts))] if active is not None else [])


def test_is_silent_without_a_day_of_records() -> None:
    assert baseline([(0, 5)], LEAST_BASELINE - 1) is None
    assert baseline([(0, 5)], LEAST_BASELINE) is not None


def test_takes_the_greatest_window_wherever_it_begins() -> None:
    usual = baseline([(3, 4), (4, 6), (6, 5), (8, 1), (9, 2)], 2000)
    assert usual == Baseline(2000, 18 / 2000, 15)


def test_ten_calls_are_the_least() -> None:
    never = baseline([], 2000)
    assert never is not None
    assert not never.unusual(9)
    assert never.unusual(10)
    assert never.over(9)


def test_double_is_not_enough() -> None:
    usual = Baseline(2000, 1.0, 20)
    assert not usual.unusual(40)
    assert usual.unusual(41)
    assert not usual.over(21)
    assert usual.over(20)


def test_begins_with_the_first_minute_over_the_average() -> None:
    assert onset([(1, 2), (2, 3), (3, 90)], Baseline(2000, 2.5, 20)) == 2


@pytest.mark.slow
def test_false_alarms_of_a_normal_month_are_those_of_the_design_note() -> None:
    alarms: dict[str, int] = {}
    for seed in range(3):
        for kind, counts in month(Random(seed), 38 * DAY).items():
            alarms[kind] = alarms.get(kind, 0) + len(_insights(counts, 8 * DAY))
    assert set(alarms.values()) == {0}
    assert len(alarms) == 10


DELAYS = {
    ("few", 3): (3, 6),
    ("few", 5): (2, 3),
    ("few", 10): (2, 2),
    ("steady", 3): (3, 3),
    ("steady", 5): (2, 2),
    ("steady", 10): (1, 1),
    ("office hours", 3): (3, 4),
    ("office hours", 5): (2, 3),
    ("office hours", 10): (1, 2),
    ("busy", 3): (3, 4),
    ("busy", 5): (2, 2),
    ("busy", 10): (1, 1),
}
"""Minutes from the beginning of a burst until it is told of, the median and the most of 23 bursts, by what is
normal and by how many times the greatest window is exceeded."""


def test_delay_on_bursts_is_that_of_the_design_note() -> None:
    rates: dict[str, Rate] = {
        "few": lambda _: 0.2,
        "steady": lambda _: 20.0,
        "office hours": office(10.0),
        "busy": daily(300.0),
    }
    delays: dict[tuple[str, int], tuple[float, int]] = {}
    for name, rate in rates.items():
        random = Random(7)
        normal = steady(random, rate, 9 * DAY)
        greatest = max(sum(normal[at : at + WINDOW]) for at in range(8 * DAY)) / WINDOW
        for times in (3, 5, 10):
            waits = []
            for start in range(8 * DAY + 30, 9 * DAY - 60, 60):
                counts = normal[: start + 30]
                for minute in range(start, start + 30):
                    counts[minute] += poisson(random, greatest * times)
                told, _ = _insights(counts, start - WINDOW)[0]
                waits.append(told + 1 - start)
            assert len(waits) == 23
            delays[name, times] = (median(waits), max(waits))
    assert delays == DELAYS
