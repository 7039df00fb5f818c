"""Reads the promises about handoffs, and writes those that a change keeps, releases or begins."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.rules.ladders import REPLIES, What
from models.rules.rows import NOT_STORED, PromiseRow
from models.storage import rows
from models.storage.changes import Rivalry
from models.storage.tables import LIVE, Handoff, Promise, table

# SQL condition: the promise on a handoff that somebody owes now. There is at most one, beside a recall, which waits.
NEXT = sa.and_(
    col(Promise.handoff_id) == col(Handoff.id),
    sa.text(LIVE),
    col(Promise.what) != sa.literal_column(f"'{What.RECALL}'"),
)
_of_lead = (
    select(Promise)
    .join(Handoff, col(Handoff.id) == col(Promise.handoff_id))
    .where(col(Handoff.lead_id) == sa.bindparam("lead"), sa.text(LIVE))
    .order_by(col(Promise.id))
)
_promise = table(Promise).c
_INSERT = sa.insert(table(Promise))
_PUT = sa.update(table(Promise)).where(
    _promise.id == sa.bindparam("this"), _promise.state == sa.bindparam("state_then")
)


def of_lead(session: Session, lead_id: int) -> tuple[PromiseRow, ...]:
    """Returns the live promises about all handoffs of a lead, oldest first."""
    return tuple(map(rows.promise_row, session.exec(_of_lead, params={"lead": lead_id})))


def to_undo(session: Session, handoff_id: int, ids: Iterable[int]) -> tuple[PromiseRow, ...]:
    """Returns the promises about this handoff, live or not, and those with these ids about other handoffs, oldest
    first. Leaves out the reply to another rejection that is contested: to contest is to reply."""
    replied = col(Promise.what).in_([what.value for what in REPLIES]) & col(Handoff.contested)
    others = col(Promise.id).in_([*ids]) & ~replied
    found = (
        select(Promise)
        .join(Handoff, col(Handoff.id) == col(Promise.handoff_id))
        .where((col(Promise.handoff_id) == handoff_id) | others)
        .order_by(col(Promise.id))
    )
    return tuple(map(rows.promise_row, session.exec(found)))


def put(session: Session, was: Iterable[PromiseRow], now: Iterable[PromiseRow]) -> None:
    """Writes the promises that a change left in another state than they were in: first those that it ended, then those
    that began with it. Raises Rivalry if somebody else has ended one since it was read."""
    known, begun = {promise.id: promise for promise in was}, []
    for promise in now:
        if promise.id == NOT_STORED:
            begun.append(promise)
            continue
        changed = rows.different(known[promise.id], promise)
        then = {"this": promise.id, "state_then": known[promise.id].state.value}
        if changed and not session.execute(_PUT, changed | then).rowcount:  # type: ignore[attr-defined]
            raise Rivalry
    for promise in begun:
        columns = rows.stored(promise)
        del columns["id"]
        session.execute(_INSERT, columns)
