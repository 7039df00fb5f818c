"""The database's schema: may this program work on it, and bringing it up to date.

A revision's id is four digits: its era, and its number. Within an era revisions only add, in such a way that a program
that knows nothing of it goes on working: tables, indexes, columns that may be empty or have a default in the database.
So a program serves every database of its era that is no older than itself, and old and new run side by side during a
roll-out. What takes something away, or changes what it means, begins an era (0007 is followed by 0101).
"""

from functools import cache
from pathlib import Path

import sqlalchemy as sa

from models.errors import SchemaTooNew, SchemaTooOld
from models.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"
NOTHING = "nothing yet"
"""What stands for the revision of an empty database."""


def migrate(store: Store) -> tuple[str | None, str]:
    """Bring the schema up to date; the revision before and after. Two at once: the second waits, and finds it done.

    Where a newer Baton of the same era was here there is nothing to do. Raises SchemaTooNew for one of a newer era.
    """
    with store.migrating() as connection:
        before = current(connection)
        if before is not None and before > head():
            _refuse_other_era(before)
            return before, before
        _upgrade(connection)
        after = current(connection)
    return before, after or ""


def check(store: Store) -> None:
    """Raises SchemaTooOld or SchemaTooNew unless this program may work on the schema."""
    with store.engine.connect() as connection:
        require(connection)


def require(connection: sa.Connection) -> None:
    """The same, for whoever is connected already."""
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
    """The revision that this program was written for: a migration's file begins with its id."""
    return max(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a tenth of a program's start, which only who migrates needs
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _refuse_other_era(revision: str) -> None:
    if revision[:2] != head()[:2]:
        raise SchemaTooNew(revision=revision)
