"""What `/metrics` shows beside the counters of jobs and requests: the present state of the database, and its errors."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.clock import Clock
from models.due.audit import Audit
from models.due.findings import FindingKind
from models.errors import DatabaseProblem
from models.outbox.queue import OutboxQueue
from models.storage import problems
from models.workspace.roster import Roster

# Seconds after which the database counts as down. The counters in memory must be shown all the same.
PATIENCE_SECONDS = 2


class DatabaseGauges(Collector):
    """The state of the database at each scrape. So a process that answers Slack also shows if the clock, which may be
    another process, is dead."""

    def __init__(self, *, audit: Audit, queue: OutboxQueue, roster: Roster, clock: Clock) -> None:
        self._audit = audit
        self._queue = queue
        self._roster = roster
        self._clock = clock
        # One thread, however many scrapes there are: each may hang as long as the database does.
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="standing")

    def describe(self) -> Iterable[Metric]:
        """Returns nothing. Otherwise the registry asks the database for the names before the database is there."""
        return ()

    def collect(self) -> Iterable[Metric]:
        answers = GaugeMetricFamily("baton_database_up", "Whether the database answers: 1 or 0.")
        question = self._asking.submit(self._found)
        try:
            found = question.result(PATIENCE_SECONDS)
        except (TimeoutError, sa.exc.SQLAlchemyError):  # counted where it is raised; the other metrics matter even more
            question.cancel()
            answers.add_metric([], 0)
            return [answers]
        answers.add_metric([], 1)
        return [answers, *found]

    def _found(self) -> list[Metric]:
        now = self._clock.now()
        outbox = GaugeMetricFamily("baton_outbox", "Messages in the outbox: waiting, due, dead.", labels=["state"])
        for state, count in self._queue.counts(at=now).items():
            outbox.add_metric([state], count)
        wait = self._audit.longest_wait(at=now).total_seconds()
        alarms = GaugeMetricFamily("baton_alarms", "What the audit finds wrong, by problem.", labels=["problem"])
        findings = self._audit.findings(at=now)
        for kind in FindingKind:
            alarms.add_metric([kind], sum(found.count for found in findings if found.kind is kind))
        beat = self._audit.last_beat()
        return [
            outbox,
            GaugeMetricFamily(
                "baton_workspaces_shut_out",
                "Workspaces that took the token away: nothing is sent there until it works again.",
                len(self._roster.shut_outs()),
            ),
            GaugeMetricFamily(
                "baton_outbox_longest_wait_seconds", "For how long the oldest message waits that is due.", wait
            ),
            alarms,
            GaugeMetricFamily(
                "baton_clock_heartbeat_timestamp_seconds",
                "When a clock process last showed itself; 0 if none ever did.",
                beat.timestamp() if beat else 0,
            ),
        ]


def count_errors(engine: sa.Engine, registry: CollectorRegistry) -> None:
    """Counts the errors that the database raises. A key that is taken is no error: it tells rivals who was first."""
    errors = Counter(
        "baton_database_errors_total",
        f"Errors raised by the database, by problem: {', '.join(_PROBLEMS)}.",
        ["error"],
        registry=registry,
    )
    for error in _PROBLEMS:
        errors.labels(error)  # from the start: Prometheus sees no increase in a series that begins with 1

    @sa.event.listens_for(engine, "handle_error")
    def _count(context: sa.engine.ExceptionContext) -> None:
        if not isinstance(context.sqlalchemy_exception, sa.exc.IntegrityError):
            errors.labels(_name(problems.of(context.sqlalchemy_exception or context.original_exception))).inc()


def _name(found: DatabaseProblem | None) -> str:
    return found.name.lower() if found else "other"


_PROBLEMS = tuple(map(_name, (*DatabaseProblem, None)))
