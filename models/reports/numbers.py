"""The numbers that both teams read, in SQL. `answers` and `promises` count those of their subjects. What each number
counts is in docs/numbers.md. The rate of an empty whole is None, never 0 of 0."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from models.reports import answers, promises
from models.reports.counting import WEEKS_BEFORE, H, P, amounts_of, count_if, in_span
from models.rules.agreement import FEEDBACK
from models.rules.digest_numbers import (
    CardPlace,
    DigestNumbers,
    Money,
    Outcomes,
    Quote,
    Rejections,
    Win,
)
from models.rules.ladders import REPLIES, What
from models.rules.lifecycle import State
from models.rules.messages import MessageKind
from models.rules.week import Week
from models.rules.worktime import Span
from models.storage.tables import (
    Feedback,
    Handoff,
    Lead,
    Outbox,
    Workspace,
    table,
)

# The most notes of reps that a digest quotes. Also the most wins that it lists.
QUOTES = 5
# The most late leads of one person that the digest names.
NAMED = 20


def digest_numbers(
    session: Session, workspace_id: str, week: Week, zone: ZoneInfo, *, as_of: datetime
) -> DigestNumbers:
    """Returns all numbers of one week's digest. `zone` gives the week's midnights."""
    span = week.span(zone)
    before = Span(start=week.back(WEEKS_BEFORE).span(zone).start, end=span.start)
    by_now = Span(start=span.start, end=max(span.start, min(span.end, as_of)))  # what falls due later is not due yet
    here = sa.and_(H.workspace_id == workspace_id, ~H.voided)
    promised = P.workspace_id == workspace_id
    rejections, wins = _rejections(session, here, before, span), _wins(session, here, span)
    owners = promises.owners(session, here, promised, as_of)
    named = {
        *(quote.number for quote in rejections.quotes),
        *(win.number for win in wins),
        *(number for owner in owners for number in owner.told[:NAMED]),
    }
    return DigestNumbers(
        week=week,
        as_of=as_of,
        trend=answers.trend(session, here, week, zone),
        accept=promises.kept(session, promised & promises.of_kind(What.ANSWER), before, by_now),
        contact=promises.kept(session, promised & promises.of_kind(What.CONTACT), before, by_now),
        speed=promises.times(session, here & in_span(H.contacted_at, span), H.speed_seconds),
        answers=replace(
            promises.kept(session, promised & promises.of_kind(*REPLIES), before, by_now), median=None, ninetieth=None
        ),
        sources=answers.sources(session, here, before, span),
        rejections=rejections,
        outcomes=_outcomes(session, here, span),
        earlier=answers.cohort(session, here, before),
        wins=wins,
        owners=owners,
        debts=promises.debts(session, promised, as_of),
        feedback=_feedback(session, workspace_id, span),
        chat_url=session.scalar(sa.select(table(Workspace).c.url).where(table(Workspace).c.id == workspace_id)) or "",
        cards=_cards(session, workspace_id, named),
    )


def _rejections(session: Session, here: sa.ColumnElement[bool], before: Span, span: Span) -> Rejections:
    def by_reason(within: Span) -> tuple[tuple[str, int], ...]:
        counted = session.execute(
            sa.select(H.reason, sa.func.count())
            .where(rejected, in_span(H.closed_at, within))
            .group_by(H.reason)
            .order_by(sa.func.count().desc(), H.reason)
        )
        return tuple((reason, count) for reason, count in counted)

    rejected = sa.and_(here, H.state == State.REJECTED.value)
    quoted = session.execute(
        sa.select(H.number, H.rejected_by, H.reason, H.reason_note)
        .where(rejected, in_span(H.closed_at, span), H.reason_note != "")
        .order_by(H.closed_at.desc(), H.number.desc())
        .limit(QUOTES)
    ).all()
    return Rejections(
        by_reason=by_reason(span),
        before=by_reason(before),
        quotes=tuple(Quote(number=row[0], person=row[1], reason=row[2], note=row[3]) for row in quoted),
    )


def _outcomes(session: Session, here: sa.ColumnElement[bool], span: Span) -> Outcomes:
    qualified, closed = in_span(H.qualified_at, span), in_span(H.closed_at, span)
    won, lost, given_up = (H.state == state.value for state in (State.WON, State.LOST, State.DISQUALIFIED))
    ended = session.execute(sa.select(count_if(won), count_if(lost), count_if(given_up)).where(here, closed)).one()
    return Outcomes(
        qualified=session.execute(sa.select(sa.func.count()).where(here, qualified)).scalar_one(),
        qualified_value=amounts_of(session, here, qualified),
        won=ended[0],
        won_value=amounts_of(session, here, closed, won),
        lost=ended[1],
        disqualified=ended[2],
    )


def _wins(session: Session, here: sa.ColumnElement[bool], span: Span) -> tuple[Win, ...]:
    """Returns the largest wins of each currency. Amounts of different currencies are not comparable."""
    lead = table(Lead).c
    place = sa.func.row_number().over(partition_by=H.currency, order_by=(H.value_cents.desc(), H.number)).label("place")
    rows = session.execute(
        sa.select(
            *(H.number, lead.company, H.flagged_by, H.moved_by, H.currency, H.value_cents, H.flagged_at, H.closed_at),
            place,
        )
        .join_from(table(Handoff), table(Lead), lead.id == H.lead_id)
        .where(here, H.state == State.WON.value, in_span(H.closed_at, span))
        .order_by(place, H.number)
        .limit(QUOTES)
    )
    return tuple(
        Win(
            number=row.number,
            company=row.company,
            flagged_by=row.flagged_by,
            closed_by=row.moved_by,
            value=Money(currency=row.currency, cents=row.value_cents or 0),
            days=(row.closed_at - row.flagged_at).days,
        )
        for row in rows
    )


_outbox = table(Outbox).c


def _cards(session: Session, workspace_id: str, numbers: Collection[int]) -> tuple[CardPlace, ...]:
    """Returns where the cards of these handoffs are shown."""
    rows = session.execute(
        sa.select(H.number, _outbox.channel, _outbox.ts)
        .join(table(Outbox), _outbox.handoff_id == H.id)
        .where(H.workspace_id == workspace_id, H.number.in_(numbers), _outbox.kind == MessageKind.CARD.value)
        .where(_outbox.channel.is_not(None), _outbox.ts.is_not(None))
        .order_by(H.number)
    )
    return tuple(CardPlace(number=number, channel=channel, ts=ts) for number, channel, ts in rows)


def _feedback(session: Session, workspace_id: str, span: Span) -> tuple[tuple[str, int], ...]:
    feedback = table(Feedback).c
    rows = session.execute(
        sa.select(feedback.meaning, sa.func.count())
        .join(table(Handoff), (H.id == feedback.handoff_id) & ~H.voided)
        .where(feedback.workspace_id == workspace_id, feedback.given, in_span(feedback.at, span))
        .group_by(feedback.meaning)
    )
    counts = {meaning: count for meaning, count in rows}  # noqa: C416
    return tuple((meaning.value, counts[meaning.value]) for meaning in FEEDBACK if meaning.value in counts)
