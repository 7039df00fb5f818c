"""The database's schema: is it the one this program was written for, and bringing it there."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from models.errors import SchemaTooNew, SchemaTooOld
from models.store import Store

MIGRATION_LOCK = 0x6261746F6E
"""The key of the advisory lock under which Postgres migrates: "baton" in ASCII."""

NOTHING = "nothing yet"
"""What stands for the revision of an empty database."""


def migrate(store: Store) -> tuple[str | None, str]:
    """Bring the schema up to date; the revision before and after. Two at once: the second waits, and finds it done.

    Raises SchemaTooNew where a newer Baton was here.
    """
    with store.engine.connect().execution_options(write=True) as connection, connection.begin():
        if not store.is_sqlite:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # nobody waits for an answer here
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        before = current(connection)
        _refuse_newer(before)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        after = current(connection)
    return before, after or ""


def check(store: Store) -> None:
    """Raises SchemaTooOld or SchemaTooNew unless the schema is the one this program was written for."""
    with store.engine.connect() as connection:
        found = current(connection)
    _refuse_newer(found)
    if found != head():
        raise SchemaTooOld(revision=found or NOTHING, needed=head())


def current(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _refuse_newer(revision: str | None) -> None:
    if revision is None:
        return
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError as error:
        raise SchemaTooNew(revision=revision) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
