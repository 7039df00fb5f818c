"""What is written beside a handoff whenever it changes: the ledger, and the messages that show the change."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models import mail
from models.errors import PersonId
from models.lifecycle import Move, State
from models.mail import Kind, Letter
from models.tables import LedgerEntry, Outbox, table


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
) -> int:
    """Add what happened to the ledger; the entry's id."""
    ledger = table(LedgerEntry)
    return int(
        session.execute(
            sa.insert(ledger)
            .values(
                workspace_id=workspace_id,
                handoff_id=number,
                at=at,
                actor=by,
                move=move.value,
                state=to.value,
                owner=owner,
                reason=reason,
                note=note,
                detail=detail or {},
            )
            .returning(ledger.c.id)
        ).scalar_one()
    )


def refresh(session: Session, workspace_id: str, number: int, *, at: datetime, nudged: Collection[str] = ()) -> None:
    """What is shown of this handoff follows it; so does the last reminder of each of the `nudged`."""
    outbox = table(Outbox).c
    where = outbox.handoff_id == number
    if nudged:
        last = (
            sa.select(sa.func.max(outbox.id))
            .where(outbox.workspace_id == workspace_id, outbox.lane.in_(nudged), outbox.kind == Kind.NUDGE.value)
            .group_by(outbox.lane)
        )
        where |= outbox.id.in_(last)
    mail.refresh(session, where, at=at)


def turn(number: int, person: str, *, version: int) -> Letter:
    """The message to the person who owes the next move since this version of the handoff."""
    return Letter(kind=Kind.TURN, key=f"turn:{number}:{version}", lane=person, handoff_id=number)


def news(number: int, entry: int, marketer: str) -> Letter:
    """The message that tells the marketer what became of their lead."""
    return Letter(kind=Kind.NEWS, key=f"news:{number}:{entry}", lane=marketer, handoff_id=number)
