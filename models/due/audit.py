"""The audit: which messages should have been sent by now and were not, which can't be sent, and which lead would be
forgotten because nobody owes anything about it?

It asks only the database, so every process gets the true answer, even if no clock job runs. Delays by design are no
finding: reminders wait for people's hours, and a pause that the chat asks for is a finding only if it lasts too long.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import repeat

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.outbox.queue import LONGEST_PAUSE
from models.rules import messages
from models.rules.lifecycle import Role, State
from models.rules.lost import Lost
from models.rules.messages import MessageKind
from models.rules.worktime import next_open
from models.storage.messages import want, wanted_again
from models.storage.promises import NEXT
from models.storage.store import Store
from models.storage.tables import (
    LIVE,
    OPEN,
    RUNNING,
    Counter,
    Handoff,
    Heartbeat,
    Outbox,
    Person,
    Promise,
    UtcDateTime,
    Workspace,
    table,
)
from models.storage.upsert import Upsert, upsert
from models.workspace.agreements import Agreements

# A reminder or digest that is not written this long after its time is missed. The clock job has the same time to catch
# up after a break, in which it did not run or the machine's time jumped.
LATE = timedelta(minutes=5)
# A message that has been wanted for this long and is not shown is stuck, whatever the reason.
STUCK = timedelta(minutes=10)
# How long managers hear about a message that was refused for good, or about lost leads. The doctor lists a message as
# long as it exists, and a lost lead as long as its card is among the newest messages.
TOLD_FOR = timedelta(days=7)
# A clock job without a heartbeat for longer than this was not running.
LONGEST_SILENCE = timedelta(minutes=2)
# The name of the clock job's heartbeat.
CLOCK = "clock"
# The words for an owner who has not left, but whom the agreement does not allow to work leads.
NO_REP = "no rep any more"
# The highest count of one kind. More need not be counted, because this many are bad enough.
MOST = 1000


class FindingKind(StrEnum):
    # Handoffs with a promise whose step was due, and nobody was told.
    REMINDERS = "reminders"
    # Messages that wait too long.
    MESSAGES = "messages"
    # Messages that Slack refused for good. `about` is Slack's error code.
    REFUSED = "refused"
    # A weekly digest that was not written, or one of its messages (the digest or the details) that was not shown.
    DIGEST = "digest"
    # Open handoffs whose owner has left the workspace, or is no longer a rep. `about` is the owner.
    OWNERS = "owners"
    # Handoffs that have not ended, and nobody owes anything about them: leads that would be forgotten.
    FORGOTTEN = "forgotten"
    # Leads that the database does not know any more, though the chat shows their cards: an older backup was restored.
    # `about` is their numbers: 41-58.
    LOST = "lost"


# The kinds that every break leaves behind. The clock job then catches up on them by itself.
TIMELY = frozenset({FindingKind.REMINDERS, FindingKind.MESSAGES, FindingKind.DIGEST})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong in a workspace. `about` distinguishes findings of one kind. `numbers` are the handoffs
    concerned, `lanes` where messages should have gone, `said` what Slack said last."""

    workspace_id: str
    problem: FindingKind
    about: str = ""
    count: int
    since: datetime
    numbers: tuple[int, ...] = ()
    lanes: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One handoff, message or digest that has a problem."""

    workspace_id: str
    since: datetime
    about: str = ""
    number: int | None = None
    lane: str = ""
    said: str = ""


class Audit:
    def __init__(self, store: Store, agreements: Agreements) -> None:
        self._store = store
        self._agreements = agreements

    def findings(self, *, at: datetime) -> tuple[Finding, ...]:
        """Returns everything that is wrong `at` this moment, in a fixed order."""
        with self._store.read() as session:
            cases = {problem: [*look(session, at)] for problem, look in _LOOKS.items()}
            cases[FindingKind.OWNERS] += self._without_part(session)
            return tuple(finding for problem, found in cases.items() for finding in _grouped(problem, found))

    def _without_part(self, session: Session) -> Iterator[_Case]:
        """Yields the open handoffs of people who have not left, but whom the agreement does not allow to work leads.
        Leaves out a handoff that waits with the marketer who flagged it because there is no rep."""
        owned = sa.select(col(Handoff.workspace_id), col(Handoff.owner)).where(sa.text(OPEN)).distinct()
        owners: dict[str, list[str]] = defaultdict(list)
        for workspace_id, owner in session.execute(owned):
            owners[workspace_id].append(owner)
        for workspace_id, people in sorted(owners.items()):
            terms = self._agreements.terms(session, workspace_id)
            for person in sorted(one for one in people if one and not terms.has_left(one)):
                if not terms.roles(terms.caller(person)) & {Role.REP, Role.MANAGER}:
                    yield from _cases_of_owner(session, workspace_id, person)

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
        with self._store.read() as session:
            oldest = session.execute(sa.select(sa.func.min(_wanted_at)).where(*_waiting(at))).scalar()
        return max(at - oldest, timedelta()) if oldest else timedelta()

    def tell(self, findings: tuple[Finding, ...], *, at: datetime, changed: bool) -> int:
        """Adds a message about each finding for each manager who can act, once a day and in their hours. With
        `changed`, updates what managers were told before. Returns how many messages are new."""
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
                    finding.problem,
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
    problem, about = messages.subject_of_alarm(row.key)
    return (finding.workspace_id, finding.problem, finding.about) == (row.workspace_id, problem, about)


_BEAT = Upsert(
    into=table(Heartbeat),
    key=("name",),
    change=lambda _last, now: {"beat_at": now.beat_at, "since": now.since},
)
_wanted_at = sa.func.coalesce(Outbox.wanted_at, Outbox.due_at)


def _waiting(at: datetime) -> tuple[sa.ColumnElement[bool] | sa.TextClause, ...]:
    """Returns the conditions for messages that should be shown by now: due, or put off by a failure or by Slack. A
    message due after the longest pause has an appointment, and is left out."""
    return sa.text("outbox.state = 'pending'"), col(Outbox.due_at) <= at + LONGEST_PAUSE, _wanted_at <= at


def _reminders(session: Session, at: datetime) -> Iterator[_Case]:
    found = session.execute(
        sa.select(col(Promise.workspace_id), col(Promise.next_step_at), col(Handoff.number))
        .join(Handoff, col(Handoff.id) == col(Promise.handoff_id))
        .where(sa.text(RUNNING), col(Promise.next_step_at) <= at - LATE)
        .order_by(col(Promise.next_step_at))
        .limit(MOST)
    )
    for row in found:
        yield _Case(workspace_id=row.workspace_id, since=row.next_step_at, number=row.number)


def _forgotten(session: Session, _at: datetime) -> Iterator[_Case]:
    promised = sa.exists().where(col(Promise.handoff_id) == col(Handoff.id), sa.text(LIVE))
    found = session.execute(
        sa.select(col(Handoff.workspace_id), col(Handoff.moved_at), col(Handoff.number))
        .where(sa.text(OPEN), ~promised)
        .order_by(col(Handoff.moved_at))
        .limit(MOST)
    )
    for row in found:
        yield _Case(workspace_id=row.workspace_id, since=row.moved_at, number=row.number)


def _messages(session: Session, at: datetime) -> Iterator[_Case]:
    wanted_long = _wanted_at <= at - STUCK
    return _outbox(session, *_waiting(at), wanted_long, col(Outbox.kind).not_in(_APART))


def _refused(session: Session, at: datetime) -> Iterator[_Case]:
    dead = sa.text("outbox.state = 'dead'")
    for case in _outbox(session, dead, _wanted_at > at - TOLD_FOR, col(Outbox.kind).not_in(_APART)):
        yield replace(case, about=case.said.split(" ")[0].replace(":", ""))


def _digests(session: Session, at: datetime) -> Iterator[_Case]:
    unwritten = session.execute(
        sa.select(col(Workspace.id), col(Workspace.next_digest_at)).where(col(Workspace.next_digest_at) <= at - LATE)
    )
    for row in unwritten:
        yield _Case(workspace_id=row.id, since=row.next_digest_at)
    for kind in _DIGEST:
        of_it = col(Outbox.kind) == kind
        yield from _outbox(session, *_waiting(at), _wanted_at <= at - STUCK, of_it)
        yield from _outbox(session, sa.text("outbox.state = 'dead'"), _wanted_at > at - TOLD_FOR, of_it)


def _owners(session: Session, _at: datetime) -> Iterator[_Case]:
    rows = session.execute(
        sa.select(col(Handoff.workspace_id), col(Handoff.owner), col(Promise.since), col(Handoff.number))
        .join(Person, (col(Person.workspace_id) == Handoff.workspace_id) & (col(Person.id) == Handoff.owner))
        .join(Promise, NEXT)
        .where(sa.text(OPEN), col(Person.deactivated))
        .order_by(col(Promise.since))
        .limit(MOST)
    )
    return (
        _Case(workspace_id=row.workspace_id, about=row.owner, since=row.since, number=row.number, lane=row.owner)
        for row in rows
    )


def _cases_of_owner(session: Session, workspace_id: str, person: str) -> Iterator[_Case]:
    last_resort = (col(Handoff.state) == State.OFFERED.value) & (col(Handoff.flagged_by) == person)
    rows = session.execute(
        sa.select(col(Promise.since), col(Handoff.number))
        .join_from(Handoff, Promise, NEXT)
        .where(sa.text(OPEN), col(Handoff.workspace_id) == workspace_id, col(Handoff.owner) == person, ~last_resort)
        .order_by(col(Promise.since))
        .limit(MOST)
    )
    for row in rows:
        yield _Case(
            workspace_id=workspace_id, about=person, since=row.since, number=row.number, lane=person, said=NO_REP
        )


def _outbox(session: Session, *where: sa.ColumnElement[bool] | sa.TextClause) -> Iterator[_Case]:
    rows = session.execute(
        sa.select(
            col(Outbox.workspace_id),
            _wanted_at.label("wanted_at"),
            col(Handoff.number),
            col(Outbox.lane),
            col(Outbox.last_error),
        )
        .select_from(Outbox)
        .outerjoin(Handoff, col(Handoff.id) == col(Outbox.handoff_id))
        .where(*where)
        .order_by(_wanted_at)
        .limit(MOST)
    )
    return (
        _Case(
            workspace_id=row.workspace_id,
            since=row.wanted_at,
            number=row.number,
            lane=row.lane,
            said=row.last_error,
        )
        for row in rows
    )


def _lost(session: Session, at: datetime) -> Iterator[_Case]:
    found = session.exec(select(Counter).where(col(Counter.lost_at) > at - TOLD_FOR))
    for counter in found:
        if counter.lost_from is not None and counter.lost_to is not None and counter.lost_at is not None:
            lost = Lost(counter.lost_from, counter.lost_to)
            case = _Case(workspace_id=counter.workspace_id, since=counter.lost_at, about=str(lost))
            yield from repeat(case, min(lost.last - lost.first + 1, MOST))


# The kinds of the digest, in this order. The details wait for the digest, so what Slack said about the digest is the
# reason.
_DIGEST = (MessageKind.DIGEST.value, MessageKind.DIGEST_DETAILS.value)
# The kinds that other findings leave out. Digests have their own finding. An alarm that can't be sent is no finding,
# because each would cause another alarm.
_APART = (*_DIGEST, MessageKind.ALARM.value)
_LOOKS: Mapping[FindingKind, Callable[[Session, datetime], Iterator[_Case]]] = {
    FindingKind.REMINDERS: _reminders,
    FindingKind.MESSAGES: _messages,
    FindingKind.REFUSED: _refused,
    FindingKind.DIGEST: _digests,
    FindingKind.OWNERS: _owners,
    FindingKind.FORGOTTEN: _forgotten,
    FindingKind.LOST: _lost,
}


def _grouped(problem: FindingKind, cases: Iterable[_Case]) -> Iterator[Finding]:
    """Yields one finding for each workspace and each `about` among the cases of one problem."""
    groups: dict[tuple[str, str], list[_Case]] = defaultdict(list)
    for case in cases:
        groups[case.workspace_id, case.about].append(case)
    for (workspace_id, about), group in sorted(groups.items()):
        yield Finding(
            workspace_id=workspace_id,
            problem=problem,
            about=about,
            count=len(group),
            since=min(case.since for case in group),
            numbers=tuple(sorted({case.number for case in group if case.number is not None})),
            lanes=tuple(sorted({case.lane for case in group if case.lane})),
            said=next((case.said for case in group if case.said), ""),
        )
