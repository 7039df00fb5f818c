"""What is promised about a handoff: by when, how it begins, and how it ends. Pure.

A promise runs until it is kept or released. Being late does not end it. `models/rules/nudging.py` decides who hears of
it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from models.errors import PersonId
from models.rules.ladders import DEFAULT_STEPS, Ladder, What, steps
from models.rules.lifecycle import State
from models.rules.rows import NOT_STORED, HandoffRow, Part, PromiseRow, PromiseState, Release, StepAt
from models.rules.worktime import Calendar, Span, add, add_each, between, in_utc

# What the owner of a handoff promised in each open state.
OWED: Mapping[State, What] = {
    State.OFFERED: What.ANSWER,
    State.ACCEPTED: What.CONTACT,
    State.WORKING: What.OUTCOME,
    State.QUALIFIED: What.CLOSE,
}
# The time for a close whose day has passed already when the lead is handed on.
PASSED_CLOSE = Ladder(within=timedelta(hours=8), steps=steps(What.OUTCOME, DEFAULT_STEPS[What.OUTCOME]))


# How a promise begins.


def within(
    what: What, ladder: Ladder, calendar: Calendar, *, of: HandoffRow, owner: PersonId, at: datetime
) -> PromiseRow:
    """Returns `owner`'s promise to do something within the ladder's business time from `at` on."""
    if ladder.within is None:
        raise ValueError(f"no time was agreed on for {what}")
    works = sorted({ladder.within, *(ladder.moment(one) for one in ladder.steps)})
    moments = dict(zip(works, add_each(calendar, at, works), strict=True))
    due_at = moments[ladder.within]
    ahead = [StepAt(moments[ladder.moment(one)], one.hear) for one in ladder.steps]
    promise = _begun(what, calendar, of, at=at, owner=owner, due_at=due_at, ahead=ahead)
    return promise._replace(promised_seconds=round(ladder.within.total_seconds()))


def until(
    what: What, ladder: Ladder, calendar: Calendar, *, of: HandoffRow, owner: PersonId, due_at: datetime, at: datetime
) -> PromiseRow:
    """Returns `owner`'s promise to do something by `due_at`, or by `at` if that is later."""
    due_at = max(due_at, at)
    ahead = [StepAt(add(calendar, due_at, one.after) if one.after else due_at, one.hear) for one in ladder.steps]
    return _begun(what, calendar, of, at=at, owner=owner, due_at=due_at, ahead=ahead)


def ruling(of: HandoffRow, *, at: datetime) -> PromiseRow:
    """Returns the managers' promise to rule on a contested rejection. No time was agreed on for it."""
    return _begun(What.RULING, None, of, at=at, owner=None, due_at=None, ahead=())._replace(part=Part.MANAGERS)


def end_of_work(calendar: Calendar, day: date) -> datetime:
    """Returns when work ends on that day, in UTC."""
    return in_utc(day, calendar.closes, calendar.zone)


def _begun(
    what: What,
    calendar: Calendar | None,
    of: HandoffRow,
    *,
    at: datetime,
    owner: PersonId | None,
    due_at: datetime | None,
    ahead: Sequence[StepAt],
) -> PromiseRow:
    return PromiseRow(
        id=NOT_STORED,
        workspace_id=of.workspace_id,
        handoff_id=of.id,
        what=what,
        since=at,
        owner=owner,
        hours_of=owner,
        away_until=max((away.end for away in calendar.away), default=None) if calendar else None,
        due_at=due_at,
        first_due_at=due_at,
        steps=tuple(ahead),
        next_step_at=min((one.at for one in ahead), default=None),
    )


# How a promise ends.


def kept(promise: PromiseRow, calendar: Calendar, *, at: datetime) -> PromiseRow:
    """Returns the promise as kept, in time or late. `calendar` is that of `hours_of`."""
    return _ended(promise, at)._replace(
        state=PromiseState.KEPT, kept_at=at, taken_seconds=round(taken(promise, calendar, at=at).total_seconds())
    )


def released(promise: PromiseRow, why: Release, *, at: datetime) -> PromiseRow:
    """Returns the promise as one that nobody owes any more."""
    return _ended(promise, at)._replace(state=PromiseState.RELEASED, released=why)


def undone(promise: PromiseRow, *, at: datetime) -> PromiseRow:
    """Returns the promise as one that was a mistake to make, even if it was kept."""
    return released(promise, Release.UNDONE, at=at)._replace(kept_at=None, taken_seconds=None)


def taken(promise: PromiseRow, calendar: Calendar, *, at: datetime) -> timedelta:
    """Returns the business time since the promise began, without the absence that moved its due time."""
    known = (Span(start=promise.since, end=promise.away_until),) if promise.away_until else ()
    return between(replace(calendar, away=known), promise.since, at)


def broken(promise: PromiseRow, *, at: datetime) -> PromiseRow:
    """Returns the promise as broken if it is due before `at` or then. It runs on."""
    late = promise.due_at is not None and promise.due_at <= at
    return promise._replace(broken_at=promise.due_at) if late else promise


def after(live: Iterable[PromiseRow], changed: Iterable[PromiseRow]) -> tuple[PromiseRow, ...]:
    """Returns the promises that are live after a change."""
    now = {promise.what: promise for promise in live} | {promise.what: promise for promise in changed}
    return tuple(promise for promise in now.values() if promise.is_live)


def _ended(promise: PromiseRow, at: datetime) -> PromiseRow:
    """Returns the promise without further steps. What ends at the very moment when it is due is not late, even if
    Baton has spoken of it at that moment."""
    late = promise.due_at is not None and promise.due_at < at
    return promise._replace(next_step_at=None, broken_at=promise.due_at if late else None)
