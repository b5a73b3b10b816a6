"""Simulated calls by minute: what an API looks like in a normal month, and bursts on top."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

DAY = 1440
WEEK = 7 * DAY
WEEKDAYS = 5

Rate = Callable[[int], float]
"""Calls that are expected in a minute."""


def poisson(random: Random, mean: float) -> int:
    """A number of calls that come independently of each other."""
    if mean > 50:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count


def office(peak: float) -> Rate:
    """Weekdays from eight to six, a tenth of it at other times."""
    return lambda minute: (
        peak if minute % WEEK // DAY < WEEKDAYS and 8 * 60 <= minute % DAY < 18 * 60 else peak / 10
    )


def daily(mean: float) -> Rate:
    """A wave over the day that falls to a fifth of its mean and rises to nearly the double."""
    return lambda minute: mean * (1 + 0.8 * math.sin(2 * math.pi * minute / DAY))


def steady(random: Random, rate: Rate, minutes: int) -> list[int]:
    """Independent calls at a rate."""
    return [poisson(random, rate(minute)) for minute in range(minutes)]


def jobs(random: Random, minutes: int, every: int, calls: int, spread: float, background: float) -> list[int]:
    """A job that runs regularly, up to ten minutes late, in two to four minutes, over some background."""
    counts = steady(random, lambda _: background, minutes)
    for start in range(600, minutes - 20, every):
        begin = start + random.randrange(10)
        parts = random.randrange(2, 5)
        size = max(1.0, random.gauss(calls, calls * spread))
        for part in range(parts):
            counts[begin + part] += poisson(random, size / parts)
    return counts


def sessions(random: Random, minutes: int, a_day: float, median: float, sigma: float) -> list[int]:
    """People who now and then do many things at once: sizes of a log-normal kind, over one to six minutes."""
    counts = [0] * minutes
    for minute in range(minutes - 10):
        if random.random() < a_day / DAY:
            size = min(2000.0, random.lognormvariate(math.log(median), sigma))
            parts = random.randrange(1, 7)
            for part in range(parts):
                counts[minute + part] += poisson(random, size / parts)
    return counts


def month(random: Random, minutes: int) -> dict[str, list[int]]:
    """Series of a normal month, by what they are."""
    return {
        "rare": steady(random, lambda _: 0.002, minutes),
        "few": steady(random, lambda _: 0.2, minutes),
        "steady": steady(random, lambda _: 20.0, minutes),
        "busy": steady(random, daily(300.0), minutes),
        "daily wave": steady(random, daily(5.0), minutes),
        "office hours": steady(random, office(10.0), minutes),
        "nightly job": jobs(random, minutes, DAY, 500, 0.15, 0.1),
        "weekly job": jobs(random, minutes, WEEK, 2000, 0.15, 0.1),
        "hourly job": jobs(random, minutes, 60, 40, 0.2, 0.05),
        "people": sessions(random, minutes, 20, 8, 0.7),
    }
