"""The databases of the bench: on this machine's disk, and as durable as the bot's users have them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from models import schema
from models.store import Store
from tests import databases

KINDS = ("sqlite", "postgres")


class Bases:
    """Makes migrated, empty databases in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._server: databases.Server | None = None

    def new(self, kind: str, name: str) -> str:
        """The URL of a new database of that kind."""
        url = f"sqlite:///{self._folder / name}.db" if kind == "sqlite" else self._new_postgres(name)
        with opened(url) as store:
            schema.migrate(store)
        return url

    def _new_postgres(self, name: str) -> str:
        if self._server is None:
            self._server = databases.start_postgres(self._folder / "postgres")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._server.get_uri(database=name)

    def stop(self) -> None:
        if self._server is not None:
            self._server.cleanup()


@contextmanager
def bases(folder: Path, *, keep: bool) -> Iterator[Bases]:
    """Databases in a fresh `folder`, which is removed at the end unless it is to be kept."""
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
    store = Store(url)
    try:
        yield store
    finally:
        store.close()


def version(kind: str, url: str) -> str:
    """The database's version, and how durable it says that it is."""
    questions = ("SELECT sqlite_version()", "PRAGMA journal_mode", "PRAGMA synchronous")
    if kind == "postgres":
        questions = ("SHOW server_version", "SHOW fsync", "SHOW synchronous_commit")
    with opened(url) as store, store.engine.connect() as connection:
        return ", ".join(str(connection.exec_driver_sql(question).scalar()) for question in questions)
