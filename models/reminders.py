"""Nobody can let a lead fall: which handoffs are due to be spoken of, and who hears of it.

Half of the time is a reminder, the whole time a breach, one and a half brings in the managers, and from then on it
comes up every working day until somebody moves it. Each person gets one message for everything, in their own working
hours.
"""

from collections import defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import mail
from models.directory import Directory, Terms
from models.mail import Kind, Letter
from models.promises import next_nudge
from models.roster import ensure_people
from models.store import Store
from models.tables import OPEN, Handoff, Outbox, Person, table
from models.worktime import next_open

BATCH = 200
PAUSE = timedelta(minutes=5)
"""A person is not written to more often than this, or than an eighth of the time to accept where that is shorter: what
comes up sooner waits and goes out in one message."""


class Reminders:
    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    def remind(self, *, at: datetime) -> int:
        """Put the messages in the outbox for one batch of handoffs that are due to be spoken of; how many those are.

        Each is moved on to its next date in the same transaction, and only where it still has the old one: however
        many clocks run, each step is said once.
        """
        with self._store.write() as session:
            due = session.exec(
                select(Handoff)
                .where(sa.text(OPEN), col(Handoff.next_nudge_at) <= at)
                .order_by(col(Handoff.next_nudge_at), col(Handoff.id))
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            terms: dict[str, Terms] = {}
            hear: dict[str, set[str]] = defaultdict(set)
            for handoff in due:
                workspace_id = handoff.workspace_id
                if workspace_id not in terms:
                    terms[workspace_id] = self._directory.terms(session, workspace_id)
                hear[workspace_id] |= self._speak_of(session, terms[workspace_id], handoff, at)
            for workspace_id, people in hear.items():
                self._write_to(session, terms[workspace_id], people, at)
        return len(due)

    @staticmethod
    def _speak_of(session: Session, terms: Terms, handoff: Handoff, at: datetime) -> set[str]:
        """Set the date on which this handoff comes up again; who hears of it now."""
        handoffs = table(Handoff)
        if handoff.due_at is None or handoff.escalate_at is None or handoff.owner is None:
            later = at + PAUSE  # can't be, by the rules; if it is all the same, the others must still be spoken of
            session.execute(sa.update(handoffs).where(handoffs.c.id == handoff.id).values(next_nudge_at=later))
            return {*terms.managers_here}
        again = next_nudge(
            terms.calendar(handoff.owner, at=at),
            remind_at=handoff.remind_at,
            due_at=handoff.due_at,
            escalate_at=handoff.escalate_at,
            at=at,
        )
        session.execute(sa.update(handoffs).where(handoffs.c.id == handoff.id).values(next_nudge_at=again))
        managers = (terms.managers_here or (handoff.flagged_by,)) if handoff.escalate_at <= at else ()
        return {handoff.owner, *managers}

    def _write_to(self, session: Session, terms: Terms, people: set[str], at: datetime) -> None:
        ensure_people(self._store, session, terms.workspace_id, sorted(people))
        session.exec(  # one clock at a time decides when a person is written to
            select(Person.id)
            .where(col(Person.workspace_id) == terms.workspace_id, col(Person.id).in_(people))
            .order_by(col(Person.id))
            .with_for_update()
        ).all()
        letters = [self._letter(session, terms, person, at) for person in sorted(people)]
        mail.want(self._store, session, terms.workspace_id, letters, at=at)

    @staticmethod
    def _letter(session: Session, terms: Terms, person: str, at: datetime) -> Letter:
        """The message in which this person hears of it: the one that waits for them already, or a new one."""
        last = session.exec(
            select(Outbox)
            .where(col(Outbox.workspace_id) == terms.workspace_id, col(Outbox.lane) == person)
            .where(col(Outbox.kind) == Kind.NUDGE.value)
            .order_by(col(Outbox.id).desc())
            .limit(1)
        ).first()
        if last is not None and last.shown == 0 and last.state == "pending" and last.due_at > at:
            return Letter(kind=Kind.NUDGE, key=last.key, lane=person)
        pause = min(PAUSE, timedelta(hours=terms.agreement.sla.accept_hours / 8))
        written_at = min(last.created_at, at) if last is not None else None  # the machine's time may have gone back
        earliest = at if written_at is None else max(at, written_at + pause)
        due_at = next_open(terms.calendar(person, at=at), earliest)
        return Letter(kind=Kind.NUDGE, key=f"nudge:{person}:{due_at.isoformat()}", lane=person, due_at=due_at)
