"""Receipts of deliveries: what has had its effect, and must not have it again."""

from datetime import datetime

from sqlmodel import Session

from models.store import Store
from models.tables import Receipt, table


def keep(
    store: Store, session: Session, workspace_id: str, receipt: str, *, at: datetime, number: int | None = None
) -> bool:
    """Whether this delivery is the first of its copies; remembers it, with the handoff that it was about."""
    row = {"workspace_id": workspace_id, "key": receipt, "handoff_id": number, "at": at}
    return store.insert_once(session, table(Receipt), row)
