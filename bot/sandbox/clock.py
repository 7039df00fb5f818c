"""The sandbox's time: the machine's time plus an offset that other processes can share."""

import os
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SandboxClock:
    """The machine's time plus an offset in seconds.

    With `clock_file` that text file holds the offset (one float, replaced atomically), so every process that reads it
    has the same time. If the file is missing, the offset is zero.
    """

    def __init__(self, clock_file: Path | None = None) -> None:
        self._file = clock_file
        self._offset = 0.0
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_shared(self) -> bool:
        """True if another process may move this clock."""
        return self._file is not None

    @property
    def offset(self) -> float:
        """How many seconds this clock is ahead of the machine's."""
        if self._file is None:
            return self._offset
        try:
            return float(self._file.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0.0

    def now(self) -> datetime:
        """Returns the sandbox's time, timezone-aware, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def advance(self, by: timedelta) -> None:
        """Moves the time forward, or back if `by` is negative, and tells the listeners."""
        with self._lock:
            self._store(self.offset + by.total_seconds())
        self._tell()

    def set(self, to: datetime) -> None:
        """Sets the time, and tells the listeners. Raises ValueError for a time without a zone."""
        if to.tzinfo is None:
            raise ValueError(f"{to!r} has no time zone")
        with self._lock:
            self._store((to - datetime.now(UTC)).total_seconds())
        self._tell()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after every move of this clock."""
        self._listeners.append(listener)

    def unsubscribe(self, listener: Callable[[], None]) -> None:
        """Calls `listener` no more."""
        self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _store(self, offset: float) -> None:
        if self._file is None:
            self._offset = offset
            return
        descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.name)
        with os.fdopen(descriptor, "w", encoding="ascii") as new:
            new.write(repr(offset))
        Path(name).replace(self._file)
