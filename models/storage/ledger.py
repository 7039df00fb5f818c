"""The ledger: everything that happened to a handoff, one line for each event. Lines are only ever added."""

from typing import Any

import sqlalchemy as sa

from models.storage.tables import LedgerEntry, table


def is_undone(line: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """SQL condition: somebody undid the ledger line with this id."""
    undo = table(LedgerEntry).alias("undo")
    return sa.exists().where(undo.c.undoes == line).correlate(table(LedgerEntry))
