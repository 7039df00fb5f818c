"""APScheduler's wiring: which job ticks how often. What is due, the database knows; a missed tick loses nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from jobs.counters import Counters
from models import trouble

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something done every so many seconds."""

    name: str
    run: Callable[[], object]
    every: float


class Ticker:
    """Runs jobs until it is stopped. `wake` makes one run at once."""

    def __init__(self, jobs: list[Job], counters: Counters) -> None:
        self._counters = counters
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for job in jobs:
            self._scheduler.add_job(
                self._guarded(job),
                IntervalTrigger(seconds=job.every, timezone=UTC),
                id=job.name,
                next_run_time=datetime.now(UTC),
            )

    def start(self) -> None:
        self._scheduler.start()

    def wake(self, name: str) -> None:
        """Have this job run now rather than at its next tick."""
        if self._scheduler.running and (job := self._scheduler.get_job(name)):
            job.modify(next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """Let running jobs end, and start no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _guarded(self, job: Job) -> Callable[[], None]:
        def run() -> None:
            try:
                job.run()
            except Exception as error:  # the boundary of jobs: what failed is logged, counted, and runs again
                ailment = trouble.of(error)  # if it is the database's there is no place of ours to trace
                log.exception("job failed", job=job.name, database=ailment, exc_info=None if ailment else error)
                self._counters.job_failures.labels(job.name).inc()

        return run
