"""The numbers that both teams read, in SQL, with what each one counts.

Cohorts are chosen so that every handoff counts once and in one week:
- volume, acceptance, sources: handoffs *flagged* in the week. Accepted and rejected go by sales' first answer.
- promises kept: promises that *fell due* in the week. One that was withdrawn or returned unanswered is none any more.
- times: first answers given, first contacts made, in the week, in business seconds of the person on the clock.
- outcomes: what was qualified, won, lost or disqualified in the week; and what became of the eight weeks before.
Percentiles are by nearest rank. A rate is None where nothing was counted, never 0 of 0.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from models.agreement import FEEDBACK
from models.lifecycle import Move, State
from models.tables import OPEN, UNANSWERED, Feedback, Handoff, Lead, table
from models.week import Week
from models.worktime import Span

WEEKS_BEFORE = 8
QUOTES = 5
"""The most words of reps that a digest quotes."""
SMALL = 10
"""Fewer than this many handoffs are marked as few, and nobody is ranked on them."""

H = table(Handoff).c


@dataclass(frozen=True, kw_only=True)
class Volume:
    """Handoffs flagged in a span of time, and sales' first answers to them so far."""

    flagged: int = 0
    accepted: int = 0
    rejected: int = 0

    @property
    def acceptance(self) -> float | None:
        answered = self.accepted + self.rejected
        return self.accepted / answered if answered else None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Promises that fell due, how many of them were kept, and how long it took, in seconds."""

    due: int = 0
    kept: int = 0
    median: int | None = None
    ninetieth: int | None = None

    @property
    def share(self) -> float | None:
        return self.kept / self.due if self.due else None


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One source: this week, and its acceptance in the weeks before."""

    source: str
    week: Volume
    before: Volume
    qualified: int
    value_cents: int


@dataclass(frozen=True, kw_only=True)
class Quote:
    number: int
    person: str
    reason: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Rejections:
    by_reason: tuple[tuple[str, int], ...] = ()
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What was qualified, and how handoffs ended."""

    qualified: int = 0
    qualified_cents: int = 0
    won: int = 0
    won_cents: int = 0
    lost: int = 0
    disqualified: int = 0


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """What has become of the handoffs flagged in the eight weeks before."""

    flagged: int = 0
    accepted: int = 0
    qualified: int = 0
    won: int = 0
    won_cents: int = 0


@dataclass(frozen=True, kw_only=True)
class Win:
    number: int
    company: str
    flagged_by: str
    closed_by: str
    value_cents: int
    days: int


@dataclass(frozen=True, kw_only=True)
class OwnerLoad:
    """What one person has open, and how much of it is late: past its time, and they have been told."""

    person: str
    open: int
    late: int


@dataclass(frozen=True, kw_only=True)
class Debts:
    """What each team owes the other right now."""

    sales_unanswered: int = 0
    sales_overdue: int = 0
    marketing_unanswered: int = 0
    marketing_overdue: int = 0


@dataclass(frozen=True, kw_only=True)
class DigestNumbers:
    """Everything a week's digest says, counted `as_of` one moment."""

    week: Week
    as_of: datetime
    this_week: Volume
    last_week: Volume
    trend: tuple[Volume, ...]
    """The eight weeks before and this one, oldest first."""
    accept: Kept
    contact: Kept
    speed: Kept
    """Elapsed seconds from flag to first contact, the customer's view; nothing was promised, so nothing is due."""
    answers: Kept
    """Rejections that marketing had to answer."""
    sources: tuple[SourceRow, ...]
    rejections: Rejections
    outcomes: Outcomes
    earlier: Cohort
    wins: tuple[Win, ...]
    owners: tuple[OwnerLoad, ...]
    debts: Debts
    feedback: tuple[tuple[str, int], ...]


def digest_numbers(
    session: Session, workspace_id: str, week: Week, zone: ZoneInfo, *, as_of: datetime
) -> DigestNumbers:
    """All numbers of one week's digest."""
    span = week.span(zone)
    before = Span(start=week.back(WEEKS_BEFORE).span(zone).start, end=span.start)
    here = H.workspace_id == workspace_id
    volumes = [_volume(session, here, week.back(n).span(zone)) for n in range(WEEKS_BEFORE, -1, -1)]
    return DigestNumbers(
        week=week,
        as_of=as_of,
        this_week=volumes[-1],
        last_week=volumes[-2],
        trend=tuple(volumes),
        accept=_kept(session, here, _ACCEPT, span),
        contact=_kept(session, here, _CONTACT, span),
        speed=_kept(session, here, _SPEED, span),
        answers=_answers(session, here, span),
        sources=_sources(session, here, before, span),
        rejections=_rejections(session, here, span),
        outcomes=_outcomes(session, here, span),
        earlier=_cohort(session, here, before),
        wins=_wins(session, here, span),
        owners=_owners(session, here, as_of),
        debts=_debts(session, here, as_of),
        feedback=_feedback(session, workspace_id, span),
    )


