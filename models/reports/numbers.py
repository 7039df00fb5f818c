"""The numbers that both teams read, in SQL, with what each one counts.

The cohorts are such that each handoff counts once, in one week:
- volume, acceptance, sources: handoffs *flagged* in the week, by the answer of sales that stands: the first one. If a
  manager overturns a rejection, it no longer counts. The next answer replaces it, and until then the lead waits.
  Acceptance is accepted of answered. Sources that differ only in case or spaces are one source, with its first
  spelling in the nine weeks.
- promises kept: promises that *fell due* in the week. One that was released counts nowhere: the handoff was withdrawn
  or returned before it was kept, or the move was undone. A lead that is offered again, after a return or an overturned
  rejection, has a second promise to answer it, which counts as well. A lead that is handed on gives its next owner the
  whole time again, but the time that the team promised first is the one that counts here.
- times: answers and first contacts that were made in the week, in business seconds of the person who owed them, since
  they had the lead, without an absence that was known then.
- outcomes: what was qualified, won, lost or disqualified in the week, and what became of the eight weeks before.
- late: open and past its deadline, counted after Baton has spoken of it. The digest names it with its owner only if a
  reminder to that person was posted after the deadline.
- amounts: a sum for each currency.
Weeks before a workspace's first handoff do not exist: they are not in the trend. Percentiles are by nearest rank. The
rate of an empty whole is None, never 0 of 0.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from models.rules.agreement import FEEDBACK
from models.rules.digest_numbers import (
    Amounts,
    CardPlace,
    Cohort,
    Debts,
    DigestNumbers,
    Kept,
    Money,
    Outcomes,
    OwnerLoad,
    Quote,
    Rejections,
    SourceRow,
    Volume,
    Win,
)
from models.rules.ladders import REPLIES, SALES, What, same_source
from models.rules.lifecycle import Move, State
from models.rules.messages import MessageKind
from models.rules.rows import PromiseState
from models.rules.statistics import Share
from models.rules.week import Week
from models.rules.worktime import Span
from models.storage import ledger
from models.storage.tables import (
    LIVE,
    OPEN,
    Feedback,
    Handoff,
    Lead,
    LedgerEntry,
    NudgeItem,
    Outbox,
    Promise,
    Workspace,
    table,
)

WEEKS_BEFORE = 8
# The most notes of reps that a digest quotes. Also the most wins that it lists.
QUOTES = 5
# The most late leads of one person that the digest names.
NAMED = 20

H, P = table(Handoff).c, table(Promise).c


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
    owners = _owners(session, here, promised, as_of)
    named = {
        *(quote.number for quote in rejections.quotes),
        *(win.number for win in wins),
        *(number for owner in owners for number in owner.told[:NAMED]),
    }
    return DigestNumbers(
        week=week,
        as_of=as_of,
        trend=_trend(session, here, week, zone),
        accept=_kept(session, promised & _of(What.ANSWER), before, by_now),
        contact=_kept(session, promised & _of(What.CONTACT), before, by_now),
        speed=_times(session, here & _within(H.contacted_at, span), H.speed_seconds),
        answers=replace(_kept(session, promised & _of(*REPLIES), before, by_now), median=None, ninetieth=None),
        sources=_sources(session, here, before, span),
        rejections=rejections,
        outcomes=_outcomes(session, here, span),
        earlier=_cohort(session, here, before),
        wins=wins,
        owners=owners,
        debts=_debts(session, promised, as_of),
        feedback=_feedback(session, workspace_id, span),
        chat_url=session.scalar(sa.select(table(Workspace).c.url).where(table(Workspace).c.id == workspace_id)) or "",
        cards=_cards(session, workspace_id, named),
    )


def _within(column: sa.Column[datetime], span: Span) -> sa.ColumnElement[bool]:
    return sa.and_(column >= span.start, column < span.end)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(condition)


def _amounts(session: Session, *conditions: sa.ColumnElement[bool]) -> Amounts:
    """Returns the sum of the values of these handoffs for each currency, in cents. The cast is for Postgres, which sums
    big integers into decimals."""
    rows = session.execute(sa.select(H.currency, _SUM).where(*conditions).group_by(H.currency))
    return _as_amounts((currency, cents) for currency, cents in rows)


def _as_amounts(cents: Iterable[tuple[str, int]]) -> Amounts:
    """Returns the amounts in the order of the currencies' codes. Leaves out a sum of zero."""
    return tuple(Money(currency=currency, cents=sum_) for currency, sum_ in sorted(cents) if sum_)


