"""What is kept of people, and what keeping it costs."""

import gc
from datetime import timedelta

import pytest
import sqlalchemy as sa

from models import directory
from models.agreement import Agreement, Sla
from models.lifecycle import Move
from tests.unit.world import DANA, MAX, MONDAY, REX, World, agreement


def test_learning_the_same_again_and_again_takes_no_more_memory(world: World) -> None:
    def learn(day: int) -> None:
        at = MONDAY + timedelta(days=day)
        world.roster.person_changed(world.id, DANA, timezone="Europe/Paris", synced_at=at)
        world.roster.conversation_opened(world.id, DANA, f"D{day}")
        world.roster.group_synced(world.id, "S1", [DANA, MAX], at=at)

    learn(0)
    before = kept(sa.Insert)
    for day in range(1, 20):
        learn(day)
    assert kept(sa.Insert) == before


def test_however_often_the_agreement_changes_only_some_versions_are_kept_and_each_promise_keeps_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_AGREEMENTS", 5)
    old = world.flag(rep=DANA)
    before = kept(Agreement)
    for contact_hours in range(20, 40):
        world.apply(agreement(sla=Sla(contact_hours=contact_hours)))
        world.flag(rep=REX)
    assert kept(Agreement) <= before + 5
    world.move(Move.ACCEPT, old, DANA)
    assert world.handoff(old).due_at == MONDAY + timedelta(days=1)  # eight hours of work, as promised


def kept(kind: type) -> int:
    """How many of a kind there are in memory."""
    gc.collect()
    return sum(issubclass(type(one), kind) for one in gc.get_objects())
