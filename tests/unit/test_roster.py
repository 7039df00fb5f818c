"""What is kept of people, and what keeping it costs."""

import gc
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.agreement import Agreement, People, Sla
from models.directory import Directory
from models.errors import PersonId
from models.lifecycle import Move
from models.store import Store
from tests.unit.world import DANA, MARK, MAX, MIA, MONDAY, REX, World, agreement


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
    store: Store,
) -> None:
    world = World(store, directory=Directory(store, most_agreements=5))
    old = world.flag(rep=DANA)
    before = kept(Agreement)
    for contact_hours in range(20, 40):
        world.apply(agreement(sla=Sla(contact_hours=contact_hours)))
        world.flag(rep=REX)
    assert kept(Agreement) <= before + 5
    world.move(Move.ACCEPT, old, DANA)
    assert world.handoff(old).due_at == MONDAY + timedelta(days=1)  # eight hours of work, as promised


def test_of_a_company_only_those_who_take_part_are_kept(world: World) -> None:
    world.apply(agreement(people=People(managers=(MAX,))))
    people = set(world.terms().people)
    world.roster.profile_changed(world.id, "USTRANGER", timezone="Europe/Paris", synced_at=MONDAY)
    assert set(world.terms().people) == people


@pytest.mark.parametrize("part", ["flags", "is named", "takes it"])
def test_whoever_takes_part_is_looked_up_from_then_on(world: World, part: str) -> None:
    world.apply(agreement(people=People(managers=(MAX,))))
    someone = PersonId("USOMEONE")
    match part:
        case "flags":
            world.flag(by=someone)
        case "is named":
            world.apply(agreement(people=People(reps=(someone,), managers=(MAX,))))
        case "takes it":
            world.move(Move.ACCEPT, world.flag(), someone)
    assert someone in world.roster.stale_people(world.id, before=MONDAY)


def test_who_was_never_looked_up_is_looked_up_first(world: World) -> None:
    for person in (DANA, REX, MIA, MARK):
        world.roster.person_changed(world.id, person, synced_at=MONDAY)
    assert world.roster.stale_people(world.id, before=MONDAY + timedelta(days=1))[0] == MAX


def test_people_are_read_anew_only_when_something_changed_that_matters(world: World) -> None:
    def learn(at: datetime) -> None:
        world.roster.person_changed(world.id, DANA, timezone="Europe/Paris", synced_at=at)
        world.roster.group_synced(world.id, "S1", [DANA, REX], at=at)
        world.roster.members_synced(world.id, [MAX, DANA])

    learn(MONDAY)
    before = world.terms()
    learn(MONDAY + timedelta(hours=6))
    assert world.terms() is before
    assert DANA not in world.roster.stale_people(world.id, before=MONDAY + timedelta(hours=6))

    world.roster.person_changed(world.id, DANA, timezone="Europe/London")
    world.roster.person_changed(world.id, REX, synced_at=MONDAY)
    world.roster.group_synced(world.id, "S1", [REX], at=MONDAY)
    world.roster.members_synced(world.id, [DANA, REX])
    after = world.terms()
    assert after.people[DANA].timezone == "Europe/London"
    assert after.people[REX].synced_at == MONDAY
    assert after.groups["S1"] == [REX]
    assert {person for person, known in after.people.items() if known.in_channel} == {DANA, REX}


def test_what_a_new_agreement_names_is_looked_up_though_somebody_was_just_at_it_for_the_old(world: World) -> None:
    old = world.terms().version
    new = world.apply(agreement(currency="USD"))
    world.roster.looked_up(world.id, version=old, at=MONDAY)
    assert world.roster.stale_workspaces(before=MONDAY) == [world.id]
    world.roster.looked_up(world.id, version=new, at=MONDAY)
    assert world.roster.stale_workspaces(before=MONDAY) == []


def test_a_channel_may_have_more_members_than_a_statement_may_have_parameters(world: World) -> None:
    world.apply(agreement(people=People(managers=(MAX,))))
    members = [f"U{number}" for number in range(66_000)]
    world.roster.members_synced(world.id, members)
    world.roster.members_synced(world.id, members[1:])
    assert sum(known.in_channel for known in world.terms().people.values()) == len(members) - 1
    world.roster.person_changed(world.id, members[7], kind="member")
    assert world.handoff(world.flag()).owner == members[7]


def kept(kind: type) -> int:
    """How many of a kind there are in memory."""
    gc.collect()
    return sum(issubclass(type(one), kind) for one in gc.get_objects())
