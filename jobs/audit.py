"""The audit job. It shows that the clock runs, and raises an alarm if something is not done."""

import structlog

from bot.telemetry.jobs import Counters
from models.clock import Clock
from models.due.audit import Audit
from models.due.findings import LATE, Finding
from models.outbox.queue import OutboxQueue
from models.storage.tables import Heartbeat

log = structlog.get_logger(__name__)


class Auditor:
    def __init__(self, *, audit: Audit, queue: OutboxQueue, clock: Clock, counters: Counters) -> None:
        self._audit = audit
        self._queue = queue
        self._clock = clock
        self._counters = counters
        self._known: tuple[Finding, ...] | None = None
        self._beat: Heartbeat | None = None

    def run(self) -> int:
        """Looks for what is wrong. Returns how many new messages to managers that makes."""
        now = self._clock.now()
        self._beat = self._audit.beat(at=now, before=self._beat)
        if mended := self._queue.mend_times(at=now):
            log.warning("times put right that a clock ahead had written", mended=mended)
            self._counters.times_mended.inc(mended)
        catching_up = now - self._beat.since < LATE
        findings = tuple(
            finding for finding in self._audit.findings(at=now) if not (catching_up and finding.kind.traits.catches_up)
        )
        self._report(findings)
        told = self._audit.tell(findings, at=now, changed=findings != self._known)
        self._known = findings
        return told

    def _report(self, findings: tuple[Finding, ...]) -> None:
        """Logs each finding that is new, and each that is over."""
        now, before = ({_name(finding): finding for finding in some} for some in (findings, self._known or ()))
        for name in now.keys() - before.keys():
            found = now[name]
            log.error(
                "alarm", **_log_fields(found), since=found.since.isoformat(), count=found.count, handoffs=found.numbers
            )
        for name in before.keys() - now.keys():
            log.info("alarm over", **_log_fields(before[name]))


def _name(finding: Finding) -> tuple[str, str, str]:
    return finding.workspace_id, finding.kind, finding.about


def _log_fields(finding: Finding) -> dict[str, str]:
    return {"workspace": finding.workspace_id, "problem": finding.kind, "about": finding.about, "said": finding.said}
