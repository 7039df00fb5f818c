"""Who gets a lead: each rule by itself. A lead always goes to somebody, for a reason that Baton can tell."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from models.errors import PersonId
from models.rules.routing import Candidate, PassedOver, choose
from models.rules.worktime import Calendar
from tests.monday import TEN

OFFICE = Calendar(zone=ZoneInfo("UTC"))
FRIDAYS = Calendar(zone=ZoneInfo("UTC"), days=frozenset({4}))
ANN, BEN, CEM, BOSS, MIA = (PersonId(name) for name in ("UANN", "UBEN", "UCEM", "UBOSS", "UMIA"))


def rep(
    person: PersonId,
    *,
    calendar: Calendar = OFFICE,
    open_handoffs: int = 0,
    last_turn: int = 0,
    deactivated: bool = False,
    away: timedelta | None = None,
) -> Candidate:
    return Candidate(
        person=person,
        calendar=calendar,
        open_handoffs=open_handoffs,
        last_turn=last_turn,
        deactivated=deactivated,
        away_until=TEN + away if away is not None else None,
    )


def test_a_named_rep_gets_it_whatever_the_rules_say() -> None:
    choice = choose([rep(ANN)], at=TEN, named=BEN, last_resort=MIA)
    assert (choice.person, choice.rule, choice.passed_over) == (BEN, "named by the marketer", ())


def test_the_one_with_the_fewest_open_handoffs_gets_it() -> None:
    choice = choose([rep(ANN, open_handoffs=2), rep(BEN, open_handoffs=1)], at=TEN, last_resort=MIA)
    assert choice.person == BEN
    assert choice.passed_over == (PassedOver(person=ANN, rule="has 2 open, not 1"),)


def test_among_equals_it_is_the_one_whose_turn_was_longest_ago() -> None:
    choice = choose([rep(ANN, last_turn=9), rep(BEN, last_turn=7), rep(CEM, last_turn=8)], at=TEN, last_resort=MIA)
    assert choice.person == BEN
    assert set(choice.passed_over) == {
        PassedOver(person=ANN, rule="had a turn more recently"),
        PassedOver(person=CEM, rule="had a turn more recently"),
    }


def test_whoever_has_left_is_away_or_gave_it_back_is_passed_over_and_the_rule_is_told() -> None:
    reps = [rep(ANN, deactivated=True), rep(BEN, away=timedelta(days=1)), rep(CEM)]
    choice = choose(reps, at=TEN, refused_by=frozenset({CEM}), managers=[rep(BOSS)], last_resort=MIA)
    assert (choice.person, choice.rule) == (BOSS, "manager, as no rep can take it")
    assert choice.passed_over == (
        PassedOver(person=ANN, rule="deactivated"),
        PassedOver(person=BEN, rule="away"),
        PassedOver(person=CEM, rule="gave this lead back before"),
    )


def test_whoever_is_back_at_this_very_moment_is_not_away() -> None:
    assert choose([rep(ANN, away=timedelta())], at=TEN, last_resort=MIA).person == ANN


def test_whoever_is_not_at_work_within_a_day_waits_behind_those_who_are() -> None:
    choice = choose([rep(ANN, calendar=FRIDAYS), rep(BEN, open_handoffs=30)], at=TEN, last_resort=MIA)
    assert choice.person == BEN
    assert choice.passed_over == (PassedOver(person=ANN, rule="not at work within a day"),)


def test_a_rep_whose_work_begins_in_exactly_a_day_is_near_enough() -> None:
    tuesdays = Calendar(zone=ZoneInfo("UTC"), days=frozenset({1}), opens=time(10))
    assert choose([rep(ANN, calendar=tuesdays), rep(BEN, last_turn=5)], at=TEN, last_resort=MIA).person == ANN


def test_when_everybody_is_far_from_work_it_still_goes_to_a_rep() -> None:
    choice = choose([rep(ANN, calendar=FRIDAYS)], at=TEN, managers=[rep(BOSS)], last_resort=MIA)
    assert (choice.person, choice.rule) == (ANN, "whose turn it is")


def test_a_manager_who_refused_a_lead_gets_it_all_the_same_when_no_rep_can() -> None:
    choice = choose([], at=TEN, refused_by=frozenset({BOSS}), managers=[rep(BOSS)], last_resort=MIA)
    assert choice.person == BOSS


def test_a_manager_who_is_away_is_passed_over_for_the_next_one() -> None:
    managers = [rep(BOSS, away=timedelta(days=2)), rep(ANN)]
    assert choose([], at=TEN, managers=managers, last_resort=MIA).person == ANN


def test_when_nobody_is_there_it_stays_with_the_marketer() -> None:
    choice = choose([], at=TEN, last_resort=MIA)
    assert (choice.person, choice.rule) == (MIA, "nobody else is there")


candidates = st.builds(
    rep,
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
    reps: list[Candidate], refused: frozenset[int], days: int
) -> None:
    at = TEN + timedelta(days=days)
    refused_by = frozenset(rep.person for place, rep in enumerate(reps) if place in refused)
    choice = choose(reps, at=at, refused_by=refused_by, last_resort=MIA)
    passed_over = [passed.person for passed in choice.passed_over]
    everybody = {rep.person for rep in reps}
    assert sorted(passed_over) == sorted(everybody - {choice.person})
    able = {
        rep.person
        for rep in reps
        if not rep.deactivated
        and rep.person not in refused_by
        and not (rep.away_until is not None and rep.away_until > at)
    }
    assert choice.person in (able or {MIA})


@given(reps=teams)
def test_the_order_in_which_reps_are_listed_makes_no_difference(reps: list[Candidate]) -> None:
    forth = choose(reps, at=TEN, last_resort=MIA)
    back = choose(reps[::-1], at=TEN, last_resort=MIA)
    assert (forth.person, forth.rule, set(forth.passed_over)) == (back.person, back.rule, set(back.passed_over))
