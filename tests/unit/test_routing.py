"""Who gets a lead: each rule by itself. A lead always goes to somebody, for a reason that Baton can tell."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from models.errors import PersonId
from models.rules.decisions import gone, route
from models.rules.facts import Colleague
from models.rules.routing import Choice, Load, Obstacle, Team, choose
from models.rules.terms import Terms
from models.rules.worktime import Calendar
from tests.monday import TEN
from tests.unit.office import agreement

OFFICE = Calendar(zone=ZoneInfo("UTC"))
FRIDAYS = Calendar(zone=ZoneInfo("UTC"), days=frozenset({4}))
ANN, BEN, CEM, BOSS, MIA = (PersonId(name) for name in ("UANN", "UBEN", "UCEM", "UBOSS", "UMIA"))


class Rep(NamedTuple):
    """A person who could take a lead. `away`: for so long."""

    person: PersonId
    calendar: Calendar = OFFICE
    open_handoffs: int = 0
    last_turn: int = 0
    deactivated: bool = False
    away: timedelta | None = None

    @property
    def known(self) -> Colleague:
        away_until = TEN + self.away if self.away is not None else None
        return Colleague(id=self.person, deactivated=self.deactivated, away_until=away_until)


def terms_of(people: Iterable[Rep]) -> Terms:
    known: dict[str, Colleague] = {one.person: one.known for one in people}
    return Terms(workspace_id="T1", version=1, agreement=agreement(), applied_by=BOSS, groups={}, people=known)


def chosen(
    reps: Sequence[Rep],
    *,
    managers: Sequence[Rep] = (),
    refused_by: frozenset[PersonId] = frozenset(),
    at: datetime = TEN,
) -> Choice:
    people = {one.person: one for one in (*managers, *reps)}
    terms = terms_of(people.values())
    return choose(
        [one.person for one in reps],
        team=Team(
            loads={one.person: Load(one.open_handoffs, one.last_turn) for one in people.values()},
            gone=lambda person: gone(terms, person, at=at),
            calendar=lambda person: people[person].calendar,
        ),
        managers=[one.person for one in managers],
        refused_by=refused_by,
        at=at,
        last_resort=MIA,
    )


def test_a_named_rep_gets_it_whatever_the_rules_say() -> None:
    terms = terms_of([Rep(ANN), Rep(BEN, away=timedelta(days=1))])
    choice = route(terms, {}, flagged_by=MIA, refused_by=frozenset({BEN}), named=BEN, at=TEN)
    assert (choice.person, choice.rule, choice.passed_over) == (BEN, "named by the marketer", {})


def test_the_one_with_the_fewest_open_handoffs_gets_it() -> None:
    choice = chosen([Rep(ANN, open_handoffs=2), Rep(BEN, open_handoffs=1)])
    assert choice.person == BEN
    assert choice.passed_over == {Obstacle.BUSIER: [ANN]}
    assert choice.open_handoffs == {BEN: 1, ANN: 2}


def test_among_equals_it_is_the_one_whose_turn_was_longest_ago() -> None:
    choice = chosen([Rep(ANN, last_turn=9), Rep(BEN, last_turn=7), Rep(CEM, last_turn=8)])
    assert choice.person == BEN
    assert choice.passed_over == {Obstacle.LATER_TURN: [CEM, ANN]}


def test_whoever_has_left_is_away_or_gave_it_back_is_passed_over_and_the_rule_is_told() -> None:
    reps = [Rep(ANN, deactivated=True), Rep(BEN, away=timedelta(days=1)), Rep(CEM)]
    choice = chosen(reps, refused_by=frozenset({ANN, CEM}), managers=[Rep(BOSS)])
    assert (choice.person, choice.rule) == (BOSS, "manager, as no rep can take it")
    assert choice.passed_over == {Obstacle.LEFT: [ANN], Obstacle.AWAY: [BEN], Obstacle.GAVE_BACK: [CEM]}


def test_whoever_is_back_at_this_very_moment_is_not_away() -> None:
    assert chosen([Rep(ANN, away=timedelta())]).person == ANN


def test_whoever_is_not_at_work_within_a_day_waits_behind_those_who_are() -> None:
    choice = chosen([Rep(ANN, calendar=FRIDAYS), Rep(BEN, open_handoffs=30)])
    assert choice.person == BEN
    assert choice.passed_over == {Obstacle.FAR_FROM_WORK: [ANN]}


def test_a_rep_whose_work_begins_in_exactly_a_day_is_near_enough() -> None:
    tuesdays = Calendar(zone=ZoneInfo("UTC"), days=frozenset({1}), opens=time(10))
    assert chosen([Rep(ANN, calendar=tuesdays), Rep(BEN, last_turn=5)]).person == ANN


def test_when_everybody_is_far_from_work_it_still_goes_to_a_rep() -> None:
    choice = chosen([Rep(ANN, calendar=FRIDAYS)], managers=[Rep(BOSS)])
    assert (choice.person, choice.rule) == (ANN, "whose turn it is")


def test_a_manager_who_refused_a_lead_gets_it_all_the_same_when_no_rep_can() -> None:
    choice = chosen([], refused_by=frozenset({BOSS}), managers=[Rep(BOSS)])
    assert choice.person == BOSS


def test_a_manager_who_is_away_is_passed_over_for_the_next_one() -> None:
    assert chosen([], managers=[Rep(BOSS, away=timedelta(days=2)), Rep(ANN)]).person == ANN


def test_when_nobody_is_there_it_stays_with_the_marketer() -> None:
    choice = chosen([])
    assert (choice.person, choice.rule) == (MIA, "nobody else is there")


candidates = st.builds(
    Rep,
    st.from_regex(r"\AU[A-Z]{1,3}\Z").map(PersonId),
    calendar=st.sampled_from([OFFICE, FRIDAYS]),
    open_handoffs=st.integers(0, 3),
    last_turn=st.integers(0, 3),
    deactivated=st.booleans(),
    away=st.none() | st.sampled_from([timedelta(days=-1), timedelta(days=1)]),
)
teams = st.lists(candidates, max_size=6, unique_by=lambda candidate: candidate.person)


@given(reps=teams, refused=st.frozensets(st.integers(0, 5)), days=st.integers(0, 6))
def test_every_rep_is_chosen_or_passed_over_by_a_rule_and_never_somebody_who_cannot(
    reps: list[Rep], refused: frozenset[int], days: int
) -> None:
    at = TEN + timedelta(days=days)
    refused_by = frozenset(rep.person for place, rep in enumerate(reps) if place in refused)
    choice = chosen(reps, at=at, refused_by=refused_by)
    passed_over = [person for people in choice.passed_over.values() for person in people]
    everybody = {rep.person for rep in reps}
    assert sorted(passed_over) == sorted(everybody - {choice.person})
    able = {
        rep.person
        for rep in reps
        if not rep.deactivated and rep.person not in refused_by and not (rep.away is not None and TEN + rep.away > at)
    }
    assert choice.person in (able or {MIA})


@given(reps=teams)
def test_whoever_is_busier_is_told_with_how_many_they_have(reps: list[Rep]) -> None:
    choice = chosen(reps)
    has = {rep.person: rep.open_handoffs for rep in reps}
    busier = choice.passed_over.get(Obstacle.BUSIER, ())
    assert choice.open_handoffs == ({person: has[person] for person in (choice.person, *busier)} if busier else {})
    assert all(has[person] > has[choice.person] for person in busier)


@given(reps=teams)
def test_the_order_in_which_reps_are_listed_makes_no_difference(reps: list[Rep]) -> None:
    forth, back = chosen(reps), chosen(reps[::-1])
    assert (forth.person, forth.rule) == (back.person, back.rule)
    assert _sorted(forth.passed_over) == _sorted(back.passed_over)


def _sorted(passed_over: Mapping[Obstacle, Iterable[PersonId]]) -> dict[Obstacle, list[PersonId]]:
    return {obstacle: sorted(people) for obstacle, people in passed_over.items()}
