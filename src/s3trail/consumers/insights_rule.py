"""The rule that tells unusual activity from usual; its reasons and its measured rates are in docs/design.

Input: how many calls of a kind were made in each minute. Output: what was usual, and where unusual begins and
ends. Pure.

A **window** is five minutes. The **baseline** is the eight days before; AWS's has at least seven (CloudTrail
User Guide, "CloudTrail record contents for Insights events"), and with eight, what happens once a week is
always in it. A window is unusual when it holds at least ten calls, and more than `FACTOR` times as many as
the greatest window of the baseline. The activity has ended when a window holds no more than that greatest
window, or fewer than ten; or after a day, when it counts as usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "BASELINE",
    "FACTOR",
    "LEAST",
    "LEAST_BASELINE",
    "LONGEST",
    "WINDOW",
    "Baseline",
    "baseline",
    "onset",
]

WINDOW = 5
"""Minutes."""
LEAST = 10
"""Calls in a window under which nothing is unusual."""
FACTOR = 2.0
BASELINE = 8 * 1440
"""Minutes."""
LEAST_BASELINE = 1440
"""Minutes of records without which nothing can be called unusual; AWS takes up to 36 hours."""
LONGEST = 1440
"""Minutes after which unusual activity has become usual."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was usual."""

    minutes: int
    """That it tells of."""
    average: float
    """Calls in a minute."""
    greatest: int
    """Calls in the window that had the most."""

    def unusual(self, calls: int) -> bool:
        """Whether a window of so many calls begins unusual activity."""
        return calls >= LEAST and calls > FACTOR * self.greatest

    def over(self, calls: int) -> bool:
        """Whether a window of so many calls ends unusual activity."""
        return calls < LEAST or calls <= self.greatest


def baseline(counts: Sequence[tuple[int, int]], minutes: int) -> Baseline | None:
    """What was usual; None when there are too few minutes to tell.

    Args:
        counts: minute and calls, in order of time, without minutes that had no calls.
        minutes: how many there were, with those.
    """
    if minutes < LEAST_BASELINE:
        return None
    greatest = within = first = 0
    for at, (minute, calls) in enumerate(counts):
        within += calls
        while counts[first][0] <= minute - WINDOW:
            within -= counts[first][1]
            first += 1
        if within > greatest and first <= at:
            greatest = within
    return Baseline(minutes, sum(calls for _, calls in counts) / minutes, greatest)


def onset(window: Sequence[tuple[int, int]], usual: Baseline) -> int:
    """The minute of an unusual window in which the activity began: the first with more calls than usual."""
    return next((minute for minute, calls in window if calls > usual.average), window[0][0])
