"""Databases that no migration has touched yet, of both kinds."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.storage.store import Store
from tests import databases


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    kind = request.param
    url = databases.sqlite(tmp_path, migrated=False) if kind == "sqlite" else databases.postgres(migrated=False)
    yield url
    databases.drop(url)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Store]:
    store = Store(empty_url, steady=time.monotonic)
    yield store
    store.close()
