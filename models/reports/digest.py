"""The weekly digest: what it says, and that Baton posts it once for each workspace and week, whatever restarts."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.errors import WeekNotBegun
from models.reports.numbers import digest_numbers
from models.rules import messages
from models.rules.digest_numbers import DigestNumbers
from models.rules.terms import Terms
from models.rules.week import Week
from models.storage.change import Question
from models.storage.store import Store
from models.storage.tables import DigestRun, Workspace, table
from models.storage.upsert import insert_once
from models.storage.wanted import want
from models.workspace.agreements import Agreements

# A digest that is written this long after its time says that it is late.
LATE_AFTER = timedelta(hours=1)
# The most weeks whose digests Baton posts after a long downtime. The command line can print older ones.
CATCH_UP = 4


_workspace = table(Workspace).c
_DUE = Question(
    sa.select(_workspace.id).where(
        _workspace.next_digest_at <= sa.bindparam("now", type_=_workspace.next_digest_at.type)
    )
)


class Digests:
    def __init__(self, store: Store, agreements: Agreements) -> None:
        self._store = store
        self._agreements = agreements

    def run_due(self, *, at: datetime) -> int:
        """Adds the digests that are due to the outbox, missed weeks too, oldest first. Returns how many."""
        with self._store.look() as look:
            due = look.ask(_DUE, now=at)
        return sum(self._run(workspace_id, at) for (workspace_id,) in due)

    def _run(self, workspace_id: str, at: datetime) -> int:
        with self._store.write() as session:
            terms = self._agreements.terms(session, workspace_id)
            due_at = session.exec(
                select(Workspace.next_digest_at).where(col(Workspace.id) == workspace_id).with_for_update()
            ).one()
            missed = []
            while due_at is not None and due_at <= at:
                missed.append(due_at)
                due_at = terms.agreement.next_digest(due_at)
            posted = sum(
                self._post(session, terms, covered(terms, moment), due_at=moment, at=at)
                for moment in missed[-CATCH_UP:]
            )
            workspaces = table(Workspace)
            session.execute(sa.update(workspaces).where(workspaces.c.id == workspace_id).values(next_digest_at=due_at))
            return posted

    def last_week(self, workspace_id: str, *, at: datetime) -> Week:
        """Returns the last week that is over, in the agreement's zone. Raises NotSetUp."""
        with self._store.read() as session:
            return covered(self._agreements.terms(session, workspace_id), at)

    def post(self, workspace_id: str, week: Week, *, at: datetime) -> bool:
        """Adds a week's digest to the outbox now, outside the schedule. Returns True unless this week was posted
        before. For a week that is not over, this is an extra digest, and the regular one still follows. Raises NotSetUp
        or WeekNotBegun."""
        with self._store.write() as session:
            terms = self._agreements.terms(session, workspace_id)
            span = week.span(terms.agreement.zone)
            if span.start > at:
                raise WeekNotBegun(week=week)
            if span.end > at:
                want(session, workspace_id, messages.digest(week, terms.agreement.digests_to, extra=at), at=at)
                return True
            return self._post(session, terms, week, due_at=at, at=at)

    def _post(self, session: Session, terms: Terms, week: Week, *, due_at: datetime, at: datetime) -> bool:
        """Adds one week's digest to the outbox, unless it was added before. True if it was added."""
        run = {"workspace_id": terms.workspace_id, "week": str(week), "due_at": due_at, "ran_at": at}
        if not insert_once(session, table(DigestRun), run):
            return False
        want(session, terms.workspace_id, messages.digest(week, terms.agreement.digests_to), at=at)
        return True

    def numbers(
        self, workspace_id: str, week: Week, *, as_of: datetime
    ) -> tuple[DigestNumbers, Terms, DigestRun | None]:
        """Returns the numbers of a week's digest as of `as_of`, the terms in force, and the run that posted it (None if
        none did). Raises NotSetUp."""
        with self._store.read() as session:
            terms = self._agreements.terms(session, workspace_id)
            numbers = digest_numbers(session, workspace_id, week, terms.agreement.zone, as_of=as_of)
            return numbers, terms, session.get(DigestRun, (workspace_id, str(week)))


def covered(terms: Terms, due_at: datetime) -> Week:
    """Returns the week of a digest that is due at this moment: the last one that was over by then."""
    return Week.at(due_at, terms.agreement.zone).back(1)


def is_late(run: DigestRun) -> bool:
    return run.ran_at - run.due_at > LATE_AFTER
