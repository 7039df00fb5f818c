"""The schedule runs each job again and again, whatever happens to it, to the others or to the machine's time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from prometheus_client import CollectorRegistry

from bot.telemetry.jobs import Counters
from jobs.schedule import Job, Ticker
from models.clock import SystemClock
from tests.monday import TEN

# Seconds. What has not happened after so long does not happen.
SOON = 10


class Rounds:
    """Counts the runs of a job, and lets a test wait for them."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def more(self, than: int) -> int:
        """Waits until there were more than `than` runs. Returns how many there were."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.count > than, SOON), "it stands still"
            return self.count


@contextmanager
def ticking(
    registry: CollectorRegistry | None = None, *, every: float = 0.01, **jobs: Callable[[], object]
) -> Iterator[Ticker]:
    ticker = Ticker(
        [Job(name=name, run=run, every=every) for name, run in jobs.items()],
        Counters(registry or CollectorRegistry()),
        clock=SystemClock(),
    )
    ticker.start()
    try:
        yield ticker
    finally:
        ticker.stop()


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2)], ids=["forward", "back"])
def test_the_jobs_go_on_when_the_machines_time_jumps(jump: timedelta) -> None:
    rounds = Rounds()
    with time_machine.travel(TEN) as machine, ticking(work=rounds):
        before = rounds.more(1)
        machine.move_to(TEN + jump)
        assert rounds.more(before + 2) > before + 2


def test_a_job_that_fails_is_counted_and_runs_again() -> None:
    registry, rounds = CollectorRegistry(), Rounds()

    def fail() -> None:
        rounds()
        raise RuntimeError("on purpose")

    with ticking(registry, work=fail):
        rounds.more(2)
    assert registry.get_sample_value("baton_job_failures_total", {"job": "work"}) == rounds.count


def test_a_job_that_hangs_holds_up_no_other_and_is_waited_for_at_the_end() -> None:
    other, let_go, ended = Rounds(), threading.Event(), threading.Event()

    def hang() -> None:
        assert let_go.wait(SOON)
        ended.set()

    with ticking(work=hang, other=other):
        other.more(3)
        assert not ended.is_set()
        let_go.set()
    assert ended.is_set()


def test_a_job_that_is_woken_runs_at_once_also_if_it_runs_right_now() -> None:
    rounds, begun, let_go = Rounds(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert let_go.wait(SOON)
        rounds()

    with ticking(every=3600, work=work) as ticker:
        assert begun.wait(SOON)
        ticker.wake("work")
        let_go.set()
        rounds.more(1)
        ticker.wake("work")
        rounds.more(2)


def test_after_the_end_nothing_runs() -> None:
    rounds = Rounds()
    with ticking(work=rounds) as ticker:
        rounds.more(0)
    count = rounds.count
    ticker.wake("work")
    assert rounds.count == count
    assert not [thread for thread in threading.enumerate() if thread.name == "work"]
