"""Writes a change beside its ledger line: the columns of the handoff, and the messages that show it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session

from models.rules.messages import Wanted
from models.rules.rows import HandoffRow, LeadRow
from models.storage import rows
from models.storage.store import Columns, Store, Upsert
from models.storage.tables import Handoff, Lead, NudgeItem, Outbox, UtcDateTime, table


def wanted_again(row: Columns, due_at: sa.ColumnElement[Any]) -> dict[str, Any]:
    """Returns the columns of a message that is to show the present facts. A message that waits keeps its place. A dead
    message is tried again, because the obstacle may be gone."""
    waiting = row.state == "pending"
    return {
        "wanted": row.wanted + 1,
        "state": "pending",
        "due_at": sa.case((waiting, row.due_at), else_=due_at),
        "wanted_at": sa.case((waiting, row.wanted_at), else_=due_at),
        "attempts": sa.case((waiting, row.attempts), else_=0),
    }


_outbox = table(Outbox)
_handoff, _lead = table(Handoff).c, table(Lead).c
_PUT = (
    sa.update(table(Handoff))
    .where(_handoff.id == sa.bindparam("this"))
    .where(_handoff.state == sa.bindparam("state_then"), _handoff.version == sa.bindparam("version_then"))
)
_item = table(NudgeItem).c
_WANT = Upsert(
    into=table(Outbox), key=("workspace_id", "key"), change=lambda row, wanted: wanted_again(row, wanted.due_at)
)


class Rivalry(Exception):  # noqa: N818 - an event between two transactions, handled by the desk
    """Somebody else changed the handoff, or its lead, between this transaction's read and its write."""


def put(session: Session, was: HandoffRow, now: HandoffRow) -> None:
    """Writes what is different in a handoff, if it is unchanged since it was read. `now` has the next version. Raises
    Rivalry if the handoff has changed."""
    as_it_was = {"this": was.id, "state_then": was.state.value, "version_then": was.version}
    result = session.execute(_PUT, rows.different(was, now) | as_it_was)
    if not result.rowcount:  # type: ignore[attr-defined]
        raise Rivalry


def put_lead(session: Session, was: LeadRow, now: LeadRow) -> None:
    """Writes what is different in a lead, if those columns are unchanged since they were read. Raises Rivalry if
    somebody has changed them."""
    changed = rows.different(was, now)
    if not changed:
        return
    as_it_was = (_lead[name].is_not_distinct_from(getattr(was, name)) for name in changed)
    result = session.execute(sa.update(table(Lead)).where(_lead.id == was.id, *as_it_was).values(**changed))
    if not result.rowcount:  # type: ignore[attr-defined]
        raise Rivalry


def refresh(session: Session, number: int, *, at: datetime) -> None:
    """Asks for every message that shows this handoff again, reminders too. Tries again what could not be shown."""
    session.execute(_refresh(session.get_bind().dialect.name), {"number": number, "at": at})


def refresh_shown(session: Session, number: int, *, at: datetime) -> None:
    """Asks again only for the messages that are shown already. For a change that is only the passing of time."""
    shown = _refresh(session.get_bind().dialect.name).where(_outbox.c.ts.is_not(None), _outbox.c.state != "dead")
    session.execute(shown, {"number": number, "at": at})


@cache
def _refresh(dialect: str) -> sa.Update:
    """Returns the statement that asks again for the messages of a handoff, and for the reminders that still mention it.

    Postgres gets the reminders' ids as an array. If an UPDATE has waited for a row that another transaction changed,
    Postgres checks again whether the row still matches. With a join to a subselect, that check may fail and leave the
    row out without an error (seen with a nested loop over a HashAggregate).
    """
    reminders = sa.select(_item.outbox_id).where(_item.handoff_id == sa.bindparam("number"), sa.text("live"))
    about_it = (
        _outbox.c.id == sa.any_(sa.func.array(reminders.scalar_subquery()))
        if dialect == "postgresql"
        else _outbox.c.id.in_(reminders)
    )
    return (
        sa.update(_outbox)
        .values(wanted_again(_outbox.c, sa.bindparam("at", type_=UtcDateTime)))
        .where((_outbox.c.handoff_id == sa.bindparam("number")) | about_it)
    )


def want(store: Store, session: Session, workspace_id: str, wanted: Sequence[Wanted], *, at: datetime) -> None:
    """Adds these messages to the outbox, or asks for them again, in the caller's transaction."""
    messages = [
        {
            "workspace_id": workspace_id,
            "key": one.key,
            "kind": one.kind.value,
            "lane": one.lane,
            "handoff_id": one.handoff_id,
            "token": uuid4().hex,
            "state": "pending",
            "wanted": 1,
            "shown": 0,
            "due_at": one.due_at or at,
            "wanted_at": one.due_at or at,
            "created_at": at,
            "uncertain": False,
            "attempts": 0,
            "last_error": "",
            "fingerprint": "",
        }
        for one in wanted
    ]
    if messages:
        store.upsert(session, _WANT, *messages)
