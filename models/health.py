"""Whether the database does what it is asked, found out by asking it."""

import math
import threading
import time

import sqlalchemy as sa

from models import schema, trouble
from models.clock import SteadyClock
from models.store import Store
from models.trouble import Trouble

LOOK_AGAIN_SECONDS = 1.0


class Health:
    """Reads, and tries to write: a database that is full, locked or write-protected still answers whoever only reads.
    However often it is asked, it writes no more than once a second: who asks can't keep the database busy."""

    def __init__(self, store: Store, *, steady: SteadyClock = time.monotonic) -> None:
        self._store = store
        self._steady = steady
        self._looking = threading.Lock()
        self._looked_at = -math.inf
        self._found: Trouble | None = None

    def ailment(self) -> Trouble | None:
        """What keeps the database from being used right now. Raises SchemaTooOld, SchemaTooNew."""
        try:
            schema.check(self._store)
        except sa.exc.SQLAlchemyError as error:
            return trouble.known(error)
        with self._looking:
            if self._steady() - self._looked_at >= LOOK_AGAIN_SECONDS:
                self._found = self._try_to_write()
                self._looked_at = self._steady()
            return self._found

    def _try_to_write(self) -> Trouble | None:
        try:
            with self._store.write() as session:
                session.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))  # changes nothing
        except sa.exc.SQLAlchemyError as error:
            return trouble.known(error)
        return None
