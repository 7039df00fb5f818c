"""Who hears of a promise, when, and in how many messages: only the rules."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import PersonId
from models.rules.facts import Colleague
from models.rules.ladders import DEFAULT_STEPS, Hearer, Ladder, What, steps
from models.rules.nudging import BUDGET, SAID_ONCE, Why, after_saying, heard_by, hearers, when_to_say
from models.rules.promises import ruling, within
from models.rules.rows import PromiseRow
from models.rules.terms import Terms
from models.rules.worktime import Calendar, is_open, next_open, next_opening
from tests.monday import MONDAY
from tests.unit.office import MAX, agreement
from tests.unit.test_promises import JANE

CALENDARS = {
    "dana": Calendar(zone=ZoneInfo("UTC")),
    "olga": Calendar(zone=ZoneInfo("America/New_York")),
    "omar": Calendar(zone=ZoneInfo("Asia/Dubai")),
}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


DANA, OLGA, OMAR = PersonId("dana"), PersonId("olga"), PersonId("omar")
HEAR = {Hearer.OWNER: (DANA,), Hearer.MANAGER: (OLGA, OMAR)}


def promised(start: datetime, hours: float, texts: tuple[str, ...] = DEFAULT_STEPS[What.ANSWER]) -> PromiseRow:
    ladder = Ladder(within=hours * HOUR, steps=steps(What.ANSWER, texts))
    return within(What.ANSWER, ladder, CALENDARS["dana"], of=JANE, owner=DANA, at=start)


def calendar_of(person: PersonId) -> Calendar:
    return CALENDARS[person]


LADDERS = st.lists(
    st.tuples(st.integers(10, 300), st.sampled_from(["owner", "manager", "owner, manager"])),
    unique_by=lambda step: step[0],
    max_size=4,
).map(
    lambda some: tuple(
        f"{share}% {who}" for share, who in sorted([*(one for one in some if one[0] != 100), (100, "owner")])
    )
)


@given(
    start=st.integers(0, 7 * 24 * 60).map(lambda minutes: MONDAY + minutes * MINUTE),
    hours=st.sampled_from([0.25, 1, 4, 8, 80]),
    looks=st.lists(st.integers(1, 2000), min_size=30, max_size=60),
    texts=st.just(DEFAULT_STEPS[What.ANSWER]) | LADDERS,
)
def test_each_step_is_said_once_to_each_and_what_is_late_once_a_morning(
    start: datetime, hours: float, looks: list[int], texts: tuple[str, ...]
) -> None:
    """This holds for every ladder, however often Baton looks, and however long it did not look."""
    one = promised(start, hours, texts)
    at = start
    heard: dict[PersonId, list[tuple[Why, datetime]]] = defaultdict(list)
    for minutes in looks:
        at += minutes * MINUTE
        if one.next_step_at is None or one.next_step_at > at:
            continue
        for person, why in heard_by(one, HEAR, calendar_of, at=at).items():
            heard[person].append((why, at))
        one = after_saying(one, HEAR, calendar_of, at=at)
        assert one.next_step_at is not None
        assert one.next_step_at > at
        assert (one.broken_at == one.due_at) == (one.due_at is not None and one.due_at <= at)
    for hearer, people in HEAR.items():
        of_theirs = [step.at for step in one.steps if hearer in step.hear]
        for person in people:
            steps_heard = [(why, moment) for why, moment in heard[person] if why is not Why.STILL]
            assert len(steps_heard) <= len(of_theirs)
            for why, moment in steps_heard:
                latest = max(step for step in of_theirs if step <= moment)
                assert (why is Why.BEFORE) == (one.due_at is not None and latest < one.due_at)
            passed = [step for step in of_theirs if step <= at]
            assert bool(steps_heard) == bool(passed), "whoever has a step hears of it, and nobody else"
            mornings = Counter(
                moment.astimezone(CALENDARS[person].zone).date() for why, moment in heard[person] if why is Why.STILL
            )
            assert not mornings or max(mornings.values()) == 1


@given(
    gaps=st.lists(st.integers(0, 300), min_size=1, max_size=80),
    hours=st.sampled_from([4, 8, 80]),
    person=st.sampled_from(sorted(CALENDARS)),
)
def test_nobody_gets_more_than_six_a_day_and_nothing_waits_beyond_the_next_morning(
    gaps: list[int], hours: int, person: str
) -> None:
    calendar, sent, at = CALENDARS[person], list[datetime](), MONDAY
    waiting: datetime | None = None
    for gap in gaps:
        at += gap * MINUTE
        if waiting is not None and waiting <= at:
            sent.append(waiting)
            waiting = None
        if waiting is None:
            waiting = when_to_say(calendar, said=sent, length=hours * HOUR, at=at)
            assert is_open(calendar, waiting)
            assert at <= waiting <= max(next_opening(calendar, at), next_open(calendar, at) + HOUR)
    days = Counter(moment.astimezone(calendar.zone).date() for moment in sent)
    assert all(count <= BUDGET for count in days.values())


@pytest.mark.parametrize(("before", "wait"), [(0, 0), (1, 5), (2, 30), (3, 60), (5, 60)], ids=lambda value: f"{value}")
def test_the_more_there_were_the_longer_the_next_one_waits(before: int, wait: int) -> None:
    at = MONDAY + 3 * HOUR
    sent = [at - (before - n) * MINUTE for n in range(before)]
    due = when_to_say(CALENDARS["dana"], said=sent, length=4 * HOUR, at=at)
    assert due == (sent[-1] + wait * MINUTE if sent else at)


@pytest.mark.parametrize(
    ("hours", "at", "said_now"),
    [
        (0.25, MONDAY + 6 * HOUR, True),
        (1, MONDAY + 6 * HOUR, True),
        (1, MONDAY + 7.5 * HOUR, False),
        (4, MONDAY + 6 * HOUR, False),
        (8, MONDAY + HOUR, False),
        (80, MONDAY + HOUR, False),
    ],
)
def test_beyond_the_six_only_what_would_be_over_by_the_morning_is_said(
    hours: float, at: datetime, *, said_now: bool
) -> None:
    sent = [at - (60 - n) * MINUTE for n in range(BUDGET)]
    due = when_to_say(CALENDARS["dana"], said=sent, length=hours * HOUR, at=at)
    assert (due == next_opening(CALENDARS["dana"], at)) is not said_now
    assert said_now == (due <= at + HOUR)


@pytest.mark.parametrize("what", SAID_ONCE)
def test_what_is_said_once_does_not_come_again_each_morning(what: What) -> None:
    one = promised(MONDAY, 4, ("100% owner",))._replace(what=what)
    due = MONDAY + 4 * HOUR
    assert heard_by(one, HEAR, calendar_of, at=due) == {DANA: Why.DUE}
    one = after_saying(one, HEAR, calendar_of, at=due)
    assert (one.next_step_at, one.state) == (None, "running")
    assert heard_by(one, HEAR, calendar_of, at=due + timedelta(days=1)) == {}


TERMS = Terms(
    workspace_id="T1", version=1, agreement=agreement(), applied_by=MAX, groups={}, people={MAX: Colleague(id=MAX)}
)


def test_managers_hear_or_the_marketer_where_nobody_manages_and_whoever_owes_it_only_as_its_owner() -> None:
    one = promised(MONDAY, 4)
    nobody = replace(TERMS, people={MAX: Colleague(id=MAX, deactivated=True)})
    assert hearers(one, TERMS, flagged_by=OLGA) == {Hearer.OWNER: (DANA,), Hearer.MANAGER: (MAX,)}
    assert hearers(one, nobody, flagged_by=OLGA) == {Hearer.OWNER: (DANA,), Hearer.MANAGER: (OLGA,)}
    assert hearers(one._replace(owner=MAX), TERMS, flagged_by=OLGA) == {Hearer.OWNER: (MAX,), Hearer.MANAGER: ()}
    asked = hearers(ruling(JANE, at=MONDAY), TERMS, flagged_by=OLGA)
    assert asked == {Hearer.OWNER: (MAX,), Hearer.MANAGER: ()}
    only = {Hearer.OWNER: (DANA,), Hearer.MANAGER: ()}
    assert heard_by(one, only, calendar_of, at=MONDAY + 7 * HOUR) == {DANA: Why.DUE}
