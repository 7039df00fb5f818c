"""Who hears about a promise that runs out, when, and in how many messages. Pure: facts in, decision out.

The steps of its ladder say when the owner hears and when those above the owner do. Each step is said once. From then on
a late promise comes up each morning, in one message with all other late promises. A person gets at most `BUDGET`
reminders a day. The more they had, the longer the next one waits, so that it can include others. A reminder over the
budget goes out the next morning, unless a promise in it would be over by then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from models.errors import PersonId
from models.rules import promises
from models.rules.ladders import Hearer, What
from models.rules.rows import Part, PromiseRow
from models.rules.terms import Terms
from models.rules.worktime import Calendar, between, is_open, next_open, next_opening

# The most reminders to one person in a day of their zone, including the morning's.
BUDGET = 6
# The least time after the first reminder of a day, the second, and each further one. Everything that comes up in this
# time goes out together.
PAUSES = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1))
# The divisor of a promise's length that gives its longest pause.
SHARE_OF_PROMISE = 4
# Promises that do not come up again each morning. Their message stays as it is until it is done.
SAID_ONCE = (What.RECALL, What.RULING)

# The people behind each part of a ladder.
Hearers = Mapping[Hearer, Sequence[PersonId]]


class Why(StrEnum):
    """Why a person hears about a promise now."""

    # It is not due yet.
    BEFORE = "before"
    # It is due, and they owe it.
    DUE = "due"
    # It is due, and another person owes it.
    ABOVE = "above"
    # It was late yesterday, and it still is.
    STILL = "still"


def hearers(promise: PromiseRow, terms: Terms, *, flagged_by: PersonId) -> Hearers:
    """Returns who hears of a promise. Where nobody manages, the person who flagged the lead does instead."""
    managers = terms.managers_here or (flagged_by,)
    owners = (promise.owner,) if promise.owner else managers if promise.part is Part.MANAGERS else ()
    return {Hearer.OWNER: owners, Hearer.MANAGER: tuple(one for one in managers if one not in owners)}


def heard_by(
    promise: PromiseRow, hear: Hearers, calendar: Callable[[PersonId], Calendar], *, at: datetime
) -> Mapping[PersonId, Why]:
    """Returns who hears about it `at` this moment, and why."""
    unsaid_since, heard = promise.next_step_at, {}
    if unsaid_since is None:
        return {}
    for person, moments in _moments(promise, hear):
        passed = [moment for moment in moments if moment <= at]
        if passed and passed[-1] >= unsaid_since:
            owes = person in hear[Hearer.OWNER]
            heard[person] = Why.BEFORE if not _is_due(promise, passed[-1]) else Why.DUE if owes else Why.ABOVE
        elif _comes_again(promise, passed) and _has_opened(calendar(person), since=unsaid_since, at=at):
            heard[person] = Why.STILL
    return heard


def after_saying(
    promise: PromiseRow, hear: Hearers, calendar: Callable[[PersonId], Calendar], *, at: datetime
) -> PromiseRow:
    """Returns the promise after everything that came up until `at` has been said: when to speak of it next and, if it
    is late, that it is broken."""
    ahead = [moment for _, moments in _moments(promise, hear) for moment in moments if moment > at]
    mornings = [
        next_opening(calendar(person), at)
        for person, moments in _moments(promise, hear)
        if _comes_again(promise, [moment for moment in moments if moment <= at])
    ]
    return promises.broken(promise, at=at)._replace(next_step_at=min([*ahead, *mornings], default=None))


def _moments(promise: PromiseRow, hear: Hearers) -> Iterator[tuple[PersonId, list[datetime]]]:
    """Yields each person who hears of it, with the moments of their steps in order."""
    for hearer, people in hear.items():
        moments = [step.at for step in promise.steps if hearer in step.hear]
        yield from ((person, moments) for person in people if moments)


def _is_due(promise: PromiseRow, moment: datetime) -> bool:
    return promise.due_at is not None and promise.due_at <= moment


def _comes_again(promise: PromiseRow, passed: Sequence[datetime]) -> bool:
    """True if a person whose steps have passed has heard that it is late, and hears so again each morning."""
    return promise.what not in SAID_ONCE and any(_is_due(promise, moment) for moment in passed)


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


def _has_opened(calendar: Calendar, *, since: datetime, at: datetime) -> bool:
    """True if the person works `at` this moment, and has begun to at `since` or later."""
    return is_open(calendar, at) and next_opening(calendar, since - timedelta(microseconds=1)) <= at
