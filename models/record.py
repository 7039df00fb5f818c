"""What is written whenever a handoff changes: its columns, the ledger, and the messages that show the change."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models import mail
from models.errors import PersonId
from models.lifecycle import Move, State
from models.mail import Kind, Letter
from models.tables import Handoff, LedgerEntry, NudgeItem, Outbox, UtcDateTime, table
from models.undoing import Before

_outbox = table(Outbox)
_handoff = table(Handoff).c
_PUT = (
    sa.update(table(Handoff))
    .where(_handoff.id == sa.bindparam("this"))
    .where(_handoff.state == sa.bindparam("state_then"), _handoff.version == sa.bindparam("version_then"))
)
_ENTER = sa.insert(table(LedgerEntry)).returning(table(LedgerEntry).c.id)
_item = table(NudgeItem).c


def is_undone(line: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """SQL: somebody took this line of the ledger back."""
    undo = table(LedgerEntry).alias()
    return sa.exists().where(undo.c.undoes == line).correlate(table(LedgerEntry))


class Rivalry(Exception):  # noqa: N818 - an event between two transactions, handled by the desk
    """Somebody else changed the handoff, or its lead, between our look and our write."""


def put(session: Session, handoff: Handoff, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Write columns of a handoff where it still is as it was read, and count its version up; what was written. The
    object stays as it is. Raises Rivalry where it was not."""
    values = {**columns, "version": handoff.version + 1}
    as_it_was = {"this": handoff.id, "state_then": handoff.state, "version_then": handoff.version}
    result = session.execute(_PUT, values | as_it_was)
    if not result.rowcount:  # type: ignore[attr-defined]
        raise Rivalry
    return values


def follow(row: SQLModel, columns: Mapping[str, Any]) -> None:
    """Have the object say what was written."""
    for name, value in columns.items():
        setattr(row, name, value)


def enter(
    session: Session,
    workspace_id: str,
    number: int,
    move: Move,
    *,
    by: PersonId,
    to: State,
    owner: str | None,
    at: datetime,
    reason: str | None = None,
    note: str = "",
    detail: dict[str, Any] | None = None,
    before: Before | None = None,
    undoes: int | None = None,
) -> int:
    """Add what happened to the ledger; the entry's id. `before`: how things were, for whoever takes it back."""
    entry = {
        "workspace_id": workspace_id,
        "handoff_id": number,
        "at": at,
        "actor": by,
        "move": move.value,
        "state": to.value,
        "owner": owner,
        "reason": reason,
        "note": note,
        "detail": detail or {},
        "before": before.as_json() if before else None,
        "undoes": undoes,
    }
    return int(session.execute(_ENTER, entry).scalar_one())


def refresh(session: Session, number: int, *, at: datetime) -> None:
    """What is shown of this handoff follows it, in reminders too; what could not be shown is tried again."""
    session.execute(_refresh(session.get_bind().dialect.name), {"number": number, "at": at})


def refresh_shown(session: Session, number: int, *, at: datetime) -> None:
    """The same of what is shown already: only time has passed."""
    shown = _refresh(session.get_bind().dialect.name).where(_outbox.c.ts.is_not(None), _outbox.c.state != "dead")
    session.execute(shown, {"number": number, "at": at})


@cache
def _refresh(dialect: str) -> sa.Update:
    """The messages of a handoff, and the reminders that say something of it still, are wanted again.

    Postgres gets the reminders' ids as an array: where an UPDATE has waited for a row that another transaction changed,
    Postgres looks again whether the row is still meant. By a join with a subselect it may find then that it is not, and
    leave it out without a word (seen with a nested loop over a HashAggregate).
    """
    reminders = sa.select(_item.outbox_id).where(_item.handoff_id == sa.bindparam("number"), sa.text("live"))
    about_it = (
        _outbox.c.id == sa.any_(sa.func.array(reminders.scalar_subquery()))
        if dialect == "postgresql"
        else _outbox.c.id.in_(reminders)
    )
    return (
        sa.update(_outbox)
        .values(mail.wanted_again(_outbox.c, sa.bindparam("at", type_=UtcDateTime)))
        .where((_outbox.c.handoff_id == sa.bindparam("number")) | about_it)
    )


def turn(number: int, person: str, *, version: int) -> Letter:
    """The message to the person who owes the next move since this version of the handoff."""
    return Letter(kind=Kind.TURN, key=f"turn:{number}:{version}", lane=person, handoff_id=number)


def news(number: int, entry: int, person: str) -> Letter:
    """The message that tells the marketer what became of their lead, or its owner that somebody else has it now."""
    return Letter(kind=Kind.NEWS, key=f"news:{number}:{entry}", lane=person, handoff_id=number)
