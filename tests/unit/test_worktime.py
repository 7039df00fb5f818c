"""Business time: by examples that a person can check, and against a count of every minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.worktime import Calendar, NoWorkingTimeError, Span, add, between, in_utc, is_open, next_open
from tests.unit.office import hours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(zone=BERLIN)
NIGHT_SHIFT = Calendar(zone=BERLIN, days=frozenset(range(7)), opens=time(22), closes=time(6))
ROUND_THE_CLOCK = Calendar(zone=BERLIN, days=frozenset(range(7)), opens=time(0), closes=time(0))
MINUTE = timedelta(minutes=1)


def berlin(text: str) -> datetime:
    """Converts a time in Berlin, such as "2026-11-16 09:00", to UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


# Examples.


def test_four_hours_from_the_afternoon_end_the_next_morning() -> None:
    assert add(OFFICE, berlin("2026-11-16 15:00"), hours(4)) == berlin("2026-11-17 11:00")


def test_a_weekend_does_not_count() -> None:
    assert add(OFFICE, berlin("2026-11-20 16:00"), hours(2)) == berlin("2026-11-23 10:00")
    assert between(OFFICE, berlin("2026-11-20 16:00"), berlin("2026-11-23 10:00")) == hours(2)


def test_work_that_fills_the_day_ends_when_the_day_closes_and_not_on_the_next_morning() -> None:
    assert add(OFFICE, berlin("2026-11-16 09:00"), hours(8)) == berlin("2026-11-16 17:00")


def test_of_no_work_it_is_when_work_next_goes_on() -> None:
    assert add(OFFICE, berlin("2026-11-16 12:00"), timedelta()) == berlin("2026-11-16 12:00")
    assert add(OFFICE, berlin("2026-11-16 17:00"), timedelta()) == berlin("2026-11-17 09:00")


def test_nobody_works_at_the_moment_of_closing_and_everybody_at_the_moment_of_opening() -> None:
    assert not is_open(OFFICE, berlin("2026-11-16 17:00"))
    assert is_open(OFFICE, berlin("2026-11-16 09:00"))
    assert not is_open(OFFICE, berlin("2026-11-16 09:00") - timedelta(microseconds=1))


def test_next_open_is_now_at_work_and_the_next_opening_otherwise() -> None:
    assert next_open(OFFICE, berlin("2026-11-16 12:34")) == berlin("2026-11-16 12:34")
    assert next_open(OFFICE, berlin("2026-11-21 12:00")) == berlin("2026-11-23 09:00")


def test_an_end_before_the_start_has_no_time_in_between() -> None:
    assert between(OFFICE, berlin("2026-11-17 12:00"), berlin("2026-11-16 12:00")) == timedelta()


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_an_office_day_has_eight_hours_on_the_nights_that_clocks_change(day: str) -> None:
    every_day = Calendar(zone=BERLIN, days=frozenset(range(7)))
    assert between(every_day, berlin(f"{day} 00:00"), berlin(f"{day} 23:59")) == hours(8)


