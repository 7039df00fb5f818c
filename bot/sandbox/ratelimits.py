"""Slack's pace: about one message per second and channel, with small bursts."""

import math
import time
from collections.abc import Callable


class PostingPace:
    """A bucket of `burst` posts per channel that fills by one each second of machine time."""

    def __init__(self, *, burst: int = 3, now: Callable[[], float] = time.monotonic) -> None:
        self.burst = burst
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, channel: str) -> int | None:
        """None if a post may go to `channel` now, else the whole seconds to wait."""
        now = self._now()
        level, at = self._buckets.get(channel, (float(self.burst), now))
        level = min(float(self.burst), level + now - at)
        if level < 1:
            self._buckets[channel] = (level, now)
            return max(1, math.ceil(1 - level))
        self._buckets[channel] = (level - 1, now)
        return None
