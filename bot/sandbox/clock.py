"""The sandbox's time: the machine's, moved by an offset that other processes can share."""

import os
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SandboxClock:
    """Machine time plus an offset in seconds.

    With `clock_file` the offset lives in that text file (one float, replaced atomically), so that every
    process that reads it follows the same time. A missing file means an offset of zero.
    """

    def __init__(self, clock_file: Path | None = None) -> None:
        self._file = clock_file
        self._offset = 0.0
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_shared(self) -> bool:
        """Whether another process may move this clock."""
        return self._file is not None

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of the machine's."""
        if self._file is None:
            return self._offset
        try:
            return float(self._file.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0.0

    def now(self) -> datetime:
        """The current time of the sandbox, aware, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def advance(self, by: timedelta) -> None:
        """Move the time forward (or back, if negative) and let what is due happen."""
        with self._lock:
            self._store(self.offset + by.total_seconds())
        self._tell()

    def set(self, to: datetime) -> None:
        """Make it `to` now. Raises ValueError for a time without a zone."""
        if to.tzinfo is None:
            raise ValueError(f"{to!r} has no time zone")
        with self._lock:
            self._store((to - datetime.now(UTC)).total_seconds())
        self._tell()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every move of this clock."""
        self._listeners.append(listener)

    def unsubscribe(self, listener: Callable[[], None]) -> None:
        """Stop calling `listener`."""
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