@pytest.mark.parametrize(("evening", "length"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-11-16", 8)])
def test_a_night_shift_is_as_long_as_the_night_was(evening: str, length: int) -> None:
    start = berlin(f"{evening} 12:00")
    assert between(NIGHT_SHIFT, start, start + timedelta(days=1)) == hours(length)


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-16", 24)])
def test_a_whole_day_is_as_long_as_the_day_was(day: str, length: int) -> None:
    start = berlin(f"{day} 00:00")
    end = in_utc(date.fromisoformat(day) + timedelta(days=1), time(0), BERLIN)
    assert between(ROUND_THE_CLOCK, start, end) == hours(length)


def test_the_hour_that_comes_twice_counts_twice_for_whoever_works_through_it() -> None:
    start = berlin("2026-10-25 01:00")
    assert add(ROUND_THE_CLOCK, start, hours(3)) == berlin("2026-10-25 03:00")


def test_a_night_shift_that_began_yesterday_goes_on_after_midnight() -> None:
    assert is_open(NIGHT_SHIFT, berlin("2026-11-17 03:00"))
    assert add(NIGHT_SHIFT, berlin("2026-11-17 05:00"), hours(2)) == berlin("2026-11-17 23:00")


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    fridays = Calendar(zone=BERLIN, days=frozenset({4}), opens=time(22), closes=time(6))
    assert is_open(fridays, berlin("2026-11-21 05:59"))
    assert not is_open(fridays, berlin("2026-11-22 01:00"))


def test_an_opening_time_that_the_clocks_skip_is_the_same_time_after_the_jump() -> None:
    early = Calendar(zone=BERLIN, days=frozenset(range(7)), opens=time(2, 30), closes=time(10))
    assert next_open(early, berlin("2026-03-29 00:00")) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_day_that_opens_in_the_skipped_hour_and_closes_before_it_opened_has_no_time() -> None:
    short = Calendar(zone=BERLIN, days=frozenset(range(7)), opens=time(2, 30), closes=time(3, 15))
    assert between(short, berlin("2026-03-29 00:00"), berlin("2026-03-29 23:00")) == timedelta()


def test_a_day_that_a_zone_skipped_is_not_worked_twice() -> None:
    apia = ZoneInfo("Pacific/Apia")  # in 2011 it went from 29 to 31 December
    calendar = Calendar(zone=apia, days=frozenset(range(7)))
    start, end = in_utc(date(2011, 12, 29), time(0), apia), in_utc(date(2012, 1, 1), time(0), apia)
    assert between(calendar, start, end) == hours(16)


def test_a_holiday_is_free() -> None:
    calendar = Calendar(zone=BERLIN, holidays={date(2026, 12, 25)})
    assert add(calendar, berlin("2026-12-24 16:00"), hours(2)) == berlin("2026-12-28 10:00")


def test_time_away_is_cut_out_of_the_day_wherever_it_lies() -> None:
    away = (
        Span(start=berlin("2026-11-16 14:00"), end=berlin("2026-11-16 15:00")),
        Span(start=berlin("2026-11-16 08:00"), end=berlin("2026-11-16 10:00")),
        Span(start=berlin("2026-11-16 14:30"), end=berlin("2026-11-16 15:30")),
        Span(start=berlin("2026-11-16 16:00"), end=berlin("2026-11-18 10:00")),
    )
    calendar = Calendar(zone=BERLIN, away=away)
    assert between(calendar, berlin("2026-11-16 00:00"), berlin("2026-11-17 00:00")) == hours(4.5)
    assert add(calendar, berlin("2026-11-16 15:30"), hours(1)) == berlin("2026-11-18 10:30")


def test_a_calendar_without_working_time_is_an_error_and_no_endless_search() -> None:
    with pytest.raises(NoWorkingTimeError, match="no working time in the next ten years"):
        add(Calendar(zone=BERLIN, days=frozenset()), berlin("2026-11-16 09:00"), hours(1))


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        add(OFFICE, datetime(2026, 11, 16, 9), hours(1))  # noqa: DTZ001 - the mistake that this tests


def test_results_are_in_utc_whatever_zone_the_question_came_in() -> None:
    tokyo = datetime(2026, 11, 16, 20, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert add(OFFICE, tokyo, hours(1)).tzinfo is UTC


# Properties.

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
FIRST = datetime(2026, 1, 1, tzinfo=UTC)

moments = st.integers(0, 365 * 24 * 60).map(lambda minutes: FIRST + minutes * MINUTE)
around_a_change_of_clocks = st.tuples(
    st.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]),
    st.integers(-3 * 24 * 60, 3 * 24 * 60),
).map(lambda near: near[0] + near[1] * MINUTE)
starts = moments | around_a_change_of_clocks
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
spans = st.builds(lambda start, minutes: Span(start=start, end=start + minutes * MINUTE), starts, st.integers(1, 5000))
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    opens=times,
    closes=times,
    holidays=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5),
    away=st.lists(spans, max_size=3).map(tuple),
)
work = st.integers(0, 12 * 60).map(
    lambda minutes: minutes * MINUTE
)  # can be done even with a quarter of an hour of work per week


def works_at(calendar: Calendar, at: datetime) -> bool:
    """The simple oracle: true if this person works in this minute."""
    if any(gap.start <= at < gap.end for gap in calendar.away):
        return False
    today = at.astimezone(calendar.zone).date()
    for back in (-1, 0, 1, 2):  # a zone may skip a day, and a shift may have begun the day before
        day = today - timedelta(days=back)
        if day.weekday() not in calendar.days or day in calendar.holidays:
            continue
        last = day + timedelta(days=1) if calendar.closes <= calendar.opens else day
        if in_utc(day, calendar.opens, calendar.zone) <= at < in_utc(last, calendar.closes, calendar.zone):
            return True
    return False


@given(calendar=calendars, start=starts, length=st.integers(0, 3 * 24 * 60))
@settings(max_examples=60)
def test_the_time_between_two_moments_is_the_number_of_minutes_in_which_the_person_works(
    calendar: Calendar, start: datetime, length: int
) -> None:
    counted = sum(works_at(calendar, start + minute * MINUTE) for minute in range(length))
    assert between(calendar, start, start + length * MINUTE) == counted * MINUTE


@given(calendar=calendars, start=starts)
def test_a_person_is_at_work_exactly_in_the_minutes_that_the_calendar_gives(
    calendar: Calendar, start: datetime
) -> None:
    assert is_open(calendar, start) == works_at(calendar, start)


@given(calendar=calendars, start=starts, amount=work)
def test_between_gives_back_what_add_was_given(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    assert between(calendar, start, add(calendar, start, amount)) == amount


@given(calendar=calendars, start=starts, first=work, second=work)
def test_work_in_two_parts_takes_as_long_as_in_one(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    halfway = add(calendar, start, first)
    assert add(calendar, halfway, second) == add(calendar, start, first + second) or second == timedelta()


@given(calendar=calendars, start=starts, lengths=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)))
def test_time_adds_up(calendar: Calendar, start: datetime, lengths: tuple[int, int]) -> None:
    middle = start + lengths[0] * MINUTE
    end = middle + lengths[1] * MINUTE
    assert between(calendar, start, end) == between(calendar, start, middle) + between(calendar, middle, end)


@given(calendar=calendars, start=starts, wait=st.integers(0, 5000), amount=work, more=work)
def test_whoever_starts_later_or_has_more_to_do_is_not_done_earlier(
    calendar: Calendar, start: datetime, wait: int, amount: timedelta, more: timedelta
) -> None:
    assert add(calendar, start, amount) <= add(calendar, start + wait * MINUTE, amount + more)


@given(calendar=calendars, start=starts, amount=work)
def test_work_ends_in_working_time(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    end = add(calendar, start, amount)
    last = end if amount == timedelta() else end - timedelta(microseconds=1)
    assert is_open(calendar, last)
