"""APScheduler's wiring: which job ticks how often. What is due, the database knows; a missed tick loses nothing.

APScheduler goes by the time of day. Were that set back by two hours, its jobs would stand still for as long; so a
watchman, who goes by the machine's steady clock, brings ticks near that have moved out of reach.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.telemetry.jobs import Counters
from models.storage import problems

LOOK_SECONDS = 1.0
"""How often the watchman looks."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something done every so many seconds."""

    name: str
    run: Callable[[], object]
    every: float
    running: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held while it runs: one that is woken meanwhile runs after that."""


class Ticker:
    """Runs jobs until it is stopped, each from the start on. `wake` makes one run at once."""

    def __init__(self, jobs: Sequence[Job], counters: Counters) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._counters = counters
        self._stopping = threading.Event()
        self._watchman = threading.Thread(target=self._watch, name="watchman", daemon=True)
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that meets one still running is no news
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(2 * len(jobs))},
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        for job in jobs:
            counters.job_failures.labels(job.name)  # from the start, see Counters
            self._scheduler.add_job(
                self._run, IntervalTrigger(seconds=job.every, timezone=UTC), [job], id=job.name, next_run_time=_now()
            )

    def start(self) -> None:
        self._scheduler.start()
        self._watchman.start()

    def wake(self, name: str) -> None:
        """Have this job run now rather than at its next tick; if it is running, once more."""
        if self._scheduler.running:
            self._scheduler.modify_job(name, next_run_time=_now())

    def stop(self) -> None:
        """Let running jobs end, and start no more."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            self._watchman.join()

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for tick in self._scheduler.get_jobs():
                furthest = _now() + timedelta(seconds=self._jobs[tick.id].every + LOOK_SECONDS)
                if tick.next_run_time > furthest:
                    self.wake(tick.id)

    def _run(self, job: Job) -> None:
        with job.running:
            if self._stopping.is_set():
                return
            try:
                job.run()
            except Exception as error:  # the boundary of jobs: what failed is logged, counted, and runs again
                ailment = problems.of(error)  # if it is the database's there is no place of ours to trace
                log.exception("job failed", job=job.name, database=ailment, exc_info=None if ailment else error)
                self._counters.job_failures.labels(job.name).inc()


def _now() -> datetime:
    return datetime.now(UTC)
