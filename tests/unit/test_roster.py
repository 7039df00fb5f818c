"""What is kept of people, and what keeping it costs."""

import gc
from datetime import timedelta

import sqlalchemy as sa

from tests.unit.world import DANA, MAX, MONDAY, World


def test_learning_the_same_again_and_again_takes_no_more_memory(world: World) -> None:
    def learn(day: int) -> None:
        at = MONDAY + timedelta(days=day)
        world.roster.person_changed(world.id, DANA, timezone="Europe/Paris", synced_at=at)
        world.roster.conversation_opened(world.id, DANA, f"D{day}")
        world.roster.group_synced(world.id, "S1", [DANA, MAX], at=at)

    learn(0)
    before = statements()
    for day in range(1, 20):
        learn(day)
    assert statements() == before


def statements() -> int:
    """How many inserts are kept in memory."""
    gc.collect()
    return sum(issubclass(type(one), sa.Insert) for one in gc.get_objects())
