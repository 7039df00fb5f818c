"""SQLite's writers, one at a time, and one commit for those who came together.

SQLite has one writer, and to make a commit durable costs it more than to write. So a writer that ends while others wait
does not commit: the next goes on in the same transaction, and the last commits for all. Each has a savepoint of its
own, so one that fails takes nothing of the others with it; and nobody is told that it is done before it is durable.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

import sqlalchemy as sa

MOST = 16
"""So many writers share a commit at most: the first of them is waiting for it."""


class Turns:
    """Whose turn it is to write. `patience`: how many seconds one waits for it before TimeoutError."""

    def __init__(self, engine: sa.Engine, *, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: deque[threading.Event] = deque()
        self._round: _Round | None = None

    @contextmanager
    def take(self, *, alone: bool = False) -> Iterator[sa.Connection]:
        """A connection in a transaction, for a savepoint. At the end what was written in it is durable; and so is what
        was read in it, which may be another's: also who ends with an exception has waited for that. `alone`: nobody
        else sees what was written before it is durable."""
        self._enter()
        failed: BaseException | None = None
        try:
            mine = self._round = self._round or _Round(self._engine)
        except BaseException:  # whatever it is: nobody could write any more if the turn were not passed on
            self._leave()
            raise
        try:
            yield mine.connection
        except BaseException as error:  # noqa: BLE001 - raised again below, when it is known what it was based on
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
        """How many wait for their turn."""
        return len(self._waiting)

    def _enter(self) -> None:
        """Who came first is first."""
        with self._lock:
            if not self._busy:
                self._busy = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(self._patience):
            return
        with self._lock:
            if mine.is_set():  # after all
                return
            self._waiting.remove(mine)
        raise sa.exc.TimeoutError("the writers before did not end in time")

    def _leave(self) -> None:
        with self._lock:
            self._busy = bool(self._waiting)
            if self._busy:
                self._waiting.popleft().set()

    def _left_to_the_next(self, mine: "_Round") -> bool:
        """Whether somebody waits who goes on in this transaction. Decided while nobody can stop waiting."""
        with self._lock:
            if not self._waiting or mine.writers >= MOST or mine.is_lost:
                return False
            self._waiting.popleft().set()
            return True


class _Round:
    """One transaction, and those who wait for its end."""

    def __init__(self, engine: sa.Engine) -> None:
        self.writers = 0
        self.connection = engine.connect()
        self._ended = threading.Event()
        self._error: BaseException | None = None
        try:
            self.connection.begin()
        except BaseException:  # whatever it is: the connection goes back
            self.connection.close()
            raise

    @property
    def is_lost(self) -> bool:
        """Whether SQLite has given the whole transaction up, as it does when the disk is full."""
        if self.connection.invalidated:
            return True
        driver = self.connection.connection.driver_connection
        return driver is None or not driver.in_transaction

    def give_up(self, error: BaseException) -> None:
        """Remember what lost the transaction: not that the savepoint was gone with it, which is what comes to light."""
        cause = error.__context__
        self._error = cause if isinstance(cause, sa.exc.DBAPIError) else error

    def end(self) -> None:
        """Commit, and tell those who wait. Does not raise: `wait` does, for everybody."""
        try:
            if not self._error:
                self.connection.commit()
        except BaseException as error:  # noqa: BLE001 - it is raised in each of the threads whose work is lost with it
            self._error = error
        finally:
            if self._error:
                self.connection.invalidate()  # it may still be in the transaction
            self.connection.close()
            self._ended.set()

    def wait(self) -> None:
        """Until it is durable. Raises what the commit raised."""
        self._ended.wait()
        if self._error is not None:
            raise copy(self._error) from self._error  # each thread its own: what is raised is written to
