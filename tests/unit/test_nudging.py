"""Who hears of a promise, when, and in how many messages: only the rules."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.nudging import BUDGET, Promised, Step, heard_by, next_said, when_to_say
from models.rules.worktime import Calendar, add, is_open, next_open, next_opening
from tests.monday import MONDAY

CALENDARS = {
    "dana": Calendar(zone=ZoneInfo("UTC")),
    "olga": Calendar(zone=ZoneInfo("America/New_York")),
    "omar": Calendar(zone=ZoneInfo("Asia/Dubai")),
}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def promised(start: datetime, hours: float, *, above: tuple[str, ...] = ("olga", "omar")) -> Promised:
    calendar = CALENDARS["dana"]
    half = add(calendar, start, hours / 2 * HOUR)
    return Promised(
        owner="dana",
        above=above,
        half_at=half,
        due_at=add(calendar, start, hours * HOUR),
        above_at=add(calendar, start, hours * 1.5 * HOUR),
        unsaid_since=half,
    )


def again(one: Promised, on: datetime) -> Promised:
    return Promised(
        owner=one.owner,
        above=one.above,
        half_at=one.half_at,
        due_at=one.due_at,
        above_at=one.above_at,
        unsaid_since=on,
    )


@given(
    start=st.integers(0, 7 * 24 * 60).map(lambda minutes: MONDAY + minutes * MINUTE),
    hours=st.sampled_from([0.25, 1, 4, 8, 80]),
    looks=st.lists(st.integers(1, 2000), min_size=30, max_size=60),
)
def test_each_step_is_said_once_to_each_and_what_is_late_once_a_morning(
    start: datetime, hours: float, looks: list[int]
) -> None:
    """This holds however often Baton looks, and however long it did not look."""
    one = promised(start, hours)
    at = start
    said: dict[str, list[tuple[Step, datetime]]] = defaultdict(list)
    for minutes in looks:
        at += minutes * MINUTE
        if one.unsaid_since > at:
            continue
        for person, step in heard_by(one, CALENDARS.__getitem__, at=at).items():
            said[person].append((step, at))
        one = again(one, next_said(one, CALENDARS.__getitem__, at=at))
        assert one.unsaid_since > at
    for person, heard in said.items():
        steps = [step for step, _ in heard if step is not Step.STILL]
        wanted = [Step.HALF, Step.DUE] if person == "dana" else [Step.ABOVE]
        assert steps in ([*wanted], wanted[:1], wanted[1:])
        mornings = Counter(
            moment.astimezone(CALENDARS[person].zone).date() for step, moment in heard if step is Step.STILL
        )
        assert not mornings or max(mornings.values()) == 1
    heard_due = [person for person, heard in said.items() if Step.DUE in [step for step, _ in heard]]
    heard_above = {person for person, heard in said.items() if Step.ABOVE in [step for step, _ in heard]}
    assert heard_due == (["dana"] if one.due_at <= at else [])
    assert heard_above == ({"olga", "omar"} if one.above_at is not None and one.above_at <= at else set())


@given(
    gaps=st.lists(st.integers(0, 300), min_size=1, max_size=80),
    hours=st.sampled_from([4, 8, 80]),
    person=st.sampled_from(sorted(CALENDARS)),
)
def test_nobody_gets_more_than_six_a_day_and_nothing_waits_beyond_the_next_morning(
    gaps: list[int], hours: int, person: str
) -> None:
    calendar, said, at = CALENDARS[person], list[datetime](), MONDAY
    waiting: datetime | None = None
    for gap in gaps:
        at += gap * MINUTE
        if waiting is not None and waiting <= at:
            said.append(waiting)
            waiting = None
        if waiting is None:
            waiting = when_to_say(calendar, said=said, length=hours * HOUR, at=at)
            assert is_open(calendar, waiting)
            assert at <= waiting <= max(next_opening(calendar, at), next_open(calendar, at) + HOUR)
    days = Counter(moment.astimezone(calendar.zone).date() for moment in said)
    assert all(count <= BUDGET for count in days.values())


@pytest.mark.parametrize(("before", "wait"), [(0, 0), (1, 5), (2, 30), (3, 60), (5, 60)], ids=lambda value: f"{value}")
def test_the_more_there_were_the_longer_the_next_one_waits(before: int, wait: int) -> None:
    at = MONDAY + 3 * HOUR
    said = [at - (before - n) * MINUTE for n in range(before)]
    due = when_to_say(CALENDARS["dana"], said=said, length=4 * HOUR, at=at)
    assert due == (said[-1] + wait * MINUTE if said else at)


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
    said = [at - (60 - n) * MINUTE for n in range(BUDGET)]
    due = when_to_say(CALENDARS["dana"], said=said, length=hours * HOUR, at=at)
    assert (due == next_opening(CALENDARS["dana"], at)) is not said_now
    assert said_now == (due <= at + HOUR)


def test_where_everybody_above_is_the_owner_only_the_owner_hears() -> None:
    one = promised(MONDAY, 4, above=("dana",))
    assert heard_by(one, CALENDARS.__getitem__, at=MONDAY + 7 * HOUR) == {"dana": Step.DUE}
