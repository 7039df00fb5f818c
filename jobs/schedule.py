"""The ticks: which job runs how often. What is due, the database knows; a missed tick loses nothing.

Each job has a thread, and waits by the steady clock of the machine: were it the time of day, a job would stand still
for as long as that is set back.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from jobs.counters import Counters
from models import trouble

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something done every so many seconds."""

    name: str
    run: Callable[[], object]
    every: float
    wanted: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set to have it done at once."""


class Ticker:
    """Runs jobs until it is stopped, each from the start on. `wake` makes one run at once."""

    def __init__(self, jobs: Sequence[Job], counters: Counters) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._counters = counters
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=[job], name=job.name, daemon=True) for job in jobs]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self, name: str) -> None:
        """Have this job run now rather than at its next tick; if it is running, once more."""
        self._jobs[name].wanted.set()

    def stop(self) -> None:
        """Let running jobs end, and start no more."""
        self._stopping.set()
        for job in self._jobs.values():
            job.wanted.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _repeat(self, job: Job) -> None:
        while True:
            job.wanted.clear()
            if self._stopping.is_set():  # asked after the flag is down, so that the call to stop is not overheard
                return
            self._run(job)
            job.wanted.wait(job.every)

    def _run(self, job: Job) -> None:
        try:
            job.run()
        except Exception as error:  # the boundary of jobs: what failed is logged, counted, and runs again
            ailment = trouble.of(error)  # if it is the database's there is no place of ours to trace
            log.exception("job failed", job=job.name, database=ailment, exc_info=None if ailment else error)
            self._counters.job_failures.labels(job.name).inc()
