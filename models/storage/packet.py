"""Statements for Postgres: a question, or several statements in one packet, with one way to the server and back; and
the connection, which has the same patience for whatever is asked on it.

psycopg's own pipeline mode does the same, but looks at the socket, and lets other threads in, at each statement. That
takes a third of what a process can do (docs/speed.md). This module uses psycopg's connection, its conversion of values,
and its binding of libpq, which are public.

A packet is one transaction, which the server ends at the packet's end: it commits if every statement succeeded. After
the first that fails it skips the others, and nothing is written.
"""

import hashlib
import select
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import pq
from psycopg.abc import PQGen, Transformer
from psycopg.adapt import PyFormat
from psycopg.adapt import Transformer as Conversion
from psycopg.pq.abc import PGconn, PGresult

# Seconds that a server may take before it says anything. It gives up a lock after two.
PATIENCE_SECONDS = 30.0
# Seconds after which psycopg looks at the socket again, and lets the program be interrupted.
LOOK_SECONDS = 0.1

R = TypeVar("R")


class Connection(psycopg.Connection[Any]):
    """A connection that gives up a server that says nothing for `patience` seconds, whatever was asked of it: it is
    closed then, and raises an OperationalError."""

    patience: float = PATIENCE_SECONDS

    def wait(self, gen: PQGen[R], interval: float = LOOK_SECONDS, timeout: float | None = None) -> R:
        return super().wait(self._patient(gen, interval), interval, timeout)

    def _patient(self, gen: PQGen[R], interval: float) -> PQGen[R]:
        """Goes on as `gen` does. Counts looks at the socket, not time, in which this process itself may stand still."""
        silent = 0.0
        try:
            wanted = next(gen)
            while silent < self.patience:
                if ready := (yield wanted):
                    silent, wanted = 0.0, gen.send(ready)
                else:
                    silent += interval
        except StopIteration as end:
            found: R = end.value
            return found
        self.pgconn.finish()
        raise _silent(self.patience)


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement with `count` parameters, `$1` and so on. A connection prepares it at its first use. Make it once and
    keep it."""

    sql: str
    count: int

    @cached_property
    def name(self) -> bytes:
        """The name of the prepared statement, the same in every process."""
        return b"baton_" + hashlib.sha256(self.sql.encode()).hexdigest()[:16].encode()

    @cached_property
    def formats(self) -> list[PyFormat]:
        return [PyFormat.TEXT] * self.count


class Sent(NamedTuple):
    """A statement with its values, as Python has them."""

    statement: Statement
    values: Sequence[Any]


@dataclass
class _Known:
    """What is kept of a connection: how it converts values, and which statements it has prepared. The server may have
    forgotten these: psycopg has it do so after a ROLLBACK, and a pooler may hand the session to somebody else."""

    values: Transformer
    prepared: set[bytes] = field(default_factory=set)
    generation: int = 0

    def name(self, statement: Statement) -> bytes:
        return b"%s_%d" % (statement.name, self.generation)

    def forget(self) -> None:
        """Prepares everything anew, under other names: some statements may still be there."""
        self.prepared.clear()
        self.generation += 1


_connections: WeakKeyDictionary[Connection, _Known] = WeakKeyDictionary()


def send(connection: Connection, packet: Sequence[Sent]) -> list[list[tuple[Any, ...]]]:
    """Runs the statements in one transaction of their own. Returns the rows that each returned.

    Raises the driver's error for the first statement that failed, or an OperationalError if the connection is lost or
    the server says nothing for as long as the connection has patience. In the latter cases nobody knows whether the
    packet had its effect, and the connection is closed.
    """
    known = _known(connection)
    # Values are converted before anything is sent: a value that can't be converted leaves the connection as it was.
    texts = [known.values.dump_sequence(one.values, one.statement.formats) for one in packet]
    try:
        results = _exchange(connection.pgconn, packet, texts, known, connection.patience)
    except psycopg.errors.InvalidSqlStatementName:  # see `_Known`; nothing was written
        known.forget()
        results = _exchange(connection.pgconn, packet, texts, known, connection.patience)
    return [_rows(known.values, result) for result in results]


def ask(connection: Connection, question: Sent) -> list[tuple[Any, ...]]:
    """Runs one statement in a transaction of its own. Returns the rows.

    Raises the driver's error if it failed, or an OperationalError if the connection is lost or the server says nothing
    for as long as the connection has patience. In the latter cases the connection is closed.
    """
    known, pgconn = _known(connection), connection.pgconn
    statement = question.statement
    text = known.values.dump_sequence(question.values, statement.formats)
    try:
        result = _asked(pgconn, statement, text, known, connection.patience)
    except psycopg.errors.InvalidSqlStatementName:  # see `_Known`
        known.forget()
        result = _asked(pgconn, statement, text, known, connection.patience)
    return _rows(known.values, result)


def _asked(pgconn: PGconn, statement: Statement, text: Any, known: _Known, patience: float) -> PGresult:
    name = known.name(statement)
    if name not in known.prepared:
        pgconn.send_prepare(name, statement.sql.encode())
        _only(pgconn, patience)
        known.prepared.add(name)
    pgconn.send_query_prepared(name, text)
    return _only(pgconn, patience)


def _only(pgconn: PGconn, patience: float) -> PGresult:
    """Returns the result of the statement that was sent. Raises the driver's error if it failed."""
    try:
        socket = _flushed(pgconn, patience)
        results = list(iter(lambda: _next(pgconn, socket, patience), None))
    except BaseException:  # any interruption: nobody could tell the next question's result from that of this one
        pgconn.finish()
        raise
    [result] = results
    if result.status == pq.ExecStatus.FATAL_ERROR:
        raise psycopg.errors.error_from_result(result)
    return result


