"""The ledger: everything that happened to a handoff, one line for each event. Lines are only ever added."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models.errors import PersonId
from models.rules.lifecycle import Move, State
from models.rules.undoing import Before
from models.storage.tables import LedgerEntry, table

_APPEND = sa.insert(table(LedgerEntry)).returning(table(LedgerEntry).c.id)


def append(
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
    """Appends a line to the ledger. Returns the id of the line. `before` holds the earlier values, for undo."""
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
    return int(session.execute(_APPEND, entry).scalar_one())


def is_undone(line: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """SQL condition: somebody undid this ledger line."""
    undo = table(LedgerEntry).alias()
    return sa.exists().where(undo.c.undoes == line).correlate(table(LedgerEntry))
