"""The database: one engine for both kinds, and sessions for reads and for writes.

SQLite runs with a write-ahead log, full synchronisation (an acknowledged write survives a power cut), and write
transactions that take the lock at once (`BEGIN IMMEDIATE`). The writers of one process go one after another
(`writers.py`). That order is a courtesy. Correctness does not depend on it: the database decides.
"""

import math
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models.clock import SteadyClock
from models.errors import DatabaseProblem, NoDatabaseFile
from models.storage import problems
from models.storage.change import Change, Look, PostgresChange, SqliteChange
from models.storage.compiled import raise_as_sqlalchemy
from models.storage.packet import Connection
from models.storage.writers import Writers

# Seconds that a writer waits for its place, and then again for SQLite's lock. Together that is less than the three
# seconds that the chat gives for an answer.
PATIENCE_SECONDS = 1.2
# Seconds that a migration on SQLite waits for another one.
MIGRATION_SECONDS = 3600
# The key of Postgres' advisory lock for migrations: "baton" in ASCII.
MIGRATION_LOCK = 0x6261746F6E
# How many rows of each index SQLite's ANALYZE reads. That many are enough for the planner, and take milliseconds
# however long the history is.
ANALYSED_ROWS = 1000
# Seconds without use after which Baton tests a connection before it uses it again. A connection that breaks in use
# raises an error, and the caller tries again if it may.
IDLE_SECONDS = 1.0

# How many connections to SQLite stay open after use, if that many were needed: as many as there are threads. To open
# one costs more than most transactions.
SQLITE_CONNECTIONS = 40
# The most connections to Postgres in each process. They stay open after use. Two processes that answer and two that run
# the jobs stay below the hundred connections that a server allows by default.
POSTGRES_CONNECTIONS = 20
# Time limits of Postgres, unless the URL has others, because Slack waits three seconds. They detect a host that
# vanishes without a word, and they release the rows of a process that stops within a transaction. Seconds, except
# tcp_user_timeout (milliseconds) and values with a unit.
POSTGRES = {
    "connect_timeout": "2",
    "tcp_user_timeout": "5000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "options": "-c lock_timeout=2s -c idle_in_transaction_session_timeout=10s",
}
POOL_TIMEOUT_SECONDS = 2


def database_url(url: str) -> sa.URL:
    """Returns the URL with the driver that Baton uses. Takes a URL as hosts write it (`postgres://`, `postgresql://`,
    `sqlite:///file`).

    A URL may name several servers, of which one is the primary, as Postgres' own tools write it:
    `postgres://user:password@one:5432,two:5432/name?target_session_attrs=read-write`.
    """
    several = re.fullmatch(r"(\w+://(?:[^@/]*@)?)([^@/?]+,[^@/?]+)(.*)", url)
    if several:
        parsed = sa.make_url(several[1] + several[3])
        parsed = parsed.update_query_dict({"host": several[2].split(",")})
    else:
        parsed = sa.make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if (parsed.database or "").startswith("~/"):
        return parsed.set(database=os.path.expanduser(parsed.database or ""))
    return parsed


class Store:
    """Sessions on one database. With `read_only` the database itself refuses every change, and Baton does not create a
    missing SQLite file."""

    def __init__(self, url: str, *, steady: SteadyClock, read_only: bool = False) -> None:
        self.url = database_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _reading_sqlite_engine(self.url) if read_only else _sqlite_engine(self.url, steady)
        else:
            make = _reading_postgres_engine if read_only else _postgres_engine
            self.engine = make(self.url, steady)
        self._writing = self.engine.execution_options(write=True)
        # Each statement of Postgres has its own snapshot anyhow. A transaction for reads would cost two round trips.
        self._reading = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writers = Writers(self._writing, patience=PATIENCE_SECONDS) if self.is_sqlite else None

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Session]:
        """Opens a transaction. Commits it at the end, or rolls it back if anything is raised in it. `alone`: no other
        writer shares the commit. Use it for rows that others keep in memory once they have seen them."""
        place = self._writers.take(alone=alone) if self._writers else nullcontext(self._writing)
        with place as bind, _session(bind) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        with _session(self._reading) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Look]:
        """Opens a connection for reads."""
        if self.is_sqlite:
            with self.engine.connect() as connection, connection.begin():  # all reads see the same state
                yield SqliteChange(connection)
        else:
            with self._postgres_change() as change:
                yield change

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Opens a look and one write: see `change.py`. What is saved is durable when the block ends, even if something
        is raised in it afterwards."""
        if self._writers is not None:
            with self._writers.take() as connection:
                yield SqliteChange(connection)
        else:
            with self._postgres_change() as change:
                yield change

    @contextmanager
    def _postgres_change(self) -> Iterator[Change]:
        with self.engine.connect() as connection:
            yield PostgresChange(connection, reading=self._reading)

    def tend(self) -> None:
        """Updates the planner's statistics about the rows. Postgres does so by itself."""
        if self.is_sqlite:
            with self.write() as session:
                session.execute(sa.text(f"PRAGMA analysis_limit={ANALYSED_ROWS}"))
                session.execute(sa.text("ANALYZE"))

    @contextmanager
    def migrating(self) -> Iterator[sa.Connection]:
        """Opens the transaction that changes the schema. A second process waits for as long as the first one takes."""
        with self.engine.connect().execution_options(write=True) as connection:
            connection.detach()  # others must not use it: it waits for very long
            driver: Any = connection.connection.dbapi_connection
            if self.is_sqlite:
                driver.execute(f"PRAGMA busy_timeout = {MIGRATION_SECONDS * 1000}")
                # Else a table could not be replaced by a new one while others refer to it.
                driver.execute("PRAGMA foreign_keys = OFF")
                driver.execute("PRAGMA temp_store = FILE")  # what it sorts may be more than fits in memory
            else:
                driver.patience = math.inf  # a step over many rows says nothing until it is done
            with connection.begin():
                if not self.is_sqlite:
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
                yield connection

    def writers_waiting(self) -> int:
        """Returns how many threads of this process wait for their place to write. Always 0 on Postgres."""
        return self._writers.waiting() if self._writers else 0

    def close(self) -> None:
        if self._writers is not None:
            self._writers.close()
        self.engine.dispose()


