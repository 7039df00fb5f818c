"""What the person who owes the next move promised, and when that person and their manager hear of it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from models.rules.promises import REPEAT_AFTER, by_day, next_nudge, within
from models.rules.worktime import Calendar, between, is_open
from tests.monday import TEN
from tests.unit.office import hours

OFFICE = Calendar(zone=ZoneInfo("UTC"))


def test_half_is_a_reminder_the_whole_is_due_and_one_and_a_half_brings_in_the_manager() -> None:
    promise = within(OFFICE, TEN, 4)
    assert (promise.remind_at, promise.due_at, promise.escalate_at) == (
        TEN + hours(2),
        TEN + hours(4),
        TEN + hours(6),
    )
    assert promise.first_nudge_at == promise.remind_at


def test_the_steps_of_a_promise_made_late_on_friday_fall_in_working_hours() -> None:
    friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
    promise = within(OFFICE, friday, 4)
    assert promise.remind_at == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert promise.due_at == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert promise.escalate_at == datetime(2026, 11, 23, 14, tzinfo=UTC)


def test_a_promise_for_a_day_is_due_when_work_ends_on_it_and_has_no_reminder_before() -> None:
    promise = by_day(OFFICE, TEN, date(2026, 11, 30))
    assert promise.remind_at is None
    assert promise.first_nudge_at == promise.due_at == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert between(OFFICE, promise.due_at, promise.escalate_at) == REPEAT_AFTER


def test_a_promise_for_a_day_whose_work_has_ended_is_due_at_once() -> None:
    evening = TEN.replace(hour=20)
    assert by_day(OFFICE, evening, evening.date()).due_at == evening


def test_steps_that_passed_together_are_said_together() -> None:
    promise = within(OFFICE, TEN, 4)
    at = TEN + hours(5)
    again = next_nudge(
        OFFICE, remind_at=promise.remind_at, due_at=promise.due_at, escalate_at=promise.escalate_at, at=at
    )
    assert again == promise.escalate_at


def test_once_the_manager_has_heard_it_comes_up_again_every_working_day() -> None:
    promise = within(OFFICE, TEN, 4)
    friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    again = next_nudge(
        OFFICE, remind_at=promise.remind_at, due_at=promise.due_at, escalate_at=promise.escalate_at, at=friday
    )
    assert again == datetime(2026, 11, 23, 15, tzinfo=UTC)


@given(
    count=st.floats(0.1, 100),
    minutes=st.integers(0, 60 * 24 * 7),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    opens=st.integers(0, 23),
)
def test_the_steps_of_a_promise_come_in_order_and_the_next_word_is_always_later(
    count: float, minutes: int, zone: str, opens: int
) -> None:
    calendar = Calendar(zone=ZoneInfo(zone), opens=time(opens), closes=time((opens + 8) % 24))
    start = datetime(2026, 3, 23, tzinfo=UTC) + timedelta(minutes=minutes)
    promise = within(calendar, start, count)
    assert promise.remind_at is not None
    assert start <= promise.remind_at <= promise.due_at <= promise.escalate_at
    at = start
    for _ in range(6):
        again = next_nudge(
            calendar, remind_at=promise.remind_at, due_at=promise.due_at, escalate_at=promise.escalate_at, at=at
        )
        assert again > at
        assert is_open(calendar, again - timedelta(microseconds=1))
        at = again
