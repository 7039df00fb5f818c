"""The audit: which messages should have been sent by now and were not, which can't be sent, and which lead would be
forgotten because nobody owes anything about it?

It asks only the database, so every process gets the true answer, even if no clock job runs. `findings` has what it
looks for.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.due.findings import OLDEST, TOLD_FOR, Finding, Round, findings, until
from models.rules import messages
from models.rules.messages import MessageKind
from models.rules.worktime import next_open
from models.storage.store import Store
from models.storage.tables import (
    Heartbeat,
    Outbox,
    UtcDateTime,
    Workspace,
    table,
)
from models.storage.upsert import Upsert, upsert
from models.storage.wanted import want, wanted_again
from models.workspace.agreements import Agreements

# A clock job without a heartbeat for longer than this was not running.
LONGEST_SILENCE = timedelta(minutes=2)
# The name of the clock job's heartbeat.
CLOCK = "clock"


class Audit:
    def __init__(self, store: Store, agreements: Agreements) -> None:
        self._store = store
        self._agreements = agreements

    def findings(self, *, at: datetime) -> tuple[Finding, ...]:
        """Returns everything that is wrong `at` this moment, in a fixed order."""
        with self._store.look() as look:
            return tuple(findings(Round(look=look, at=at, agreements=self._agreements)))

    def beat(self, *, at: datetime, before: Heartbeat | None) -> Heartbeat:
        """Records that the clock job runs, and returns since when it has run without a break. A jump of the time counts
        as a break.

        `before` is this process's own last beat. Only the first beat of a process follows another process's beat: the
        times of two machines may differ so much that each would look like a break to the other.
        """
        with self._store.write() as session:
            last = before or session.get(Heartbeat, CLOCK)
            steady = last is not None and abs(at - last.beat_at) <= LONGEST_SILENCE
            since = last.since if last is not None and steady else at
            upsert(session, _BEAT, {"name": CLOCK, "beat_at": at, "since": since})
            return Heartbeat(name=CLOCK, beat_at=at, since=since)

    def last_beat(self) -> datetime | None:
        """Returns when a clock job last recorded a heartbeat, or None."""
        with self._store.read() as session:
            return session.exec(select(Heartbeat.beat_at).where(col(Heartbeat.name) == CLOCK)).one_or_none()

    def longest_wait(self, *, at: datetime) -> timedelta:
        """Returns how long the message that waits longest has been wanted. Zero if none waits."""
        with self._store.look() as look:
            [(oldest,)] = look.ask(OLDEST, **until(at))
        return max(at - oldest, timedelta()) if oldest else timedelta()

    def tell(self, findings: tuple[Finding, ...], *, at: datetime, changed: bool) -> int:
        """Adds a message about each finding for each manager who can act, once a day and in their hours. With
        `changed`, updates what managers were told before. Returns how many messages are new."""
        if not findings and not changed:
            return 0
        with self._store.write() as session:
            if changed:
                self._bring_up_to_date(session, at)
            return sum(self._tell(session, finding, at) for finding in findings)

    def _bring_up_to_date(self, session: Session, at: datetime) -> None:
        """Asks again for the alarms that managers got in the last TOLD_FOR, so that they show the present facts."""
        outbox = table(Outbox)
        again = wanted_again(outbox.c, sa.literal(at, UtcDateTime))
        for workspace_id in session.exec(select(Workspace.id).where(col(Workspace.agreement_version) > 0)).all():
            managers = self._agreements.terms(session, workspace_id).managers
            told = (outbox.c.workspace_id == workspace_id) & outbox.c.lane.in_(managers)
            alarms = (outbox.c.kind == MessageKind.ALARM.value) & (outbox.c.state == "done")
            lately = outbox.c.created_at > at - TOLD_FOR
            session.execute(sa.update(outbox).where(told, alarms, lately).values(again))

    def _tell(self, session: Session, finding: Finding, at: datetime) -> int:
        terms = self._agreements.terms(session, finding.workspace_id)
        day = at.astimezone(terms.agreement.zone).date()
        wanted = {
            alarm.key: alarm
            for manager in terms.managers_here
            for alarm in [
                messages.alarm(
                    finding.kind,
                    finding.about,
                    manager,
                    day=day,
                    due_at=next_open(terms.calendar(manager, at=at), at),
                )
            ]
        }
        told = session.exec(
            select(Outbox.key).where(col(Outbox.workspace_id) == finding.workspace_id, col(Outbox.key).in_(wanted))
        ).all()
        new = [one for key, one in wanted.items() if key not in told]
        want(session, finding.workspace_id, new, at=at)
        return len(new)


def is_about(finding: Finding, row: Outbox) -> bool:
    """True if an alarm in the outbox reports this finding."""
    kind, about = messages.subject_of_alarm(row.key)
    return (finding.workspace_id, finding.kind, finding.about) == (row.workspace_id, kind, about)


_BEAT = Upsert(
    into=table(Heartbeat),
    key=("name",),
    change=lambda _last, now: {"beat_at": now.beat_at, "since": now.since},
)
