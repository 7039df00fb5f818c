"""Sets up APScheduler: which job ticks how often. The database knows what is due, so a missed tick loses nothing.

APScheduler goes by the time of day. If that is set back by two hours, its jobs stand still for as long. So a watchman,
which goes by the machine's steady clock, brings back ticks that have moved out of reach.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.telemetry.jobs import Counters
from models.clock import Clock
from models.storage import problems

# Seconds between two looks of the watchman.
LOOK_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that is done every `every` seconds."""

    name: str
    run: Callable[[], object]
    every: float
    # Held while the job runs. If the job is woken meanwhile, it runs once more after that.
    running: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Ticker:
    """Runs jobs until it is stopped. Each runs at the start, and then at each of its ticks. `wake` makes one run at
    once. `clock` is that of the machine, because APScheduler goes by it."""

    def __init__(self, jobs: Sequence[Job], counters: Counters, *, clock: Clock) -> None:
        self._clock = clock
        self._jobs = {job.name: job for job in jobs}
        self._counters = counters
        self._stopping = threading.Event()
        self._watchman = threading.Thread(target=self._watch, name="watchman", daemon=True)
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of a tick while the job still runs
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(2 * len(jobs))},
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        for job in jobs:
            counters.job_failures.labels(job.name)  # from the start, see Counters
            self._scheduler.add_job(
                self._run,
                IntervalTrigger(seconds=job.every, timezone=UTC),
                [job],
                id=job.name,
                next_run_time=clock.now(),
            )

    def start(self) -> None:
        self._scheduler.start()
        self._watchman.start()

    def wake(self, name: str) -> None:
        """Runs this job now, not at its next tick. If it is running, it runs once more."""
        if self._scheduler.running:
            self._scheduler.modify_job(name, next_run_time=self._clock.now())

    def stop(self) -> None:
        """Waits for the jobs that run, and starts no more."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            self._watchman.join()

    def _watch(self) -> None:
        """Wakes each job whose next tick is further ahead than it should be."""
        while not self._stopping.wait(LOOK_SECONDS):
            for tick in self._scheduler.get_jobs():
                furthest = self._clock.now() + timedelta(seconds=self._jobs[tick.id].every + LOOK_SECONDS)
                if tick.next_run_time > furthest:
                    self.wake(tick.id)

    def _run(self, job: Job) -> None:
        with job.running:
            if self._stopping.is_set():
                return
            try:
                job.run()
            except Exception as error:  # the boundary of jobs: a failure is logged and counted, and the job runs again
                problem = problems.of(error)  # an error of the database needs no trace of our code
                log.exception("job failed", job=job.name, database=problem, exc_info=None if problem else error)
                self._counters.job_failures.labels(job.name).inc()
