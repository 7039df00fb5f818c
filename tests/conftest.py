"""What all tests share: fresh databases of both kinds, and a workspace in one."""

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.storage.store import Store
from tests import compiled, databases
from tests.unit.office import Office

DATABASES = ("sqlite", "postgres")

if memory := databases.memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))  # pytest reads from it where to put `tmp_path`

compiled.share()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need a database, so that `make quick` can leave them out."""
    for item in items:
        if isinstance(item, pytest.Function) and not {"database_url", "fresh_url"}.isdisjoint(item.fixturenames):
            item.add_marker("database")


def pytest_collection_finish() -> None:
    """Keeps the collector of garbage from what lives as long as the run: the program, its libraries and the tests. It
    also looks less often than after each 700 new objects, because what tests leave is small."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session", autouse=True)
def _databases_stop() -> Iterator[None]:
    yield
    databases.stop()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database. Each test that asks for it runs on SQLite and on Postgres."""
    url = databases.sqlite(tmp_path) if request.param == "sqlite" else databases.postgres()
    yield url
    databases.drop(url)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url, steady=time.monotonic)
    yield store
    store.close()


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)
