"""SQLite's writers, one at a time, with one commit for those who come together.

SQLite has one writer at a time, and a durable commit costs it more than the writes. So a writer that ends while others
wait does not commit: the next one continues in the same transaction, and the last one commits for all. Each writer has
its own savepoint, so a failure affects no other writer. No writer returns before its work is durable.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

import sqlalchemy as sa

# The most writers that share a commit. The first of them waits until all have written.
MOST_WRITERS = 16


class Writers:
    """Decides who may write. `patience` is how many seconds a writer waits for its place before TimeoutError. All write
    on one connection, which stays open: it has the pages that the next one needs, and a pool costs more than BEGIN."""

    def __init__(self, engine: sa.Engine, *, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: deque[threading.Event] = deque()
        self._connection: sa.Connection | None = None
        self._round: _Round | None = None

    @contextmanager
    def take(self, *, alone: bool = False) -> Iterator[sa.Connection]:
        """Yields a connection in a transaction, for a savepoint. When the block returns, everything that it wrote is
        durable. So is everything that it read, which another writer may have written. A block that raises waits for
        that as well. `alone`: nobody else sees the block's writes before they are durable. Raises TimeoutError if no
        place comes free, and what the commit raises."""
        self._enter()
        failed: BaseException | None = None
        try:
            mine = self._round = self._round or _Round(self._connected())
        except BaseException:  # any error: unless the place is passed on, nobody can write any more
            self._leave()
            raise
        try:
            yield mine.connection
        except BaseException as error:  # noqa: BLE001 - raised again below, when what the block read is durable
            failed = error
            if mine.is_lost:
                mine.give_up(error)
        mine.writers += 1
        if alone or not self._left_to_the_next(mine):
            self._round = None
            mine.end()
            self._leave()
        mine.wait()
        if failed is not None:
            raise failed

    def waiting(self) -> int:
        """Returns how many writers wait for their place."""
        return len(self._waiting)

    def close(self) -> None:
        """Closes the connection. Nobody may write any more."""
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> sa.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._engine.connect()
        return self._connection

    def _enter(self) -> None:
        """Waits for the place to write, first come, first served. Raises TimeoutError after `patience` seconds."""
        with self._lock:
            if not self._busy:
                self._busy = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(self._patience):
            return
        with self._lock:
            if mine.is_set():  # the place came free just now
                return
            self._waiting.remove(mine)
        raise sa.exc.TimeoutError("the writers before did not end in time")

    def _leave(self) -> None:
        with self._lock:
            self._busy = bool(self._waiting)
            if self._busy:
                self._waiting.popleft().set()

    def _left_to_the_next(self, mine: "_Round") -> bool:
        """True if another writer continues in this transaction. Holds the lock, so that no writer can stop waiting
        meanwhile."""
        with self._lock:
            if not self._waiting or mine.writers >= MOST_WRITERS or mine.is_lost:
                return False
            self._waiting.popleft().set()
            return True


class _Round:
    """One transaction, and the writers that wait for its end. Closes the connection after an error."""

    def __init__(self, connection: sa.Connection) -> None:
        self.writers = 0
        self.connection = connection
        self._ended = threading.Event()
        self._error: BaseException | None = None
        try:
            self.connection.begin()
        except BaseException:  # any error: the next writer gets a connection without a past
            self.connection.close()
            raise

    @property
    def is_lost(self) -> bool:
        """True if SQLite has rolled back the whole transaction, as it does when the disk is full."""
        if self.connection.invalidated:
            return True
        driver = self.connection.connection.driver_connection
        return driver is None or not driver.in_transaction

    def give_up(self, error: BaseException) -> None:
        """Stores the error that lost the transaction. The error that reaches this code is often only that the savepoint
        is gone."""
        cause = error.__context__
        self._error = cause if isinstance(cause, sa.exc.DBAPIError) else error

    def end(self) -> None:
        """Commits, and wakes those who wait. Does not raise: `wait` raises in every thread."""
        try:
            if not self._error:
                self.connection.commit()
        except BaseException as error:  # noqa: BLE001 - `wait` raises it in each thread whose work is lost
            self._error = error
        finally:
            if self._error:
                self.connection.invalidate()  # it may still be in the transaction
                self.connection.close()
            self._ended.set()

    def wait(self) -> None:
        """Waits until the transaction is durable. Raises what the commit raised."""
        self._ended.wait()
        if self._error is not None:
            raise copy(self._error) from self._error  # a copy for each thread: a raise changes the exception
