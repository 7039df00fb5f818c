"""How a long migration writes many rows at once."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

# How many rows are in memory at once.
BATCH = 5000
SOME_AT_A_TIME = {"yield_per": BATCH}

_FOREIGN_KEYS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = CAST(:name AS regclass)"""
_INDEXES = """
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = CAST(:name AS regclass)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')"""


def insert(table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Inserts rows by the fastest way that the database has. Their values are such as the driver takes."""
    if not rows:
        return
    connection, names = op.get_bind(), ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" for _ in columns)
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608
        return
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def take_off(tables: Iterable[str]) -> list[str]:
    """Takes foreign keys and indexes off tables of Postgres. Returns the statements that put them back. With them,
    Postgres would look for what each new row refers to and for its place in each index; without, it sorts once."""
    connection, back = op.get_bind(), []
    for kind in (_FOREIGN_KEYS, _INDEXES):
        for table in tables:
            for off, on in connection.execute(sa.text(kind), {"name": table}).all():
                op.execute(off)
                back.append(on)
    return back[::-1]  # a unique index comes before the foreign keys that may need it
