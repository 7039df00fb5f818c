"""Database problems: the errors of drivers in plain words."""

import sqlalchemy as sa

from models.errors import DatabaseProblem

# The database problem for each primary result code of SQLite.
SQLITE = {
    5: DatabaseProblem.LOCKED,  # SQLITE_BUSY
    6: DatabaseProblem.LOCKED,  # SQLITE_LOCKED
    8: DatabaseProblem.READ_ONLY,  # SQLITE_READONLY
    10: DatabaseProblem.FULL,  # SQLITE_IOERR, also if the file may not grow
    11: DatabaseProblem.DAMAGED,  # SQLITE_CORRUPT
    13: DatabaseProblem.FULL,  # SQLITE_FULL
    14: DatabaseProblem.CLOSED,  # SQLITE_CANTOPEN
    26: DatabaseProblem.DAMAGED,  # SQLITE_NOTADB
}
# The database problem for each SQLSTATE of Postgres, or for its class (the first two characters).
POSTGRES = {
    "08": DatabaseProblem.DOWN,  # connection exception
    "25006": DatabaseProblem.READ_ONLY,  # read_only_sql_transaction
    "53": DatabaseProblem.BUSY,  # insufficient resources
    "53100": DatabaseProblem.FULL,  # disk_full
    "55P03": DatabaseProblem.LOCKED,  # lock_not_available
    "57": DatabaseProblem.DOWN,  # operator intervention: shut down, starting, a statement that took too long
    "58": DatabaseProblem.FULL,  # system error: input and output failed
    "XX001": DatabaseProblem.DAMAGED,  # data_corrupted
    "XX002": DatabaseProblem.DAMAGED,  # index_corrupted
}
# The SQLSTATEs of Postgres for serialization_failure and deadlock_detected.
_RIVALRY = ("40001", "40P01")


def of(error: BaseException) -> DatabaseProblem | None:
    """Returns the database problem behind an error of SQLAlchemy or of a driver. None if the error is a programming
    mistake."""
    if isinstance(error, sa.exc.TimeoutError):
        return DatabaseProblem.LOCKED  # no place among the writers, or no connection, came free in time
    driver = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    state, code = getattr(driver, "sqlstate", None), getattr(driver, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE.get(code & 0xFF)
    if state:
        return POSTGRES.get(state, POSTGRES.get(state[:2]))
    return DatabaseProblem.DOWN if isinstance(error, sa.exc.OperationalError) else None  # the server can't be reached


def is_rivalry(error: sa.exc.DBAPIError) -> bool:
    """True if another transaction used the same rows, so that the caller has to try again: it took a key first, or
    Postgres ended one of two transactions that waited for each other."""
    return isinstance(error, sa.exc.IntegrityError) or getattr(error.orig, "sqlstate", None) in _RIVALRY


def known(error: sa.exc.SQLAlchemyError) -> DatabaseProblem:
    """Returns the database problem behind an error. Raises the error itself if it is a programming mistake."""
    found = of(error)
    if found is None:
        raise error
    return found
