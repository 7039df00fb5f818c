"""What the unit tests share: a workspace in a fresh database, and how hard Hypothesis looks."""

import pytest
from hypothesis import HealthCheck, settings

from models.store import Store
from tests.unit.world import World

settings.register_profile(
    "baton",
    deadline=None,  # a loaded machine is no failure
    # A shared database is wanted: each example takes a workspace of its own in it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("baton")


@pytest.fixture
def world(store: Store) -> World:
    return World(store)
