"""Rows that are inserted once, or changed if they are there already, in a session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

Columns = sa.sql.base.ReadOnlyColumnCollection[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Upsert:
    """Inserts a row, or makes a `change` to the row with the same `key`. `change` and `only_where` get the stored row
    and the row to insert. With `only_where`, the change happens only if the condition holds. Make an upsert once and
    keep it: SQLAlchemy takes longer to build such a statement than the database takes to run it."""

    into: sa.Table
    key: tuple[str, ...]
    change: Callable[[Columns, Columns], Mapping[str, Any]]
    only_where: Callable[[Columns, Columns], sa.ColumnElement[bool]] | None = None
    returning: tuple[str, ...] = ()

    @cache  # noqa: B019 - upserts are few, and live as long as the program
    def statement(self, *, is_sqlite: bool) -> sa.Executable:
        insert = sqlite.insert(self.into) if is_sqlite else postgresql.insert(self.into)
        changed = insert.on_conflict_do_update(
            index_elements=self.key,
            set_=dict(self.change(self.into.c, insert.excluded)),
            where=self.only_where(self.into.c, insert.excluded) if self.only_where else None,
        )
        return changed.returning(*(self.into.c[name] for name in self.returning)) if self.returning else changed


def upsert(session: Session, what: Upsert, *rows: Mapping[str, Any]) -> sa.Result[Any]:
    """Inserts rows, or changes those with the same key. For one row, the result has the columns that the upsert is
    `returning`."""
    return session.execute(what.statement(is_sqlite=_is_sqlite(session)), rows if len(rows) > 1 else rows[0])


def insert_once(session: Session, into: sa.Table, *rows: Mapping[str, Any]) -> bool:
    """Inserts rows unless their keys exist. True if it inserted any. Waits for another transaction that inserts the
    same."""
    inserted = session.execute(_insert_once(into, is_sqlite=_is_sqlite(session)), rows if len(rows) > 1 else rows[0])
    return inserted.first() is not None  # a driver may report -1 rows for "unknown"


@cache
def _insert_once(into: sa.Table, *, is_sqlite: bool) -> sa.Executable:
    insert = sqlite.insert(into) if is_sqlite else postgresql.insert(into)
    return insert.on_conflict_do_nothing().returning(*into.primary_key)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
