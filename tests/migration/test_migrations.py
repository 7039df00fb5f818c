"""The migrations build what the tables declare, once. A database of another version is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from models.errors import SchemaTooNew, SchemaTooOld
from models.rules.callers import MEMBERS, PersonKind
from models.storage import schema
from models.storage.store import Store
from models.storage.tables import LedgerEntry, LedgerText, table
from models.workspace.roster import Roster
from tests.unit.office import Office, lead
from tests.unit.processes import migrate, processes


def test_the_migrated_schema_is_the_declared_one(store: Store) -> None:
    """Compares tables, columns, types, nullability, unique constraints, foreign keys and indexes. It does not compare
    triggers, server defaults, names of primary keys, or the conditions of partial indexes: the tests below do."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_partial_indexes_have_the_declared_conditions(store: Store) -> None:
    declared = {
        str(index.name): str(index.dialect_options["postgresql"]["where"])
        for table in SQLModel.metadata.sorted_tables
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is not None
    }
    assert len(declared) == 9
    with store.engine.connect() as connection:
        if store.is_sqlite:
            rows = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
            found = {name: sql.split(" WHERE ")[1] for name, sql in rows if sql and " WHERE " in sql}
            assert found == declared
        else:
            rows = connection.execute(sa.text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"))
            found = {name: sql.split(" WHERE ")[1] for name, sql in rows if " WHERE " in sql}
            # Postgres rewrites a condition, and again if a column gets another type. So the declared one and the found
            # one are given to Postgres until nothing changes any more, and the results must be equal.
            for name, where in declared.items():
                table = next(t.name for t in SQLModel.metadata.sorted_tables for i in t.indexes if i.name == name)
                assert _rewritten(connection, table, found.pop(name)) == _rewritten(connection, table, where), name
            assert found == {}


def _rewritten(connection: sa.Connection, table: str, where: str) -> str:
    """Returns the condition of a partial index as Postgres writes it, however often it reads its own writing."""
    before, now = "", where
    while now != before:
        before = now
        connection.execute(sa.text(f"CREATE INDEX again ON {table} (workspace_id) WHERE {before}"))
        again = connection.scalar(sa.text("SELECT indexdef FROM pg_indexes WHERE indexname = 'again'"))
        connection.execute(sa.text("DROP INDEX again"))
        now = str(again).split(" WHERE ")[1]
    return now


EVERYWHERE = ("UPDATE ledger SET actor = 'UEVIL'", "DELETE FROM ledger")
ON_SQLITE = (
    *EVERYWHERE,
    "UPDATE OR REPLACE ledger SET actor = 'UEVIL'",
    "INSERT OR REPLACE INTO ledger SELECT * FROM ledger",
    "REPLACE INTO ledger SELECT * FROM ledger",
    "INSERT INTO ledger SELECT * FROM ledger WHERE true ON CONFLICT (id) DO UPDATE SET actor = 'UEVIL'",
)
ON_POSTGRES = (
    *EVERYWHERE,
    "TRUNCATE ledger CASCADE",
    "TRUNCATE ledger, ledger_text",
    "TRUNCATE handoff CASCADE",
    "INSERT INTO ledger SELECT * FROM ledger ON CONFLICT (id) DO UPDATE SET actor = 'UEVIL'",
)


def test_the_ledger_refuses_to_be_changed_in_every_way_that_the_database_knows(office: Office) -> None:
    number = office.flag()
    for change in ON_SQLITE if office.store.is_sqlite else ON_POSTGRES:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), office.store.write() as session:
            session.execute(sa.text(change))
        assert [entry.actor for entry in office.ledger(number)] == ["UMIA"], change


TEXTS_EVERYWHERE = ('UPDATE ledger_text SET text = \'{"note":"evil"}\'', "UPDATE ledger_text SET salt = ''")
TEXTS_ON_SQLITE = (
    *TEXTS_EVERYWHERE,
    "UPDATE OR REPLACE ledger_text SET text = '{}'",
    "INSERT OR REPLACE INTO ledger_text SELECT id, salt, '{}' FROM ledger_text",
    "REPLACE INTO ledger_text SELECT id, salt, '{}' FROM ledger_text",
    "INSERT INTO ledger_text SELECT * FROM ledger_text WHERE true ON CONFLICT (id) DO UPDATE SET text = '{}'",
)
TEXTS_ON_POSTGRES = (
    *TEXTS_EVERYWHERE,
    "TRUNCATE ledger_text",
    "INSERT INTO ledger_text SELECT * FROM ledger_text ON CONFLICT (id) DO UPDATE SET text = '{}'",
)


