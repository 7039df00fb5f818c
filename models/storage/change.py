"""The one way to write a decision: a look at the facts, and then all its rows at once.

A decision is made on what was read before, so somebody else may have been first. Losing is always an error of the
database: nothing can be looked at before everything is sent, so no statement's count of rows matters. Every race is
for a unique key (of a receipt, a lead's key, an open handoff of a lead, a live promise, a ledger line of a handoff's
version) or for a version. If a row's version (a promise's state; the last event of feedback or a comment) is not as the
decision read it, the statement writes NULL into it, which the column refuses. Then nothing is written, and the caller
decides again.

On Postgres the rows are one packet (`packet.py`), which is one transaction. On SQLite they are a savepoint in the
transaction that writers share (`writers.py`), and the look happens while no other writer has the
database.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from models.rules.rows import Row
from models.storage import problems
from models.storage.compiled import Compiled, compiled, raise_as_sqlalchemy
from models.storage.packet import Sent, ask, send
from models.storage.statements import writes

Found = list[tuple[Any, ...]]


class Rivalry(Exception):  # noqa: N818 - an event between two transactions, handled by the desk
    """Somebody else was first. The decision has to be made again, on what is there now."""


class Question:
    """A SELECT that is compiled once per process. Its parameters have names."""

    def __init__(self, statement: sa.Select[*tuple[Any, ...]]) -> None:
        self._statement = statement

    @cached_property
    def for_sqlite(self) -> Compiled:
        return compiled(self._statement, None, is_sqlite=True)

    @cached_property
    def for_postgres(self) -> Compiled:
        return compiled(self._statement, None, is_sqlite=False)


class Look(ABC):
    """Reads on one connection."""

    is_sqlite: bool

    @abstractmethod
    def ask(self, question: Question, **values: object) -> Found:
        """Returns the rows that answer a question."""

    @abstractmethod
    def execute(self, statement: sa.Executable, values: Mapping[str, object] | None = None) -> sa.Result[Any]:
        """Returns the result of a statement that was made for this look, or that is rare."""

    def find(self, statement: sa.Executable, values: Mapping[str, object] | None = None) -> Sequence[sa.Row[Any]]:
        """Returns the rows of such a statement."""
        return self.execute(statement, values).all()


class Change(Look):
    """A look, and then one write."""

    @abstractmethod
    def save(self, decided: Sequence[Row]) -> int | None:
        """Writes these rows, all or nothing, in an order that all changes have in common. Returns the number of the new
        handoff, if there is one. Raises Rivalry if somebody else was first."""


class SqliteChange(Change):
    """A change in a transaction that has begun."""

    is_sqlite = True

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        driver: Any = connection.connection.driver_connection
        self._driver = driver

    def ask(self, question: Question, **values: object) -> Found:
        asked = question.for_sqlite
        with _translated(self._connection, asked.sql):
            return asked.rows(self._driver.execute(asked.sql, asked.values(values)).fetchall())

    def execute(self, statement: sa.Executable, values: Mapping[str, object] | None = None) -> sa.Result[Any]:
        return self._connection.execute(statement, values)

    def save(self, decided: Sequence[Row]) -> int | None:
        execute, found = self._driver.execute, []
        with _translated(self._connection, "a savepoint"):
            execute("SAVEPOINT change")
            try:
                for write, row in writes(decided):
                    made = write.for_sqlite
                    found.append(execute(made.sql, made.values(write.fields_of(row))).fetchall())
            except BaseException:  # any error: the savepoint must not stay
                if self._driver.in_transaction:  # SQLite may have rolled back everything, as when the disk is full
                    execute("ROLLBACK TO change")
                    execute("RELEASE change")
                raise
            execute("RELEASE change")
        return _number(found)


class PostgresChange(Change):
    """A change on a connection without a transaction. Each question, and the packet, has its own."""

    is_sqlite = False

    def __init__(self, connection: sa.Connection, *, reading: sa.Engine) -> None:
        self._connection = connection
        self._reading = reading
        driver: Any = connection.connection.driver_connection
        self._driver = driver

    def ask(self, question: Question, **values: object) -> Found:
        asked = question.for_postgres
        with _translated(self._connection, asked.sql):
            return asked.rows(ask(self._driver, Sent(asked.statement, asked.values(values))))

    def execute(self, statement: sa.Executable, values: Mapping[str, object] | None = None) -> sa.Result[Any]:
        # On another connection: SQLAlchemy would begin a transaction on this one, and the packet would be a part of it.
        with self._reading.connect() as connection:
            return connection.execute(statement, values).freeze()()

    def save(self, decided: Sequence[Row]) -> int | None:
        packet = [
            Sent(write.for_postgres.statement, write.for_postgres.values(write.fields_of(row)))
            for write, row in writes(decided)
        ]
        with _translated(self._connection, "a packet"):
            return _number(send(self._driver, packet))


@contextmanager
def _translated(connection: sa.Connection, sql: str) -> Iterator[None]:
    """Raises the driver's errors as SQLAlchemy's, and tells those who listen for errors. A lost connection leaves the
    pool. Raises Rivalry for an error that says that somebody else was first."""
    try:
        yield
    except connection.dialect.loaded_dbapi.Error as error:
        try:
            raise_as_sqlalchemy(connection, error, sql)
        except sa.exc.DBAPIError as wrapped:
            if _was_first(wrapped):
                raise Rivalry from wrapped
            raise


def _number(found: Sequence[Found]) -> int | None:
    """Returns the one value that a statement returned: the number of a new handoff."""
    return next((int(rows[0][0]) for rows in found if rows), None)


# Errors that say that somebody else was first: unique keys, and versions that are not as they were read. Every other
# error is a mistake, and is raised as it is.
_RACES: Mapping[str, str] = {
    "uq_handoff_open_lead": "handoff.lead_id",
    "uq_promise_live": "promise.handoff_id, promise.what",
    "uq_ledger_version": "ledger.handoff_id, ledger.version",
    "uq_lead_email": "lead.workspace_id, lead.email_key",
    "lead_key_pkey": "lead_key.workspace_id, lead_key.kind, lead_key.key",
    "receipt_pkey": "receipt.workspace_id, receipt.key",
    "lead.version": "lead.version",
    "handoff.version": "handoff.version",
    "promise.state": "promise.state",
    "feedback_pkey": "feedback.handoff_id, feedback.person, feedback.reaction",
    "feedback.event_at": "feedback.event_at",
    "comment_pkey": "comment.handoff_id, comment.ts",
    "comment.event_at": "comment.event_at",
    # The same id was made twice.
    **{f"{name}_pkey": f"{name}.id" for name in ("lead", "handoff", "promise", "ledger", "ledger_text", "outbox")},
}


def _was_first(error: sa.exc.DBAPIError) -> bool:
    if isinstance(error, sa.exc.IntegrityError):
        if (found := getattr(error.orig, "diag", None)) is not None:
            return (found.constraint_name or f"{found.table_name}.{found.column_name}") in _RACES
        return str(error.orig).partition("constraint failed: ")[2] in _RACES.values()
    return problems.is_rivalry(error)
