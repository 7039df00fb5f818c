"""Business time: how much of a person's working time lies between two moments, and when a given amount of it will have
passed.

Pure. All moments are timezone-aware. Results are in UTC. The code takes each working day in local time and converts it
to UTC on its own, so a change of the clocks at night costs or gives nothing: a day from 9 to 17 has eight hours on
every date.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

# How far ahead the code looks for working time. A calendar without any in ten years is a mistake in the agreement.
HORIZON = timedelta(days=10 * 366)
# How many moments of local time a process keeps in UTC: two a day and zone, for some weeks of a few dozen zones.
DAYS_KEPT = 4096

_DAY = timedelta(days=1)


class NoWorkingTimeError(ValueError):
    """This calendar has no working time in the next ten years: its days, holidays or time away leave none."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Span(NamedTuple):
    """From `start` (included) to `end` (excluded), both timezone-aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When one person works: on which weekdays (Monday is 0), from which local time to which, in which zone, and when
    not.

    `closes` at or before `opens` means the next day: 22:00 to 06:00 is a night shift, and 00:00 to 00:00 is a whole
    day.
    """

    zone: ZoneInfo
    days: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(17)
    holidays: Container[date] = frozenset()
    away: tuple[Span, ...] = ()


def add(calendar: Calendar, start: datetime, work: timedelta) -> datetime:
    """Returns the moment, in UTC, at which `work` of business time has passed since `start`. For zero work: the next
    moment of working time.

    Raises NoWorkingTimeError.
    """
    [moment] = add_each(calendar, start, [work])
    return moment


def add_each(calendar: Calendar, start: datetime, works: Sequence[timedelta]) -> list[datetime]:
    """Returns the same for each of these times, which ascend, on one way through the calendar."""
    moments: list[datetime] = []
    passed = timedelta()
    for span in _open_spans(calendar, start):
        length = span.end - span.start
        while len(moments) < len(works) and (left := works[len(moments)] - passed) <= length:
            moments.append(span.start + left)
        if len(moments) == len(works):
            return moments
        passed += length
    raise NoWorkingTimeError


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Returns the business time between the two moments. Zero if `end` is before `start`."""
    total = timedelta()
    for span in _open_spans(calendar, start, until=end):
        total += min(span.end, end) - span.start
    return total


def next_open(calendar: Calendar, at: datetime) -> datetime:
    """Returns `at` if the person works then, otherwise the moment at which they start again, in UTC. Raises
    NoWorkingTimeError."""
    return add(calendar, at, timedelta())


def next_opening(calendar: Calendar, after: datetime) -> datetime:
    """Returns the next moment after `after` at which the person begins to work: in the morning, or after an absence. In
    UTC. Raises NoWorkingTimeError."""
    for span in _open_spans(calendar, after):
        if span.start > after:
            return span.start
    raise NoWorkingTimeError


def is_open(calendar: Calendar, at: datetime) -> bool:
    return next(_open_spans(calendar, at, until=at + timedelta(microseconds=1)), None) is not None


@lru_cache(maxsize=DAYS_KEPT)
def in_utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Returns local time `at` on `day`, in UTC. A time that the clocks skip counts as the same time after the jump. Of
    a time that comes twice, the first counts."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _open_spans(calendar: Calendar, start: datetime, until: datetime | None = None) -> Iterator[Span]:
    """Yields the spans of working time that end after `start` and begin before `until`, in order, in UTC."""
    start = _utc(start)
    until = _utc(until) if until else start + HORIZON
    day = start.astimezone(calendar.zone).date() - timedelta(days=1)  # a night shift may have begun yesterday
    free_from = start
    while (opening := in_utc(day, calendar.opens, calendar.zone)) < until:
        if day.weekday() in calendar.days and day not in calendar.holidays:
            overnight = calendar.closes <= calendar.opens
            closing = in_utc(day + _DAY if overnight else day, calendar.closes, calendar.zone)
            for span in _without(calendar.away, Span(start=max(opening, free_from), end=closing)):
                if span.start < until:
                    yield span
            free_from = max(free_from, closing)
        day += _DAY


def _without(away: tuple[Span, ...], span: Span) -> Iterator[Span]:
    """Yields the parts of `span` outside the times away."""
    if not away:
        if span.start < span.end:
            yield span
        return
    reached = span.start
    for gap in sorted(away, key=lambda gap: gap.start):
        if gap.end <= reached or gap.start >= span.end:
            continue
        if gap.start > reached:
            yield Span(start=reached, end=_utc(gap.start))
        reached = max(reached, _utc(gap.end))
    if reached < span.end:
        yield Span(start=reached, end=span.end)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("business time needs aware moments, got a naive one")
    return moment.astimezone(UTC)
