"""What history costs: the digest's queries, a sweep for what is due, and App Home's queries, at 10,000, 100,000 and
1,000,000 handoffs.

The weeks of the digest and the open handoffs are the same at each size. Only the history behind them grows. Each sweep
finds a few handoffs that are due.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta

from bot.app import Baton
from models.rules.week import Week
from tests.bench import history, team
from tests.bench.results import ratio
from tests.bench.run import Run, settings
from tests.monday import TEN

WEEK = Week.parse("2026-W46")
# The time between two sweeps. In it four handoffs come up.
APART = timedelta(minutes=4)
SWEEPING = ("nudge", "digest", "audit")


class Hands:
    """A clock that stands still until it is set."""

    at = TEN

    def now(self) -> datetime:
        return self.at


class Size:
    """Baton with a history of one size."""

    def __init__(self, url: str, count: int) -> None:
        self._hands = Hands()
        self._members = team.made_up()
        history.lived(url, self._members, count, now=TEN)
        self._baton = Baton(settings(url), clock_inside=False, listening=False, clock=self._hands)
        self._sweeps = [job.run for job in self._baton.jobs() if job.name in SWEEPING]

    def digest(self, _number: int) -> None:
        self._baton.digests.numbers(self._members.workspace_id, WEEK, as_of=TEN)

    def sweep(self, number: int) -> None:
        self._hands.at = TEN + APART * number
        for look in self._sweeps:
            look()
        self._baton.queue.claim(at=self._hands.at, limit=200, per_lane=20)

    def home(self, number: int) -> None:
        rep = self._members.reps[number % len(self._members.reps)]
        self._baton.queries.waiting(by=self._members.caller(rep), at=self._hands.at)

    def close(self) -> None:
        self._baton.stop()


def measure(run: Run, kind: str, parts: list[str]) -> None:
    """Measures these parts at every size, in turn."""
    with ExitStack() as stack:
        sizes: dict[str, Size] = {}
        for count in run.effort.sizes:
            run.progress(f"{kind}: making {count:,} handoffs")
            sizes[label(count)] = Size(run.bases.new(kind, f"history_{count}"), count)
            stack.callback(sizes[label(count)].close)
        for part in parts:
            run.progress(f"{kind}: {part}")
            found = _timed({name: getattr(size, part) for name, size in sizes.items()}, run.effort.repeats)
            small, *_, large = found
            run.results[f"{kind}.{part}.{large}_of_{small}"] = ratio(found[large], found[small])
            for name, seconds in found.items():
                run.results[f"{kind}.{part}.{name}_ms"] = statistics.median(seconds) * 1000


def _timed(acts: dict[str, Callable[[int], None]], repeats: int) -> dict[str, list[float]]:
    """Returns the seconds of each run of each act. The first run warms up and does not count."""
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(1 + repeats):
        for name, act in acts.items():
            begun = time.perf_counter()
            act(number)
            if number:
                found[name].append(time.perf_counter() - begun)
    return found


def label(count: int) -> str:
    """Returns a short name for a count: 10k, 100k, 1m."""
    return f"{count // 1_000_000}m" if count % 1_000_000 == 0 else f"{count // 1_000}k"
