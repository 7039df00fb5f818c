"""What Baton stores about people, and how much memory that takes."""

import gc
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.slack.ids import member_kind
from models.errors import PersonId
from models.rules.agreement import Agreement, People, Sla
from models.rules.ladders import What
from models.rules.lifecycle import Move
from models.storage.store import Store
from models.workspace.agreements import Agreements
from tests.monday import TEN
from tests.unit.office import DANA, MARK, MAX, MIA, REX, Office, agreement


def test_learning_the_same_again_and_again_takes_no_more_memory(office: Office) -> None:
    def learn(day: int) -> None:
        at = TEN + timedelta(days=day)
        office.roster.person_changed(office.id, DANA, timezone="Europe/Paris", synced_at=at)
        office.roster.conversation_opened(office.id, DANA, f"D{day}")
        office.roster.group_synced(office.id, "S1", [DANA, MAX], at=at)

    learn(0)
    before = kept(sa.Insert)
    for day in range(1, 20):
        learn(day)
    assert kept(sa.Insert) == before


def test_however_often_the_agreement_changes_only_some_versions_are_kept_and_each_promise_keeps_its_own(
    store: Store,
) -> None:
    office = Office(store, agreements=Agreements(store, kind_of=member_kind, most_agreements=5))
    old = office.flag(rep=DANA)
    before = kept(Agreement)
    for contact_hours in range(20, 40):
        office.apply(agreement(sla=Sla(contact_hours=contact_hours)))
        office.flag(rep=REX)
    assert kept(Agreement) <= before + 5
    office.move(Move.ACCEPT, old, DANA)
    assert office.live(old)[What.CONTACT].due_at == TEN + timedelta(
        days=1
    )  # eight hours of work after TEN, as promised


def test_of_a_company_only_those_who_take_part_are_kept(office: Office) -> None:
    office.apply(agreement(people=People(managers=(MAX,))))
    people = set(office.terms().people)
    office.roster.profile_changed(office.id, "USTRANGER", timezone="Europe/Paris", synced_at=TEN)
    assert set(office.terms().people) == people


@pytest.mark.parametrize("part", ["flags", "is named", "takes it"])
def test_whoever_takes_part_is_looked_up_from_then_on(office: Office, part: str) -> None:
    office.apply(agreement(people=People(managers=(MAX,))))
    someone = PersonId("USOMEONE")
    match part:
        case "flags":
            office.flag(by=someone)
        case "is named":
            office.apply(agreement(people=People(reps=(someone,), managers=(MAX,))))
        case _:  # takes it
            office.move(Move.ACCEPT, office.flag(), someone)
    assert someone in office.roster.stale_people(office.id, before=TEN)


def test_who_was_never_looked_up_is_looked_up_first(office: Office) -> None:
    for person in (DANA, REX, MIA, MARK):
        office.roster.person_changed(office.id, person, synced_at=TEN)
    assert office.roster.stale_people(office.id, before=TEN + timedelta(days=1))[0] == MAX


def test_people_are_read_anew_only_when_something_changed_that_matters(office: Office) -> None:
    def learn(at: datetime) -> None:
        office.roster.person_changed(office.id, DANA, timezone="Europe/Paris", synced_at=at)
        office.roster.group_synced(office.id, "S1", [DANA, REX], at=at)
        office.roster.members_synced(office.id, [MAX, DANA])

    learn(TEN)
    before = office.terms()
    learn(TEN + timedelta(hours=6))
    assert office.terms() is before
    assert DANA not in office.roster.stale_people(office.id, before=TEN + timedelta(hours=6))

    office.roster.person_changed(office.id, DANA, timezone="Europe/London")
    office.roster.person_changed(office.id, REX, synced_at=TEN)
    office.roster.group_synced(office.id, "S1", [REX], at=TEN)
    office.roster.members_synced(office.id, [DANA, REX])
    after = office.terms()
    assert after.people[DANA].timezone == "Europe/London"
    assert after.people[REX].synced_at == TEN
    assert after.groups["S1"] == [REX]
    assert {person for person, known in after.people.items() if known.in_channel} == {DANA, REX}


def test_what_a_new_agreement_names_is_looked_up_though_somebody_was_just_at_it_for_the_old(office: Office) -> None:
    old = office.terms().version
    new = office.apply(agreement(currency="USD"))
    office.roster.looked_up(office.id, version=old, at=TEN)
    assert office.roster.stale_workspaces(before=TEN) == [office.id]
    office.roster.looked_up(office.id, version=new, at=TEN)
    assert office.roster.stale_workspaces(before=TEN) == []


def test_a_channel_may_have_more_members_than_a_statement_may_have_parameters(office: Office) -> None:
    office.apply(agreement(people=People(managers=(MAX,))))
    members = [f"U{number}" for number in range(66_000)]
    office.roster.members_synced(office.id, members)
    office.roster.members_synced(office.id, members[1:])
    assert sum(known.in_channel for known in office.terms().people.values()) == len(members) - 1
    office.roster.person_changed(office.id, members[7], kind="member")
    assert office.handoff(office.flag()).owner == members[7]


def kept(kind: type) -> int:
    """Returns how many objects of a class are in memory."""
    gc.collect()
    return sum(issubclass(type(one), kind) for one in gc.get_objects())