def _within(column: sa.Column[datetime], span: Span) -> sa.ColumnElement[bool]:
    return sa.and_(column >= span.start, column < span.end)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(condition)


def _cents(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """The sum of the values where the condition holds. Cast: Postgres sums big integers into decimals."""
    return sa.cast(sa.func.coalesce(sa.func.sum(H.value_cents).filter(condition), 0), sa.BigInteger)


_ANSWERS = (
    sa.func.count(),
    _count(H.response == Move.ACCEPT.value),
    _count(H.response == Move.REJECT.value),
)


def _volume(session: Session, here: sa.ColumnElement[bool], span: Span) -> Volume:
    row = session.execute(sa.select(*_ANSWERS).where(here, _within(H.flagged_at, span))).one()
    return Volume(flagged=row[0], accepted=row[1], rejected=row[2])


@dataclass(frozen=True, kw_only=True)
class _Step:
    """The columns of one step: when it was promised, when it was done, and how many seconds it took."""

    done_at: sa.Column[datetime]
    seconds: sa.Column[int]
    due_at: sa.Column[datetime] | None = None


_ACCEPT = _Step(due_at=H.accept_due_at, done_at=H.responded_at, seconds=H.accept_seconds)
_CONTACT = _Step(due_at=H.contact_due_at, done_at=H.contacted_at, seconds=H.contact_seconds)
_SPEED = _Step(done_at=H.contacted_at, seconds=H.speed_seconds)


def _kept(session: Session, here: sa.ColumnElement[bool], step: _Step, span: Span) -> Kept:
    """Promises due in the span, kept where it was done in time; and the times of what was done in the span."""
    if step.due_at is None:
        return _times(session, here, step, span)
    released = sa.and_(step.done_at.is_(None), H.state == State.WITHDRAWN.value)
    row = session.execute(
        sa.select(sa.func.count(), _count(step.done_at <= step.due_at)).where(
            here, _within(step.due_at, span), ~released
        )
    ).one()
    times = _times(session, here, step, span)
    return Kept(due=row[0], kept=row[1], median=times.median, ninetieth=times.ninetieth)


def _times(session: Session, here: sa.ColumnElement[bool], step: _Step, span: Span) -> Kept:
    ranked = (
        sa.select(
            step.seconds.label("seconds"),
            sa.func.row_number().over(order_by=step.seconds).label("rank"),
            sa.func.count().over().label("total"),
        )
        .where(here, _within(step.done_at, span), step.seconds.is_not(None))
        .subquery()
    )

    def at(percent: int) -> int | None:
        nearest = (ranked.c.total * percent + 99) // 100
        return session.execute(sa.select(ranked.c.seconds).where(ranked.c.rank == nearest)).scalar_one_or_none()

    return Kept(median=at(50), ninetieth=at(90))


def _answers(session: Session, here: sa.ColumnElement[bool], span: Span) -> Kept:
    row = session.execute(
        sa.select(sa.func.count(), _count(H.answered_at <= H.answer_due_at)).where(here, _within(H.answer_due_at, span))
    ).one()
    return Kept(due=row[0], kept=row[1])


def _sources(session: Session, here: sa.ColumnElement[bool], before: Span, span: Span) -> tuple[SourceRow, ...]:
    qualified = H.qualified_at.is_not(None)
    weekly = session.execute(
        sa.select(H.source, *_ANSWERS, _count(qualified), _cents(qualified))
        .where(here, _within(H.flagged_at, span))
        .group_by(H.source)
        .order_by(sa.func.count().desc(), H.source)
    ).all()
    earlier = session.execute(
        sa.select(H.source, *_ANSWERS).where(here, _within(H.flagged_at, before)).group_by(H.source)
    ).all()
    past = {row[0]: Volume(flagged=row[1], accepted=row[2], rejected=row[3]) for row in earlier}
    return tuple(
        SourceRow(
            source=row[0],
            week=Volume(flagged=row[1], accepted=row[2], rejected=row[3]),
            before=past.get(row[0], Volume()),
            qualified=row[4],
            value_cents=row[5],
        )
        for row in weekly
    )


def _rejections(session: Session, here: sa.ColumnElement[bool], span: Span) -> Rejections:
    rejected = sa.and_(here, H.state == State.REJECTED.value, _within(H.closed_at, span))
    counted = session.execute(
        sa.select(H.reason, sa.func.count())
        .where(rejected)
        .group_by(H.reason)
        .order_by(sa.func.count().desc(), H.reason)
    ).all()
    quoted = session.execute(
        sa.select(H.id, H.rejected_by, H.reason, H.reason_note)
        .where(rejected, H.reason_note != "")
        .order_by(H.closed_at.desc(), H.id.desc())
        .limit(QUOTES)
    ).all()
    return Rejections(
        by_reason=tuple((reason, count) for reason, count in counted),
        quotes=tuple(Quote(number=row[0], person=row[1], reason=row[2], note=row[3]) for row in quoted),
    )


def _outcomes(session: Session, here: sa.ColumnElement[bool], span: Span) -> Outcomes:
    qualified = _within(H.qualified_at, span)
    first = session.execute(sa.select(sa.func.count(), _cents(sa.true())).where(here, qualified)).one()
    won, lost = H.state == State.WON.value, H.state == State.LOST.value
    closed = session.execute(
        sa.select(_count(won), _cents(won), _count(lost), _count(H.state == State.DISQUALIFIED.value)).where(
            here, _within(H.closed_at, span)
        )
    ).one()
    return Outcomes(
        qualified=first[0],
        qualified_cents=first[1],
        won=closed[0],
        won_cents=closed[1],
        lost=closed[2],
        disqualified=closed[3],
    )


def _cohort(session: Session, here: sa.ColumnElement[bool], span: Span) -> Cohort:
    won = H.state == State.WON.value
    row = session.execute(
        sa.select(
            sa.func.count(),
            _count(H.response == Move.ACCEPT.value),
            _count(H.qualified_at.is_not(None)),
            _count(won),
            _cents(won),
        ).where(here, _within(H.flagged_at, span))
    ).one()
    return Cohort(flagged=row[0], accepted=row[1], qualified=row[2], won=row[3], won_cents=row[4])


def _wins(session: Session, here: sa.ColumnElement[bool], span: Span) -> tuple[Win, ...]:
    lead = table(Lead).c
    rows = session.execute(
        sa.select(H.id, lead.company, H.flagged_by, H.moved_by, H.value_cents, H.flagged_at, H.closed_at)
        .join_from(table(Handoff), table(Lead), lead.id == H.lead_id)
        .where(here, H.state == State.WON.value, _within(H.closed_at, span))
        .order_by(H.value_cents.desc(), H.id)
        .limit(QUOTES)
    )
    return tuple(
        Win(
            number=row.id,
            company=row.company,
            flagged_by=row.flagged_by,
            closed_by=row.moved_by,
            value_cents=row.value_cents or 0,
            days=(row.closed_at - row.flagged_at).days,
        )
        for row in rows
    )


def _owners(session: Session, here: sa.ColumnElement[bool], as_of: datetime) -> tuple[OwnerLoad, ...]:
    """Late is what is past its time and of which the owner has been told: nobody reads of it here first."""
    late = sa.and_(H.due_at <= as_of, H.next_nudge_at > H.due_at)
    rows = session.execute(
        sa.select(H.owner, sa.func.count(), _count(late))
        .where(here, sa.text(OPEN))
        .group_by(H.owner)
        .order_by(_count(late).desc(), sa.func.count().desc(), H.owner)
    )
    return tuple(OwnerLoad(person=owner, open=count, late=count_late) for owner, count, count_late in rows)


def _debts(session: Session, here: sa.ColumnElement[bool], as_of: datetime) -> Debts:
    sales = session.execute(
        sa.select(sa.func.count(), _count(H.due_at < as_of)).where(here, sa.text(OPEN), H.state == State.OFFERED.value)
    ).one()
    marketing = session.execute(
        sa.select(sa.func.count(), _count(H.answer_due_at < as_of)).where(here, sa.text(UNANSWERED))
    ).one()
    return Debts(
        sales_unanswered=sales[0],
        sales_overdue=sales[1],
        marketing_unanswered=marketing[0],
        marketing_overdue=marketing[1],
    )


def _feedback(session: Session, workspace_id: str, span: Span) -> tuple[tuple[str, int], ...]:
    feedback = table(Feedback).c
    rows = session.execute(
        sa.select(feedback.meaning, sa.func.count())
        .where(feedback.workspace_id == workspace_id, feedback.given, _within(feedback.at, span))
        .group_by(feedback.meaning)
    )
    counts = {meaning: count for meaning, count in rows}  # noqa: C416
    return tuple((meaning.value, counts[meaning.value]) for meaning in FEEDBACK if meaning.value in counts)
