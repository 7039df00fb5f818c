"""Real errors of the drivers become database problems in plain words."""

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from bot.telemetry.gauges import count_errors
from models.errors import DatabaseProblem
from models.storage import problems
from models.storage.store import Store


def full(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA max_page_count = 3")
    connection.execute("CREATE TABLE big (i)")
    connection.execute("INSERT INTO big VALUES (zeroblob(99999))")


def damaged(file: Path) -> None:
    file.write_bytes(b"no database at all" * 1000)
    sqlite3.connect(file).execute("SELECT * FROM sqlite_master")


def without_a_folder(file: Path) -> None:
    sqlite3.connect(file / "none" / "here")


def only_read(file: Path) -> None:
    sqlite3.connect(file).execute("PRAGMA user_version = 1")
    sqlite3.connect(f"file:{file}?mode=ro", uri=True).execute("PRAGMA user_version = 2")


@pytest.mark.parametrize(
    ("meet", "found"),
    [
        (full, DatabaseProblem.FULL),
        (damaged, DatabaseProblem.DAMAGED),
        (without_a_folder, DatabaseProblem.CLOSED),
        (only_read, DatabaseProblem.READ_ONLY),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # their connections fail when closed
def test_what_sqlite_says_is_put_in_words(tmp_path: Path, meet: Callable[[Path], None], found: DatabaseProblem) -> None:
    with pytest.raises(sqlite3.DatabaseError) as met:
        meet(tmp_path / "file.db")
    assert problems.of(met.value) is found


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("53100", DatabaseProblem.FULL),
        ("53300", DatabaseProblem.BUSY),
        ("55P03", DatabaseProblem.LOCKED),
        ("25006", DatabaseProblem.READ_ONLY),
        ("57P01", DatabaseProblem.DOWN),
        ("42P01", None),
    ],
)
def test_what_postgres_says_is_put_in_words(state: str, found: DatabaseProblem | None) -> None:
    error = psycopg.errors.lookup(state)("as the server said it")
    assert problems.of(sa.exc.DBAPIError("SELECT 1", None, error)) is found


def test_a_server_that_is_not_there_does_not_answer(tmp_path: Path) -> None:
    store = Store(f"postgres://nobody@/nothing?host={tmp_path}", steady=time.monotonic)
    with pytest.raises(sa.exc.OperationalError) as met, store.read() as session:
        session.execute(sa.text("SELECT 1"))
    store.close()
    assert problems.of(met.value) is DatabaseProblem.DOWN


def test_errors_are_counted_by_problem_each_of_which_is_there_from_the_start(tmp_path: Path) -> None:
    registry, nowhere = CollectorRegistry(), Store(f"postgres://nobody@/nothing?host={tmp_path}", steady=time.monotonic)
    count_errors(nowhere.engine, registry)
    counted = partial(registry.get_sample_value, "baton_database_errors_total")
    assert {counted({"error": name.lower()}) for name in (*DatabaseProblem.__members__, "other")} == {0}
    with pytest.raises(sa.exc.OperationalError), nowhere.read() as session:
        session.execute(sa.text("SELECT 1"))
    nowhere.close()
    assert counted({"error": "down"}) == 1


def test_a_mistake_is_no_database_problem(store: Store) -> None:
    with pytest.raises(sa.exc.SQLAlchemyError) as met, store.read() as session:
        session.execute(sa.text("SELECT * FROM no_such_table"))
    assert problems.of(met.value) is None
    with pytest.raises(sa.exc.SQLAlchemyError):
        problems.known(met.value)
