"""Housekeeping: deletes receipts when no copy of their delivery can arrive any more, and updates the database's
statistics about its size."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.storage.store import Store
from models.storage.tables import Receipt, table

# How long the database keeps receipts. Slack repeats a delivery for minutes. A client that sleeps, or a replay from a
# log, repeats one for days.
KEEP_RECEIPTS = timedelta(days=14)


def let_go(store: Store, *, at: datetime) -> int:
    """Deletes old receipts, and returns how many."""
    store.tend()
    receipts = table(Receipt)
    with store.write() as session:
        result = session.execute(sa.delete(receipts).where(receipts.c.at < at - KEEP_RECEIPTS))
        return int(result.rowcount)  # type: ignore[attr-defined]
