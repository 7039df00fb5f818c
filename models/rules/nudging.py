"""Who hears about a promise that runs out, when, and in how many messages. Pure: facts in, decision out.

The owner hears at half of the time and when it is over. Those above the owner hear at one and a half. Each of these
steps is said once. From then on a late promise comes up each morning, in one message with all other late promises. A
person gets at most `BUDGET` reminders a day. The more they had, the longer the next one waits, so that it can include
others. A reminder over the budget goes out the next morning, unless a promise in it would be over by then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.rules.worktime import Calendar, between, is_open, next_open, next_opening

# The most reminders to one person in a day of their zone, including the morning's.
BUDGET = 6
# The least time after the first reminder of a day, the second, and each further one. Everything that comes up in this
# time goes out together.
PAUSES = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1))
# The divisor of a promise's length that gives its longest pause.
SHARE_OF_PROMISE = 4


class Step(StrEnum):
    """Why a person hears about a promise now."""

    HALF = "half"
    DUE = "due"
    ABOVE = "above"
    # It was late yesterday, and it still is.
    STILL = "still"


@dataclass(frozen=True, kw_only=True)
class Promised:
    """A promise that runs: `owner` owes it by `due_at`, and those `above` them hear at `above_at`. Everything that came
    up before `unsaid_since` has been said."""

    owner: str
    above: tuple[str, ...] = ()
    half_at: datetime | None = None
    due_at: datetime
    above_at: datetime | None = None
    unsaid_since: datetime


def heard_by(promised: Promised, calendar: Callable[[str], Calendar], *, at: datetime) -> Mapping[str, Step]:
    """Returns who hears about it `at` this moment, and why."""
    steps: dict[str, tuple[datetime | None, datetime | None, Step]]
    steps = {promised.owner: (promised.half_at, promised.due_at, Step.DUE)}
    steps |= {person: (None, promised.above_at, Step.ABOVE) for person in promised.above if person != promised.owner}
    heard = {}
    for person, (half_at, full_at, full) in steps.items():
        if full_at is not None and full_at <= at:
            if full_at >= promised.unsaid_since:
                heard[person] = full
            elif is_open(calendar(person), at) and _opening(calendar(person), promised.unsaid_since) <= at:
                heard[person] = Step.STILL
        elif half_at is not None and promised.unsaid_since <= half_at <= at:
            heard[person] = Step.HALF
    return heard


def next_said(promised: Promised, calendar: Callable[[str], Calendar], *, at: datetime) -> datetime:
    """Returns when to speak of it next, if everything that came up until `at` has been said."""
    steps = [promised.half_at, promised.due_at, promised.above_at if promised.above else None]
    to_come = [step for step in steps if step is not None and step > at]
    late = [promised.owner] if promised.due_at <= at else []
    late += promised.above if promised.above_at is not None and promised.above_at <= at else []
    return min(to_come + [next_opening(calendar(person), at) for person in late])


def when_to_say(calendar: Calendar, *, said: Sequence[datetime], length: timedelta, at: datetime) -> datetime:
    """Returns when the next reminder to a person may go out. `said`: when they had their last reminders, oldest first.
    `length`: the business time of the shortest promise in it."""
    here = calendar.zone
    today = [moment for moment in said if moment.astimezone(here).date() == at.astimezone(here).date()]
    morning = next_opening(calendar, at)
    if len(today) >= BUDGET and between(calendar, at, morning) <= length:
        return morning
    if not said:
        return next_open(calendar, at)
    pause = PAUSES[min(max(len(today), 1), len(PAUSES)) - 1]
    return next_open(calendar, max(at, min(said[-1], at) + min(pause, length / SHARE_OF_PROMISE)))


def _opening(calendar: Calendar, since: datetime) -> datetime:
    """Returns when the person next begins to work, at `since` or later."""
    return next_opening(calendar, since - timedelta(microseconds=1))