def test_a_text_of_the_ledger_can_be_deleted_but_not_changed(office: Office) -> None:
    number = office.flag(lead(why_now="asked for pricing"))
    for change in TEXTS_ON_SQLITE if office.store.is_sqlite else TEXTS_ON_POSTGRES:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), office.store.write() as session:
            session.execute(sa.text(change))
        assert [entry.note for entry in office.ledger(number)] == ["asked for pricing"], change
    with office.store.write() as session:
        session.execute(sa.text("DELETE FROM ledger_text"))
    assert [entry.note for entry in office.ledger(number)] == [""]


def unique_keys(of: sa.Table) -> list[list[str]]:
    """Returns the columns of each key that no two rows of a table share."""
    keys: list[Any] = [of.primary_key, *(index for index in of.indexes if index.unique)]
    assert not any(isinstance(one, sa.UniqueConstraint) for one in of.constraints), "these would be keys too"
    return [[column.name for column in key.columns] for key in keys]


@pytest.mark.parametrize(
    ("of", "key"), [(of, key) for of in (table(LedgerEntry), table(LedgerText)) for key in unique_keys(of)]
)
def test_no_key_of_the_ledger_lets_a_row_be_replaced(office: Office, of: sa.Table, key: list[str]) -> None:
    office.flag(lead(why_now="asked for pricing"))
    with office.store.read() as session:
        before = session.execute(sa.select(of)).all()
    others = {one[-1] for one in unique_keys(of) if one != key}
    columns = of.c.keys()
    copied = ", ".join(f"{name} + 1" if name in others else name for name in columns)
    row = f"INTO {of.name} ({', '.join(columns)}) SELECT {copied} FROM {of.name} WHERE true"  # noqa: S608 - our names
    changes = [f"INSERT {row} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {key[0]} = excluded.{key[0]}"]
    if office.store.is_sqlite:
        changes += [f"REPLACE {row}", f"INSERT OR REPLACE {row}"]
    for change in changes:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), office.store.write() as session:
            session.execute(sa.text(change))
        with office.store.read() as session:
            assert session.execute(sa.select(of)).all() == before, change


def test_migrating_an_empty_database_brings_it_to_the_head_and_again_does_nothing(empty: Store) -> None:
    assert schema.migrate(empty) == (None, schema.head())
    schema.check(empty)
    assert schema.migrate(empty) == (schema.head(), schema.head())


def test_a_failed_migration_leaves_nothing_behind(empty: Store) -> None:
    with empty.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(sa.text("CREATE TABLE outbox (in_the_way INTEGER)"))  # the last table that is made
    with pytest.raises(sa.exc.DBAPIError):
        schema.migrate(empty)
    with empty.engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["outbox"]


def test_of_two_that_migrate_at_once_one_does_the_work_and_both_succeed(empty_url: str, empty: Store) -> None:
    outcomes = processes(migrate, [(empty_url,), (empty_url,), (empty_url,)])
    head = schema.head()
    assert sorted(outcomes, key=str) == [(head, head), (head, head), (None, head)]
    schema.check(empty)


def test_a_database_that_was_never_migrated_is_refused_with_what_to_do(empty: Store) -> None:
    with pytest.raises(SchemaTooOld, match=f"at nothing yet, this Baton needs {schema.head()}.*Run `baton migrate`"):
        schema.check(empty)


@pytest.mark.parametrize("act", [schema.check, schema.migrate])
def test_a_database_of_a_newer_version_is_refused_with_what_to_do(store: Store, act: object) -> None:
    with store.write() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert callable(act)
    with pytest.raises(SchemaTooNew, match=r"newer Baton \(revision 9999\)\. Run that version, or restore a backup"):
        act(store)
    with store.read() as session:
        assert session.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_who_took_part_before_it_was_asked_what_people_are_goes_on_until_the_chat_tells(empty: Store) -> None:
    migrate_to(empty, "0012")
    with empty.write() as session:
        session.execute(sa.text("INSERT INTO workspace (id, agreement_version) VALUES ('T1', 0)"))
        session.execute(
            sa.text(
                "INSERT INTO person (workspace_id, id, is_bot, deactivated, in_channel, synced_at)"
                " VALUES ('T1', 'UOLD', false, false, true, '2026-11-16 10:00:00')"
            )
        )
    schema.migrate(empty)
    roster = Roster(empty)
    old = roster.colleague("T1", "UOLD")
    assert old is not None
    assert old.is_what is PersonKind.ASSUMED
    assert old.is_what in MEMBERS
    assert roster.stale_people("T1", before=datetime(2000, 1, 1, tzinfo=UTC)) == ["UOLD"], "asked at once"
    roster.person_changed("T1", "UNEW", in_channel=True)
    new = roster.colleague("T1", "UNEW")
    assert new is not None
    assert new.is_what is PersonKind.UNKNOWN


def migrate_to(store: Store, revision: str) -> None:
    """Migrates the schema up to this revision."""
    with store.migrating() as connection:
        config = Config()
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
