"""What ails a database that does not do what it is asked: from the drivers' errors to plain words."""

from enum import StrEnum

import sqlalchemy as sa


class Trouble(StrEnum):
    """The words complete "the database …". All of it passes, or is mended, without a restart of Baton."""

    LOCKED = "is locked by something that takes long"
    BUSY = "has more to do than it can"
    FULL = "is out of room: its disk is full, or does not take what is written"
    READ_ONLY = "can only be read: its file or folder is write-protected, or the server is a standby"
    CLOSED = "can't be opened: its file or folder is missing, or Baton may not use it"
    DAMAGED = "is damaged: restore a backup"
    DOWN = "does not answer"


_SQLITE = {
    5: Trouble.LOCKED,  # SQLITE_BUSY
    6: Trouble.LOCKED,  # SQLITE_LOCKED
    8: Trouble.READ_ONLY,  # SQLITE_READONLY
    10: Trouble.FULL,  # SQLITE_IOERR, which is also what a file gets that may not grow
    11: Trouble.DAMAGED,  # SQLITE_CORRUPT
    13: Trouble.FULL,  # SQLITE_FULL
    14: Trouble.CLOSED,  # SQLITE_CANTOPEN
    26: Trouble.DAMAGED,  # SQLITE_NOTADB
}
"""By SQLite's primary result codes."""
_POSTGRES = {
    "08": Trouble.DOWN,  # connection exception
    "25006": Trouble.READ_ONLY,  # read_only_sql_transaction
    "53": Trouble.BUSY,  # insufficient resources
    "53100": Trouble.FULL,  # disk_full
    "55P03": Trouble.LOCKED,  # lock_not_available
    "57": Trouble.DOWN,  # operator intervention: shut down, starting, a statement that took too long
    "58": Trouble.FULL,  # system error: input and output failed
    "XX001": Trouble.DAMAGED,  # data_corrupted
    "XX002": Trouble.DAMAGED,  # index_corrupted
}
"""By Postgres' SQLSTATE, or by its class (the first two characters)."""
_RIVALRY = ("40001", "40P01")
"""Postgres' SQLSTATE for serialization_failure and deadlock_detected."""


def of(error: BaseException) -> Trouble | None:
    """The trouble that an error of SQLAlchemy's or of a driver tells of; None where it is no trouble but a mistake."""
    if isinstance(error, sa.exc.TimeoutError):
        return Trouble.LOCKED  # a turn, or a connection, was waited for in vain
    driver = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    state, code = getattr(driver, "sqlstate", None), getattr(driver, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF)
    if state:
        return _POSTGRES.get(state, _POSTGRES.get(state[:2]))
    return Trouble.DOWN if isinstance(error, sa.exc.OperationalError) else None  # the server can't be reached


def is_rivalry(error: sa.exc.DBAPIError) -> bool:
    """Whether somebody else was at the same rows, so that it is to be done again: they took a key first, or Postgres
    ended one of two who waited for each other."""
    return isinstance(error, sa.exc.IntegrityError) or getattr(error.orig, "sqlstate", None) in _RIVALRY


def known(error: sa.exc.SQLAlchemyError) -> Trouble:
    """The same, where a mistake would be one of ours: it is raised on."""
    found = of(error)
    if found is None:
        raise error
    return found
