"""Finds out whether the database works, by using it."""

import math
import threading

import sqlalchemy as sa

from models.clock import SteadyClock
from models.errors import DatabaseProblem
from models.storage import problems, schema
from models.storage.store import Store

LOOK_AGAIN_SECONDS = 1.0


class Health:
    """Reads, and tries to write, because a database that is full, locked or write-protected still answers reads. Writes
    at most once in LOOK_AGAIN_SECONDS, so that frequent checks can't keep the database busy."""

    def __init__(self, store: Store, *, steady: SteadyClock) -> None:
        self._store = store
        self._steady = steady
        self._looking = threading.Lock()
        self._looked_at = -math.inf
        self._found: DatabaseProblem | None = None

    def problem(self) -> DatabaseProblem | None:
        """Returns the present database problem, or None. Raises SchemaTooOld or SchemaTooNew."""
        try:
            schema.check(self._store)
        except sa.exc.SQLAlchemyError as error:
            return problems.known(error)
        with self._looking:
            if self._steady() - self._looked_at >= LOOK_AGAIN_SECONDS:
                self._found = self._try_to_write()
                self._looked_at = self._steady()
            return self._found

    def _try_to_write(self) -> DatabaseProblem | None:
        try:
            with self._store.write() as session:
                session.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))  # changes nothing
        except sa.exc.SQLAlchemyError as error:
            return problems.known(error)
        return None
