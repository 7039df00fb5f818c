"""Slack's rate limit for posts: about one message per second and channel, with small bursts."""

import math
import time
from collections.abc import Callable


class PostingPace:
    """One bucket for each channel. It holds `burst` posts, and gains one each second of machine time."""

    def __init__(self, *, burst: int = 3, now: Callable[[], float] = time.monotonic) -> None:
        self.burst = burst
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, channel: str) -> int | None:
        """Takes one post from the channel's bucket. Returns None, or the whole seconds to wait if the bucket is
        empty."""
        now = self._now()
        level, at = self._buckets.get(channel, (float(self.burst), now))
        level = min(float(self.burst), level + now - at)
        if level < 1:
            self._buckets[channel] = (level, now)
            return max(1, math.ceil(1 - level))
        self._buckets[channel] = (level - 1, now)
        return None
