"""The database's schema: may this program work on it, and bringing it up to date.

A revision's id is four digits: its era, and its number. Within an era revisions only add, in such a way that a program
that knows nothing of it goes on working: tables, indexes, columns that may be empty or have a default in the database.
So a program serves every database of its era that is no older than itself, and old and new run side by side during a
roll-out. What takes something away, or changes what it means, begins an era (0007 is followed by 0101).
"""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from models.errors import SchemaTooNew, SchemaTooOld
from models.store import Store

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
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        after = current(connection)
    return before, after or ""


def check(store: Store) -> None:
    """Raises SchemaTooOld or SchemaTooNew unless this program may work on the schema."""
    with store.engine.connect() as connection:
        found = current(connection) or NOTHING
    if found == NOTHING or found < head():
        raise SchemaTooOld(revision=found, needed=head())
    _refuse_other_era(found)


def current(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head() -> str:
    """The revision that this program was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _refuse_other_era(revision: str) -> None:
    if revision[:2] != head()[:2]:
        raise SchemaTooNew(revision=revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
