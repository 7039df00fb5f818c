"""Housekeeping: deletes receipts when no copy of their delivery can arrive any more, and updates the database's
statistics about its size."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.storage.store import Store
from models.storage.tables import Receipt, table

# The most receipts that one statement deletes. After a long outage there are more than one has time for.
PORTION = 10_000

# How long the database keeps receipts. Slack repeats a delivery for minutes. A client that sleeps, or a replay from a
# log, repeats one for days.
KEEP_RECEIPTS = timedelta(days=14)


def let_go(store: Store, *, at: datetime, portion: int = PORTION) -> int:
    """Deletes old receipts, a portion in each statement, and returns how many."""
    store.tend()
    receipts = table(Receipt)
    key = sa.tuple_(receipts.c.workspace_id, receipts.c.key)
    old = sa.select(receipts.c.workspace_id, receipts.c.key).where(receipts.c.at < at - KEEP_RECEIPTS).limit(portion)
    deleted, gone = 0, portion
    while gone == portion:
        with store.write() as session:
            gone = int(session.execute(sa.delete(receipts).where(key.in_(old))).rowcount)  # type: ignore[attr-defined]
        deleted += gone
    return deleted
