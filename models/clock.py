"""The sources of time, passed in wherever it matters: the present moment, and seconds to measure spans with."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

SteadyClock = Callable[[], float]
"""Seconds that pass evenly, whatever the machine's time is set to; only their differences mean something."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SteeredClock:
    """The machine's time plus the seconds written in a file, so that several processes can be moved together.

    For the demo and for tests. A missing or empty file counts as no offset.
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