def _session(bind: sa.Engine | sa.Connection) -> Session:
    """Returns a session. Objects keep their values after the commit. In a transaction that several writers share, the
    session has a savepoint."""
    return Session(bind, expire_on_commit=False, join_transaction_mode="create_savepoint")


def _sqlite_engine(url: sa.URL, steady: SteadyClock) -> sa.Engine:
    _make_file(url.database or "")
    engine = sa.create_engine(
        url,
        connect_args={"timeout": PATIENCE_SECONDS, "check_same_thread": False},
        pool_size=SQLITE_CONNECTIONS,
        pool_use_lifo=True,  # the connection that was used last has the pages that the next one needs
        pool_timeout=PATIENCE_SECONDS,
        hide_parameters=True,
    )
    _renew_where_read_only(engine)

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions: the code sends BEGIN itself
        cursor = connection.cursor()
        _enter_wal(cursor, steady)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What a savepoint may have to put back stays in memory. A flag changes more than SQLite keeps there by itself,
        # and would make a file for it.
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        driver: Any = connection.connection.dbapi_connection
        try:  # by the driver itself: SQLAlchemy takes ten times as long for a statement as this one does
            driver.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        except sqlite3.Error as error:
            raise_as_sqlalchemy(connection, error, "BEGIN")

    return engine


def _make_file(name: str) -> None:
    """Creates the database's file if it is missing, with access for this user alone. SQLite gives its log the same
    access. Raises NoDatabaseFile."""
    if name.startswith("file:"):  # a URI: SQLite handles it itself
        return
    path = Path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        elif not path.is_file():
            raise NoDatabaseFile(path=name, why="it is a folder" if path.is_dir() else "it is no file")
    except OSError as error:
        raise NoDatabaseFile(path=name, why=error.strerror or type(error).__name__) from error


def _reading_sqlite_engine(url: sa.URL) -> sa.Engine:
    """Returns an engine that only reads. It keeps a connection as long as the file is the same: a restored backup is
    another file with the same name."""
    file = Path(url.database or "").absolute()

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=PATIENCE_SECONDS, check_same_thread=False)

    def which() -> tuple[int, int] | None:
        return (found.st_dev, found.st_ino) if file.exists() and (found := file.stat()) else None

    engine = sa.create_engine(url, creator=connect, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _opened(_connection: object, record: Any) -> None:
        record.info["file"] = which()

    @sa.event.listens_for(engine, "checkout")
    def _look_whether_it_is_the_same(_connection: object, record: Any, _proxy: object) -> None:
        if record.info["file"] != which():
            raise sa.exc.DisconnectionError("the file was replaced")

    return engine


def _enter_wal(cursor: Any, steady: SteadyClock) -> None:
    """Switches the write-ahead log on. If two connections open a new file at once, SQLite refuses one of them without
    waiting, so this tries again for PATIENCE_SECONDS."""
    deadline = steady() + PATIENCE_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if problems.of(error) is not DatabaseProblem.LOCKED or steady() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _postgres_engine(url: sa.URL, steady: SteadyClock) -> sa.Engine:
    # hide_parameters: errors go to the log, and lead data does not belong there
    engine = sa.create_engine(
        url.set(query={**POSTGRES, **url.query}),
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        hide_parameters=True,
    )
    _renew_where_read_only(engine)

    @sa.event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, arguments: Any, parameters: Any) -> Connection:
        return Connection.connect(*arguments, **parameters)

    @sa.event.listens_for(engine, "checkin")
    def _used(_connection: object, record: Any) -> None:
        record.info["used"] = steady()

    @sa.event.listens_for(engine, "checkout")
    def _look_whether_it_lives(connection: Any, record: Any, _proxy: object) -> None:
        if steady() - record.info.get("used", math.inf) > IDLE_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise sa.exc.DisconnectionError from error

    return engine


def _reading_postgres_engine(url: sa.URL, steady: SteadyClock) -> sa.Engine:
    """Returns an engine that only reads. It works on a standby as well."""
    options = url.query.get("options", POSTGRES["options"])
    read_only = {"options": f"{options} -c default_transaction_read_only=on"}
    return _postgres_engine(url.update_query_dict(read_only), steady)


def _renew_where_read_only(engine: sa.Engine) -> None:
    """Makes the engine open new connections after an error because of a read-only one. Otherwise such a connection
    would stay read-only after the file becomes writable again, or after another server has become the primary."""

    @sa.event.listens_for(engine, "handle_error")
    def _renew(context: sa.engine.ExceptionContext) -> None:
        if problems.of(context.original_exception) is DatabaseProblem.READ_ONLY:
            context.is_disconnect = True
