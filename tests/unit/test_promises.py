"""What is promised about a handoff: by when, who hears of it on the way, and how it ends."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.rules.ladders import DEFAULT_STEPS, Hearer, Ladder, What, steps
from models.rules.lifecycle import Move, State
from models.rules.promises import after, broken, end_of_work, kept, released, ruling, taken, until, within
from models.rules.rows import HandoffRow, Part, PromiseRow, PromiseState, Release
from models.rules.worktime import Calendar, Span, between
from tests.monday import TEN
from tests.unit.office import DANA, MIA, hours

OFFICE = Calendar(zone=ZoneInfo("UTC"))
JANE = HandoffRow(
    id=42,
    workspace_id="T1",
    number=1,
    lead_id=7,
    agreement_version=1,
    state=State.OFFERED,
    version=1,
    flagged_by=MIA,
    flagged_at=TEN,
    offered_to=DANA,
    moved=Move.FLAG,
    moved_by=MIA,
    moved_at=TEN,
)
MINUTE = timedelta(minutes=1)


def ladder(what: What, count: float | None = None) -> Ladder:
    return Ladder(within=hours(count) if count else None, steps=steps(what, DEFAULT_STEPS[what]))


def answer(count: float, *, at: datetime = TEN, calendar: Calendar = OFFICE) -> PromiseRow:
    return within(What.ANSWER, ladder(What.ANSWER, count), calendar, of=JANE, owner=DANA, at=at)


def close(day: date, *, at: datetime = TEN) -> PromiseRow:
    due_at = end_of_work(OFFICE, day)
    return until(What.CLOSE, ladder(What.CLOSE), OFFICE, of=JANE, owner=DANA, due_at=due_at, at=at)


def moments(promise: PromiseRow) -> list[tuple[datetime, Hearer]]:
    return [(step.at, hearer) for step in promise.steps for hearer in step.hear]


# How promises begin.


def test_half_is_a_reminder_the_whole_is_due_and_one_and_a_half_brings_in_the_manager() -> None:
    promise = answer(4)
    assert moments(promise) == [
        (TEN + hours(2), Hearer.OWNER),
        (TEN + hours(4), Hearer.OWNER),
        (TEN + hours(6), Hearer.MANAGER),
    ]
    assert (promise.due_at, promise.first_due_at, promise.next_step_at) == (
        TEN + hours(4),
        TEN + hours(4),
        TEN + hours(2),
    )
    assert (promise.owner, promise.hours_of, promise.promised_seconds) == (DANA, DANA, 4 * 3600)


def test_the_steps_of_a_promise_made_late_on_friday_fall_in_working_hours() -> None:
    promise = answer(4, at=datetime(2026, 11, 20, 16, tzinfo=UTC))
    assert [at for at, _ in moments(promise)] == [datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (10, 12, 14)]


def test_a_promise_for_a_day_is_due_when_work_ends_on_it_and_has_no_reminder_before() -> None:
    promise = close(date(2026, 11, 30))
    assert promise.next_step_at == promise.due_at == datetime(2026, 11, 30, 17, tzinfo=UTC)
    (owner, manager) = moments(promise)
    assert owner == (promise.due_at, Hearer.OWNER)
    assert (between(OFFICE, owner[0], manager[0]), manager[1]) == (hours(8), Hearer.MANAGER)


def test_a_promise_for_a_day_whose_work_has_ended_is_due_at_once() -> None:
    evening = TEN.replace(hour=20)
    assert close(evening.date(), at=evening).due_at == evening


def test_the_managers_owe_a_ruling_and_no_time_was_agreed_on_for_it() -> None:
    promise = ruling(JANE, at=TEN)
    assert (promise.part, promise.owner, promise.due_at, promise.next_step_at) == (Part.MANAGERS, None, None, None)
    assert kept(promise, OFFICE, at=TEN + hours(3)).taken_seconds == 3 * 3600


@given(
    count=st.integers(1, 6000).map(lambda minutes: minutes / 60),
    minutes=st.integers(0, 60 * 24 * 7),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    opens=st.integers(0, 23),
    shares=st.lists(st.integers(1, 400), unique=True, max_size=5).map(lambda some: sorted({*some, 100})),
)
def test_the_steps_of_a_promise_come_in_order_and_those_after_the_whole_time_after_it_is_due(
    count: float, minutes: int, zone: str, opens: int, shares: list[int]
) -> None:
    calendar = Calendar(zone=ZoneInfo(zone), opens=time(opens), closes=time((opens + 8) % 24))
    start = datetime(2026, 3, 23, tzinfo=UTC) + minutes * MINUTE
    written = steps(What.ANSWER, tuple(f"{share}% owner" for share in shares))
    promise = within(What.ANSWER, Ladder(within=hours(count), steps=written), calendar, of=JANE, owner=DANA, at=start)
    at = [step.at for step in promise.steps]
    assert at == sorted(at)
    assert promise.due_at is not None
    assert promise.next_step_at == at[0] >= start
    assert at[shares.index(100)] == promise.due_at
    for share, moment in zip(shares, at, strict=True):
        assert abs(between(calendar, start, moment) - hours(count) * share / 100) < timedelta(milliseconds=1)


# How promises end.


@given(early=st.integers(-600, 600), spoken=st.booleans())
@example(early=0, spoken=True)
@example(early=0, spoken=False)
def test_a_promise_is_kept_also_when_late_and_then_it_was_broken(early: int, *, spoken: bool) -> None:
    promise, at = answer(4), TEN + hours(4) - early * MINUTE
    if spoken:
        promise = broken(promise, at=at)
        assert promise.state is PromiseState.RUNNING
        assert promise.broken_at == (promise.due_at if early <= 0 else None)
    done = kept(promise, OFFICE, at=at)
    assert (done.state, done.kept_at, done.next_step_at) == (PromiseState.KEPT, at, None)
    assert done.broken_at == (promise.due_at if early < 0 else None), "at the very moment is in time"
    assert done.taken_seconds == between(OFFICE, TEN, at) // timedelta(seconds=1)


@pytest.mark.parametrize("why", Release)
def test_whom_a_promise_is_released_from_owes_nothing_and_has_kept_nothing(why: Release) -> None:
    promise = released(answer(4), why, at=TEN + hours(1))
    assert (promise.state, promise.released, promise.kept_at, promise.next_step_at) == ("released", why, None, None)
    assert not promise.is_live


@given(
    count=st.integers(1, 100),
    away_minutes=st.integers(0, 14 * 24 * 60),
    minutes=st.integers(0, 40 * 24 * 60),
)
def test_time_away_counts_neither_for_when_it_is_due_nor_for_how_long_it_took(
    count: int, away_minutes: int, minutes: int
) -> None:
    """So what was done by the due time took no longer than was promised, and what was done later took longer."""
    back = TEN + away_minutes * MINUTE
    promise = answer(count, calendar=replace(OFFICE, away=(Span(start=TEN, end=back),)))
    at = TEN + minutes * MINUTE
    took = taken(promise, OFFICE, at=at)
    assert promise.due_at is not None
    assert (at <= promise.due_at) == (took <= hours(count)) or took == hours(count)
    assert took == between(OFFICE, back, at)


def test_of_the_promises_about_a_handoff_those_are_live_that_a_change_did_not_end() -> None:
    first, recall = answer(4)._replace(id=1), close(date(2026, 12, 1))._replace(id=2, what=What.RECALL)
    over, anew = released(first, Release.HANDED_ON, at=TEN), answer(4, at=TEN + hours(1))
    assert after((first, recall), (over, anew)) == (anew, recall)
    assert after((first, recall), (kept(first, OFFICE, at=TEN),)) == (recall,)
    assert after((), (anew,)) == (anew,)


def test_what_ends_at_a_moment_of_its_own_has_no_agreed_time() -> None:
    with pytest.raises(ValueError, match="no time was agreed on"):
        within(What.CLOSE, ladder(What.CLOSE), OFFICE, of=JANE, owner=cast("Any", DANA), at=TEN)
