"""What was promised: kept or not, how long it took, what is late with whom, and what the teams owe each other."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from models.reports.counting import H, P, count_if, in_span
from models.rules.digest_numbers import Debts, Kept, OwnerLoad
from models.rules.ladders import REPLIES, SALES, What
from models.rules.rows import PromiseState
from models.rules.worktime import Span
from models.storage.tables import LIVE, OPEN, Handoff, NudgeItem, Outbox, Promise, table


def of_kind(*whats: What) -> sa.ColumnElement[bool]:
    return P.what.in_([what.value for what in whats])


def kept(session: Session, these: sa.ColumnElement[bool], before: Span, span: Span) -> Kept:
    """Returns how many of these promises were due in the span and how many of them were kept in time, and the times of
    those that were kept in the span."""
    due = _due(session, these, span)
    earlier = _due(session, these, before).share
    timed = times(session, these & in_span(P.kept_at, span), P.taken_seconds)
    return replace(due, before=earlier, median=timed.median, ninetieth=timed.ninetieth)


def _due(session: Session, these: sa.ColumnElement[bool], span: Span) -> Kept:
    """Returns how many promises fell due in the span, how many of them were kept in time, how many are not kept yet,
    and how long all of them had."""
    shortest, longest = sa.func.min(P.promised_seconds), sa.func.max(P.promised_seconds)
    due, kept, undone, least, most = session.execute(
        sa.select(
            sa.func.count(), count_if(P.kept_at <= P.first_due_at), count_if(P.kept_at.is_(None)), shortest, longest
        ).where(these, in_span(P.first_due_at, span), P.state != PromiseState.RELEASED.value)
    ).one()
    return Kept(due=due, kept=kept, undone=undone, promised=least if least == most else None)


def times(session: Session, these: sa.ColumnElement[bool], seconds: sa.Column[int]) -> Kept:
    """Returns how long these took, in seconds."""
    ranked = (
        sa.select(
            seconds.label("seconds"),
            sa.func.row_number().over(order_by=seconds).label("rank"),
            sa.func.count().over().label("total"),
        )
        .where(these, seconds.is_not(None))
        .subquery()
    )

    def at(percent: int) -> int | None:
        nearest = (ranked.c.total * percent + 99) // 100
        return session.execute(sa.select(ranked.c.seconds).where(ranked.c.rank == nearest)).scalar_one_or_none()

    return Kept(median=at(50), ninetieth=at(90))


def owners(
    session: Session, here: sa.ColumnElement[bool], promised: sa.ColumnElement[bool], as_of: datetime
) -> tuple[OwnerLoad, ...]:
    """Returns how many handoffs each person has open, how many of those are late, and about which late ones a reminder
    has told them."""
    late: dict[str, int] = defaultdict(int)
    told: dict[str, list[int]] = defaultdict(list)
    for owner, number, was_told in _late(session, promised, as_of):
        late[owner] += 1
        told[owner] += [number] if was_told else []
    counted = session.execute(
        sa.select(H.owner, sa.func.count()).where(here, sa.text(OPEN)).group_by(H.owner).order_by(H.owner)
    )
    return tuple(
        OwnerLoad(person=owner, open=count, late=late[owner], told=tuple(told[owner])) for owner, count in counted
    )


_outbox = table(Outbox).c
_item = table(NudgeItem).c
# SQL: when the last reminder to the owner about this lead was posted, in seconds since 1970, UTC.
_LAST_REMINDER = (
    sa.select(_outbox.ts)
    .where(_item.handoff_id == P.handoff_id, _item.outbox_id == _outbox.id, _outbox.lane == P.owner)
    .where(_outbox.ts.is_not(None))
    .order_by(_outbox.ts.desc())
    .limit(1)
    .correlate(table(Promise))
    .scalar_subquery()
)


def _late(session: Session, promised: sa.ColumnElement[bool], as_of: datetime) -> list[tuple[str, int, bool]]:
    """Returns the open leads that are past their deadline and about which Baton has spoken since, the longest late
    first: owner, number, and whether the owner was told. The owner was told if a reminder about the lead was posted
    after its deadline. Nobody should first read about their own lateness in the digest."""
    rows = session.execute(
        sa.select(P.owner, H.number, P.due_at, _LAST_REMINDER)
        .join_from(table(Promise), table(Handoff), H.id == P.handoff_id)
        .where(promised, sa.text(LIVE), of_kind(*SALES), P.due_at <= as_of, P.broken_at.is_not(None))
        .order_by(P.due_at, H.number)
    )
    return [(owner, number, float(ts or 0) >= due_at.timestamp()) for owner, number, due_at, ts in rows]


def debts(session: Session, promised: sa.ColumnElement[bool], as_of: datetime) -> Debts:
    def owed(*whats: What) -> tuple[int, int]:
        """Returns how many of these promises are live, and how many of those are late."""
        counted = sa.select(sa.func.count(), count_if(P.due_at < as_of)).where(promised, sa.text(LIVE), of_kind(*whats))
        row = session.execute(counted).one()
        return row[0], row[1]

    sales, marketing = owed(What.ANSWER), owed(*REPLIES)
    return Debts(
        sales_unanswered=sales[0],
        sales_overdue=sales[1],
        marketing_unanswered=marketing[0],
        marketing_overdue=marketing[1],
    )