def _known(connection: Connection) -> _Known:
    known = _connections.get(connection)
    if known is None:
        known = _connections[connection] = _Known(Conversion(connection))
    return known


def _exchange(
    pgconn: PGconn, packet: Sequence[Sent], texts: Sequence[Any], known: _Known, patience: float
) -> list[PGresult]:
    """Sends the packet and returns the result of each statement."""
    sent: list[bytes | None] = []  # the name of a statement that is prepared here, None for one that is run
    try:
        pgconn.enter_pipeline_mode()
        for (statement, _), values in zip(packet, texts, strict=True):
            name = known.name(statement)
            if name not in known.prepared and name not in sent:
                pgconn.send_prepare(name, statement.sql.encode())
                sent.append(name)
            pgconn.send_query_prepared(name, values)
            sent.append(None)
        pgconn.pipeline_sync()
        results = list(_results(pgconn, patience))
        pgconn.exit_pipeline_mode()
    except BaseException:  # any interruption: nobody could tell the next packet's results from those of this one
        pgconn.finish()
        raise
    for made, result in zip(sent, results, strict=True):
        if made is not None and result.status == pq.ExecStatus.COMMAND_OK:
            known.prepared.add(made)  # it stays, even if the transaction fails later
    for result in results:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(result)
    return [result for made, result in zip(sent, results, strict=True) if made is None]


def _results(pgconn: PGconn, patience: float) -> Iterator[PGresult]:
    """Yields all results up to the end of the packet."""
    socket = _flushed(pgconn, patience)
    while True:
        result = _next(pgconn, socket, patience)
        if result is None:  # the end of one statement
            if pgconn.status == pq.ConnStatus.BAD:
                raise psycopg.OperationalError(f"the connection is lost: {pgconn.get_error_message()}")
            continue
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            return
        yield result


def _flushed(pgconn: PGconn, patience: float) -> select.poll:
    """Sends everything. Returns the socket, where the answer comes in."""
    socket = select.poll()
    socket.register(pgconn.socket, select.POLLIN | select.POLLOUT)
    while pgconn.flush():
        _ready(socket, patience)
        pgconn.consume_input()  # a server that can't send does not read either
    socket.modify(pgconn.socket, select.POLLIN)
    return socket


def _next(pgconn: PGconn, socket: select.poll, patience: float) -> PGresult | None:
    """Returns the next result, or None at the end of a statement."""
    while pgconn.is_busy():
        _ready(socket, patience)
        pgconn.consume_input()
    return pgconn.get_result()


def _ready(socket: select.poll, patience: float) -> None:
    if not socket.poll(patience * 1000):
        raise _silent(patience)


def _silent(patience: float) -> psycopg.OperationalError:
    return psycopg.OperationalError(f"the server did not answer within {patience:g} seconds")


def _rows(values: Transformer, result: PGresult) -> list[tuple[Any, ...]]:
    if not result.ntuples:
        return []
    values.set_pgresult(result)
    return values.load_rows(0, result.ntuples, tuple)