_SUM = sa.cast(sa.func.coalesce(sa.func.sum(H.value_cents), 0), sa.BigInteger)

_line = table(LedgerEntry).c
_OVERTURNED = (
    sa.select(sa.func.max(_line.version))
    .where(_line.handoff_id == H.id, _line.move == Move.OVERTURN.value, ~ledger.is_undone(_line.id))
    .correlate(table(Handoff))
    .scalar_subquery()
)
_ANSWER_AFTERWARDS = (
    sa.select(_line.move)
    .where(
        _line.handoff_id == H.id, _line.move.in_((Move.ACCEPT.value, Move.REJECT.value)), _line.version > _OVERTURNED
    )
    .where(~ledger.is_undone(_line.id))
    .order_by(_line.version)
    .limit(1)
    .correlate(table(Handoff))
    .scalar_subquery()
)
_rejected_first = H.response == Move.REJECT.value
# SQL: the answer of sales that stands. It is the first answer, unless that was a rejection that was overturned: then it
# is the next one. An acceptance stands even if a rejection came after it and was overturned.
_answer = sa.case((_rejected_first & H.ruled & _OVERTURNED.is_not(None), _ANSWER_AFTERWARDS), else_=H.response)

_VOLUME = (
    sa.func.count(),
    _count(_answer == Move.ACCEPT.value),
    _count(_answer == Move.REJECT.value),
    _count(_answer.is_(None) & (H.state == State.WITHDRAWN.value)),
)


def _as_volume(counted: Iterable[int]) -> Volume:
    flagged, accepted, rejected, withdrawn = counted
    return Volume(flagged=flagged, accepted=accepted, rejected=rejected, withdrawn=withdrawn)


def _trend(session: Session, here: sa.ColumnElement[bool], week: Week, zone: ZoneInfo) -> tuple[Volume, ...]:
    """Returns this week and the eight before it, oldest first. The trend starts in the week of the first handoff."""
    until = week.span(zone).end
    first = session.execute(
        sa.select(H.flagged_at).where(here, H.flagged_at < until).order_by(H.flagged_at).limit(1)
    ).scalar_one_or_none()
    spans = [week.back(n).span(zone) for n in range(WEEKS_BEFORE, -1, -1)]
    lived = [span for span in spans[:-1] if first is not None and span.end > first]
    return tuple(
        _as_volume(session.execute(sa.select(*_VOLUME).where(here, _within(H.flagged_at, span))).one())
        for span in (*lived, spans[-1])
    )


def _of(*whats: What) -> sa.ColumnElement[bool]:
    return P.what.in_([what.value for what in whats])


def _kept(session: Session, these: sa.ColumnElement[bool], before: Span, span: Span) -> Kept:
    """Returns how many of these promises were due in the span and how many of them were kept in time, and the times of
    those that were kept in the span."""
    due, kept, undone = _due(session, these, span)
    due_before, kept_before, _ = _due(session, these, before)
    timed = _times(session, these & _within(P.kept_at, span), P.taken_seconds)
    return replace(timed, due=due, kept=kept, undone=undone, before=Share(kept_before, due_before))


def _due(session: Session, these: sa.ColumnElement[bool], span: Span) -> tuple[int, int, int]:
    """Returns how many promises fell due in the span, how many of them were kept in time, and how many are not kept
    yet."""
    row = session.execute(
        sa.select(sa.func.count(), _count(P.kept_at <= P.first_due_at), _count(P.kept_at.is_(None))).where(
            these, _within(P.first_due_at, span), P.state != PromiseState.RELEASED.value
        )
    ).one()
    return row[0], row[1], row[2]


def _times(session: Session, these: sa.ColumnElement[bool], seconds: sa.Column[int]) -> Kept:
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


