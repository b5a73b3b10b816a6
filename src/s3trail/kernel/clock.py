"""Time as an argument, so that tests can set it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "FixedClock", "SystemClock", "iso_seconds", "parse_iso_seconds"]


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Seconds since the epoch, with fraction."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch, with fraction."""
        return time.time()


class FixedClock:
    """A clock that moves only when told, for tests."""

    def __init__(self, now: float) -> None:
        self.time = now

    def now(self) -> float:
        """The time that was set."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.time += seconds


_last_iso: tuple[int, str] = (-1, "")


def iso_seconds(epoch: float) -> str:
    """`2026-01-31T23:59:59Z`, the whole-second UTC form of `eventTime`; the fraction is cut."""
    global _last_iso
    second = int(epoch)
    cached = _last_iso
    if cached[0] == second:
        return cached[1]
    text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _last_iso = (second, text)
    return text


def parse_iso_seconds(text: str) -> float:
    """Epoch seconds of an ISO 8601 time; a time without zone is UTC.

    Raises:
        ValueError: the text is no ISO 8601 time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
