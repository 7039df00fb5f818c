"""Housekeeping: receipts are let go once no copy of a delivery can arrive any more, and the database learns how large
it has become."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.store import Store
from models.tables import Receipt, table

KEEP_RECEIPTS = timedelta(days=14)
"""Slack repeats a delivery for minutes; a client that sleeps, or a replay from a log, for days."""


def let_go(store: Store, *, at: datetime) -> int:
    """Delete old receipts; how many those were."""
    store.tend()
    receipts = table(Receipt)
    with store.write() as session:
        result = session.execute(sa.delete(receipts).where(receipts.c.at < at - KEEP_RECEIPTS))
        return int(result.rowcount)  # type: ignore[attr-defined]
