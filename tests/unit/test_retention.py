"""Housekeeping of the database."""

from datetime import timedelta

import sqlalchemy as sa

from models.storage.retention import KEEP_RECEIPTS, let_go
from models.storage.tables import Receipt, table
from tests.monday import TEN
from tests.unit.office import Office


def test_old_receipts_go_however_many_they_are_and_others_stay(office: Office) -> None:
    old, kept = TEN - KEEP_RECEIPTS - timedelta(seconds=1), TEN - KEEP_RECEIPTS
    with office.store.write() as session:
        session.execute(
            sa.insert(table(Receipt)),
            [{"workspace_id": office.id, "key": f"old-{n}", "at": old} for n in range(20)]
            + [{"workspace_id": office.id, "key": "kept", "at": kept}],
        )
    assert let_go(office.store, at=TEN, portion=10) == 20
    assert let_go(office.store, at=TEN) == 0
    with office.store.read() as session:
        assert session.scalars(sa.select(table(Receipt).c.key).where(table(Receipt).c.at < TEN)).all() == ["kept"]