def _sources(session: Session, here: sa.ColumnElement[bool], before: Span, span: Span) -> tuple[SourceRow, ...]:
    first: dict[str, tuple[int, str]] = {}
    week: dict[str, Volume] = defaultdict(Volume)
    past: dict[str, Volume] = defaultdict(Volume)
    qualified: dict[str, int] = defaultdict(int)
    for volumes, within in ((past, before), (week, span)):
        counted = session.execute(
            sa.select(H.source, sa.func.min(H.number), *_VOLUME)
            .where(here, _within(H.flagged_at, within))
            .group_by(H.source)
        )
        for source, number, *volume in counted:
            key = same_source(source)
            first[key] = min(first.get(key, (number, source)), (number, source))
            volumes[key] += _as_volume(volume)
    cents: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sales = session.execute(
        sa.select(H.source, H.currency, sa.func.count(), _SUM)
        .where(here, _within(H.flagged_at, span), H.qualified_at.is_not(None))
        .group_by(H.source, H.currency)
    )
    for source, currency, count, value in sales:
        qualified[same_source(source)] += count
        cents[same_source(source)][currency] += value
    rows = [
        SourceRow(
            source=first[key][1],
            week=volume,
            before=past[key],
            qualified=qualified[key],
            value=_as_amounts(cents[key].items()),
        )
        for key, volume in week.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.week.flagged, row.source)))


def _rejections(session: Session, here: sa.ColumnElement[bool], before: Span, span: Span) -> Rejections:
    def by_reason(within: Span) -> tuple[tuple[str, int], ...]:
        counted = session.execute(
            sa.select(H.reason, sa.func.count())
            .where(rejected, _within(H.closed_at, within))
            .group_by(H.reason)
            .order_by(sa.func.count().desc(), H.reason)
        )
        return tuple((reason, count) for reason, count in counted)

    rejected = sa.and_(here, H.state == State.REJECTED.value)
    quoted = session.execute(
        sa.select(H.number, H.rejected_by, H.reason, H.reason_note)
        .where(rejected, _within(H.closed_at, span), H.reason_note != "")
        .order_by(H.closed_at.desc(), H.number.desc())
        .limit(QUOTES)
    ).all()
    return Rejections(
        by_reason=by_reason(span),
        before=by_reason(before),
        quotes=tuple(Quote(number=row[0], person=row[1], reason=row[2], note=row[3]) for row in quoted),
    )


def _outcomes(session: Session, here: sa.ColumnElement[bool], span: Span) -> Outcomes:
    qualified, closed = _within(H.qualified_at, span), _within(H.closed_at, span)
    won, lost, given_up = (H.state == state.value for state in (State.WON, State.LOST, State.DISQUALIFIED))
    ended = session.execute(sa.select(_count(won), _count(lost), _count(given_up)).where(here, closed)).one()
    return Outcomes(
        qualified=session.execute(sa.select(sa.func.count()).where(here, qualified)).scalar_one(),
        qualified_value=_amounts(session, here, qualified),
        won=ended[0],
        won_value=_amounts(session, here, closed, won),
        lost=ended[1],
        disqualified=ended[2],
    )


def _cohort(session: Session, here: sa.ColumnElement[bool], span: Span) -> Cohort:
    flagged, won = _within(H.flagged_at, span), H.state == State.WON.value
    row = session.execute(
        sa.select(
            sa.func.count(),
            _count(_answer == Move.ACCEPT.value),
            _count(H.qualified_at.is_not(None)),
            _count(won),
        ).where(here, flagged)
    ).one()
    won_value = _amounts(session, here, flagged, won)
    return Cohort(flagged=row[0], accepted=row[1], qualified=row[2], won=row[3], won_value=won_value)


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
        .where(here, H.state == State.WON.value, _within(H.closed_at, span))
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


def _owners(
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
        .where(promised, sa.text(LIVE), _of(*SALES), P.due_at <= as_of, P.broken_at.is_not(None))
        .order_by(P.due_at, H.number)
    )
    return [(owner, number, float(ts or 0) >= due_at.timestamp()) for owner, number, due_at, ts in rows]


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


def _debts(session: Session, promised: sa.ColumnElement[bool], as_of: datetime) -> Debts:
    def owed(*whats: What) -> tuple[int, int]:
        """Returns how many of these promises are live, and how many of those are late."""
        counted = sa.select(sa.func.count(), _count(P.due_at < as_of)).where(promised, sa.text(LIVE), _of(*whats))
        row = session.execute(counted).one()
        return row[0], row[1]

    sales, marketing = owed(What.ANSWER), owed(*REPLIES)
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
        .join(table(Handoff), (H.id == feedback.handoff_id) & ~H.voided)
        .where(feedback.workspace_id == workspace_id, feedback.given, _within(feedback.at, span))
        .group_by(feedback.meaning)
    )
    counts = {meaning: count for meaning, count in rows}  # noqa: C416
    return tuple((meaning.value, counts[meaning.value]) for meaning in FEEDBACK if meaning.value in counts)
