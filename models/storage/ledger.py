"""The ledger: everything that happened to a handoff, one line for each event. Lines are only ever added."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models.rules.rows import LedgerRow
from models.storage.tables import LedgerEntry, table

_APPEND = sa.insert(table(LedgerEntry)).returning(table(LedgerEntry).c.id)


def append(session: Session, line: LedgerRow) -> int:
    """Appends a line to the ledger. Returns the id of the line."""
    entry = {
        "workspace_id": line.workspace_id,
        "handoff_id": line.handoff_id,
        "at": line.at,
        "actor": line.actor,
        "move": line.move.value,
        "state": line.state.value,
        "owner": line.owner,
        "reason": line.reason,
        "note": line.note,
        "detail": dict(line.detail),
        "before": line.before.as_json() if line.before else None,
        "undoes": line.undoes,
    }
    return int(session.execute(_APPEND, entry).scalar_one())


def is_undone(line: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """SQL condition: somebody undid this ledger line."""
    undo = table(LedgerEntry).alias()
    return sa.exists().where(undo.c.undoes == line).correlate(table(LedgerEntry))
