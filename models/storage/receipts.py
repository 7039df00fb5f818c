"""Receipts of deliveries: which deliveries had their effect and must not have it again."""

from datetime import datetime

from sqlmodel import Session

from models.storage.store import Store
from models.storage.tables import Receipt, table


def keep(
    store: Store, session: Session, workspace_id: str, receipt: str, *, at: datetime, number: int | None = None
) -> bool:
    """True if this delivery is the first of its copies. Stores its receipt, with the number of its handoff."""
    row = {"workspace_id": workspace_id, "key": receipt, "handoff_id": number, "at": at}
    return store.insert_once(session, table(Receipt), row)
