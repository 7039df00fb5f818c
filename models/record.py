"""What is written beside a handoff whenever it changes: the ledger, and the messages that show the change."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models import mail
from models.errors import PersonId
from models.lifecycle import Move, State
from models.mail import Kind, Letter
from models.tables import LedgerEntry, NudgeItem, Outbox, UtcDateTime, table

_outbox = table(Outbox)
_ENTER = sa.insert(table(LedgerEntry)).returning(table(LedgerEntry).c.id)
_item = table(NudgeItem).c
_REFRESH = (
    sa.update(_outbox)
    .values(mail.wanted_again(_outbox.c, sa.bindparam("at", type_=UtcDateTime)))
    .where(
        _outbox.c.id.in_(
            sa.select(_outbox.c.id)
            .where(_outbox.c.handoff_id == sa.bindparam("number"))
            .union_all(sa.select(_item.outbox_id).where(_item.handoff_id == sa.bindparam("number"), sa.text("live")))
        )
    )
)


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
    }
    return int(session.execute(_ENTER, entry).scalar_one())


def refresh(session: Session, number: int, *, at: datetime) -> None:
    """What is shown of this handoff follows it, in reminders too."""
    session.execute(_REFRESH, {"number": number, "at": at})


def turn(number: int, person: str, *, version: int) -> Letter:
    """The message to the person who owes the next move since this version of the handoff."""
    return Letter(kind=Kind.TURN, key=f"turn:{number}:{version}", lane=person, handoff_id=number)


def news(number: int, entry: int, person: str) -> Letter:
    """The message that tells the marketer what became of their lead, or its owner that somebody else has it now."""
    return Letter(kind=Kind.NEWS, key=f"news:{number}:{entry}", lane=person, handoff_id=number)
