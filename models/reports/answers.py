"""How sales answered: the volume of each week and source, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from models.reports.counting import SUM, WEEKS_BEFORE, H, amounts_of, as_amounts, count_if, in_span
from models.rules.digest_numbers import Cohort, SourceRow, Volume
from models.rules.ladders import same_source
from models.rules.lifecycle import Move, State
from models.rules.week import Week
from models.rules.worktime import Span
from models.storage import ledger
from models.storage.tables import Handoff, LedgerEntry, table

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
    count_if(_answer == Move.ACCEPT.value),
    count_if(_answer == Move.REJECT.value),
    count_if(_answer.is_(None) & (H.state == State.WITHDRAWN.value)),
)


def _as_volume(counted: Iterable[int]) -> Volume:
    flagged, accepted, rejected, withdrawn = counted
    return Volume(flagged=flagged, accepted=accepted, rejected=rejected, withdrawn=withdrawn)


def trend(session: Session, here: sa.ColumnElement[bool], week: Week, zone: ZoneInfo) -> tuple[Volume, ...]:
    """Returns this week and the eight before it, oldest first. The trend starts in the week of the first handoff."""
    until = week.span(zone).end
    first = session.execute(
        sa.select(H.flagged_at).where(here, H.flagged_at < until).order_by(H.flagged_at).limit(1)
    ).scalar_one_or_none()
    spans = [week.back(n).span(zone) for n in range(WEEKS_BEFORE, -1, -1)]
    lived = [span for span in spans[:-1] if first is not None and span.end > first]
    return tuple(
        _as_volume(session.execute(sa.select(*_VOLUME).where(here, in_span(H.flagged_at, span))).one())
        for span in (*lived, spans[-1])
    )


def sources(session: Session, here: sa.ColumnElement[bool], before: Span, span: Span) -> tuple[SourceRow, ...]:
    first: dict[str, tuple[int, str]] = {}
    week: dict[str, Volume] = defaultdict(Volume)
    past: dict[str, Volume] = defaultdict(Volume)
    qualified: dict[str, int] = defaultdict(int)
    for volumes, within in ((past, before), (week, span)):
        counted = session.execute(
            sa.select(H.source, sa.func.min(H.number), *_VOLUME)
            .where(here, in_span(H.flagged_at, within))
            .group_by(H.source)
        )
        for source, number, *volume in counted:
            key = same_source(source)
            first[key] = min(first.get(key, (number, source)), (number, source))
            volumes[key] += _as_volume(volume)
    cents: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sales = session.execute(
        sa.select(H.source, H.currency, sa.func.count(), SUM)
        .where(here, in_span(H.flagged_at, span), H.qualified_at.is_not(None))
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
            value=as_amounts(cents[key].items()),
        )
        for key, volume in week.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.week.flagged, row.source)))


def cohort(session: Session, here: sa.ColumnElement[bool], span: Span) -> Cohort:
    flagged, won = in_span(H.flagged_at, span), H.state == State.WON.value
    row = session.execute(
        sa.select(
            sa.func.count(),
            count_if(_answer == Move.ACCEPT.value),
            count_if(H.qualified_at.is_not(None)),
            count_if(won),
        ).where(here, flagged)
    ).one()
    won_value = amounts_of(session, here, flagged, won)
    return Cohort(flagged=row[0], accepted=row[1], qualified=row[2], won=row[3], won_value=won_value)
