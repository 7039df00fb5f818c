"""Asks for messages: which the chat should show, and which are to follow the facts again."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session

from models.rules.messages import Wanted
from models.storage.ids import new_ids
from models.storage.tables import NudgeItem, Outbox, UtcDateTime, table
from models.storage.upsert import Columns, Upsert, upsert

# What a message starts with, besides its id, its token, and what it is about.
NEW = {
    "state": "pending",
    "wanted": 1,
    "shown": 0,
    "uncertain": False,
    "attempts": 0,
    "last_error": "",
    "fingerprint": "",
}
# The parameters of `asked_again`: the id of a handoff, and the present time.
HANDOFF = sa.bindparam("to_handoff_id", type_=table(Outbox).c.handoff_id.type)
AT = sa.bindparam("to_at", type_=UtcDateTime)


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


_outbox, _item = table(Outbox).c, table(NudgeItem).c
_WANT = Upsert(
    into=table(Outbox), key=("workspace_id", "key"), change=lambda row, wanted: wanted_again(row, wanted.due_at)
)


def asked_again(handoffs: sa.Select[Any] | None = None, *, on_postgres: bool) -> sa.Update:
    """Returns the statement that asks again for the messages of these handoffs (None: of the one with the id HANDOFF),
    and for the reminders that still mention them. `handoffs` selects their ids."""

    def of_them(handoff: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return handoff == HANDOFF if handoffs is None else _among(handoff, handoffs, on_postgres=on_postgres)

    reminders = sa.select(_item.outbox_id).where(of_them(_item.handoff_id), sa.text("live"))
    about_them = of_them(_outbox.handoff_id) | _among(_outbox.id, reminders, on_postgres=on_postgres)
    return sa.update(table(Outbox)).values(wanted_again(_outbox, AT)).where(about_them)


def _among(column: sa.ColumnElement[Any], found: sa.Select[Any], *, on_postgres: bool) -> sa.ColumnElement[bool]:
    """SQL condition: the value is one of those that were found.

    Postgres gets them as an array. If an UPDATE has waited for a row that another transaction changed, Postgres checks
    again whether the row still matches. With a join to a subselect, that check may fail and leave the row out without
    an error (seen with a nested loop over a HashAggregate).
    """
    return column == sa.any_(sa.func.array(found.scalar_subquery())) if on_postgres else column.in_(found)


def ask_again_for_shown(session: Session, handoff_id: int, *, at: datetime) -> None:
    """Asks again only for the messages of this handoff that are shown already. For a change that is only the passing of
    time."""
    session.execute(
        _shown(on_postgres=session.get_bind().dialect.name == "postgresql"), {"to_handoff_id": handoff_id, "to_at": at}
    )


@cache
def _shown(*, on_postgres: bool) -> sa.Update:
    return asked_again(on_postgres=on_postgres).where(_outbox.ts.is_not(None), _outbox.state != "dead")


def want(session: Session, workspace_id: str, wanted: Sequence[Wanted], *, at: datetime) -> None:
    """Adds these messages to the outbox, or asks for them again, in the caller's transaction."""
    ids = new_ids()
    messages = [
        {
            **NEW,
            "id": next(ids),
            "workspace_id": workspace_id,
            "key": one.key,
            "kind": one.kind.value,
            "lane": one.lane,
            "handoff_id": one.handoff_id,
            "token": uuid4().hex,
            "due_at": one.due_at or at,
            "wanted_at": one.due_at or at,
            "created_at": at,
        }
        for one in wanted
    ]
    if messages:
        upsert(session, _WANT, *messages)
