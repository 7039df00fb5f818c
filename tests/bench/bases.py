"""The databases of the bench: on this machine's disk, and as durable as Baton's users have them."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from models.storage import schema
from models.storage.store import Store
from tests import databases

KINDS = ("sqlite", "postgres")
QUESTIONS = {
    "sqlite": {
        "version": "SELECT sqlite_version()",
        "journal_mode": "PRAGMA journal_mode",
        "synchronous": "PRAGMA synchronous",  # 2 is FULL
    },
    "postgres": {
        "version": "SHOW server_version",
        "fsync": "SHOW fsync",
        "synchronous_commit": "SHOW synchronous_commit",
    },
}


class Bases:
    """Makes migrated, empty databases in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._server: databases.Server | None = None

    def new(self, kind: str, name: str) -> str:
        """Returns the URL of a new database of that kind."""
        url = f"sqlite:///{self.folder / name}.db" if kind == "sqlite" else self._new_postgres(name)
        with opened(url) as store:
            schema.migrate(store)
        return url

    def _new_postgres(self, name: str) -> str:
        if self._server is None:
            self._server = databases.start_postgres(self.folder / "postgres")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._server.get_uri(database=name)

    def stop(self) -> None:
        if self._server is not None:
            self._server.cleanup()


@contextmanager
def bases(folder: Path, *, keep: bool) -> Iterator[Bases]:
    """Yields databases in a fresh `folder`. At the end the folder is removed, unless `keep`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = Bases(folder)
    try:
        yield made
    finally:
        made.stop()
        if not keep:
            shutil.rmtree(folder)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = Store(url, steady=time.monotonic)
    try:
        yield store
    finally:
        store.close()


def about(kind: str, url: str) -> dict[str, str]:
    """Returns the database's version and its settings for durability."""
    with opened(url) as store, store.engine.connect() as connection:
        return {name: str(connection.exec_driver_sql(question).scalar()) for name, question in QUESTIONS[kind].items()}
