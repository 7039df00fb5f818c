"""The database's schema: checks whether this program may work on it, and brings it up to date.

A revision's id is four digits: its era, and its number. Within an era revisions only add things, in such a way that a
program that does not know them still works: tables, indexes, columns that may be empty or have a default in the
database. So a program works with every database of its era that is no older than the program, and old and new programs
run side by side during a roll-out. A revision that removes something, or changes its meaning, begins a new era (0101
follows 0007).
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from models.errors import SchemaTooNew, SchemaTooOld
from models.storage.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"
# The word for the revision of an empty database.
NOTHING = "nothing yet"


def migrate(store: Store, *, progress: Callable[[str], object] = lambda _: None) -> tuple[str | None, str]:
    """Brings the schema up to date. Returns the revision before and after. If two processes migrate at once, the second
    waits, and finds the work done. `progress` hears of each step of a long migration, unless the database is new.

    Does nothing if a newer Baton of the same era has migrated the database. Raises SchemaTooNew for a newer era.
    """
    with store.migrating() as connection:
        before = current(connection)
        if before is not None and before > head():
            _refuse_other_era(before)
            return before, before
        _upgrade(connection, progress if before is not None else lambda _: None)
        after = current(connection)
        if store.is_sqlite and before != after:
            _require_foreign_keys(connection)
    return before, after or ""


def check(store: Store) -> None:
    """Raises SchemaTooOld or SchemaTooNew unless this program may work on the schema."""
    with store.engine.connect() as connection:
        require(connection)


def require(connection: sa.Connection) -> None:
    """Does the same as `check` on an open connection."""
    found = current(connection) or NOTHING
    if found == NOTHING or found < head():
        raise SchemaTooOld(revision=found, needed=head())
    _refuse_other_era(found)


def current(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


@cache
def head() -> str:
    """Returns the revision that this program needs. The name of a migration's file begins with its id."""
    return max(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(connection: sa.Connection, progress: Callable[[str], object]) -> None:
    from alembic import command  # noqa: PLC0415 - takes a tenth of a program's start, and only migrations need it
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes |= {"connection": connection, "progress": progress}
    command.upgrade(config, "head")


def _require_foreign_keys(connection: sa.Connection) -> None:
    """Raises RuntimeError, and so takes the migration back, if a row refers to one that is not there. SQLite does not
    look while it migrates."""
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError(f"after the migration, a row of {broken[0]} refers to none of {broken[2]}")


def _refuse_other_era(revision: str) -> None:
    if revision[:2] != head()[:2]:
        raise SchemaTooNew(revision=revision)
