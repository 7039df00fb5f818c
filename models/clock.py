"""The sources of time: the present moment, and seconds that measure spans. Callers receive them as arguments."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

# Returns seconds from a clock that runs evenly, even if somebody sets the machine's time. Only differences between two
# values have a meaning.
SteadyClock = Callable[[], float]


class Clock(Protocol):
    def now(self) -> datetime:
        """Returns the present moment, timezone-aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SteeredClock:
    """The machine's time plus an offset in seconds that a file holds. One file moves the time of several processes
    together.

    For the demo and for tests. A missing or empty file means no offset.
    """

    def __init__(self, offset_file: Path) -> None:
        self._offset_file = offset_file

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset())

    def _offset(self) -> float:
        try:
            return float(self._offset_file.read_text() or 0)
        except FileNotFoundError:
            return 0.0
