"""What the person who owes the next move promised: by when, and when they and their manager are told. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.worktime import Calendar, add, in_utc

REPEAT_AFTER = timedelta(hours=8)
"""Business time between two reminders of a handoff that a manager has heard of and nobody has moved since."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A step that began at `step_at`: reminder (at half of the time), due, and the manager (at one and a half)."""

    step_at: datetime
    remind_at: datetime | None
    due_at: datetime
    escalate_at: datetime

    @property
    def first_nudge_at(self) -> datetime:
        return self.remind_at or self.due_at


def within(calendar: Calendar, start: datetime, hours: float) -> Promise:
    """The promise to do something within so many business hours of `start`."""
    return Promise(
        step_at=start,
        remind_at=add(calendar, start, timedelta(hours=hours / 2)),
        due_at=add(calendar, start, timedelta(hours=hours)),
        escalate_at=add(calendar, start, timedelta(hours=hours * 1.5)),
    )


def by_day(calendar: Calendar, start: datetime, day: date) -> Promise:
    """The promise to do something by the end of work on `day`, or of today if that is later."""
    due = max(in_utc(day, calendar.closes, calendar.zone), start)
    return Promise(step_at=start, remind_at=None, due_at=due, escalate_at=add(calendar, due, REPEAT_AFTER))


def next_nudge(
    calendar: Calendar, *, remind_at: datetime | None, due_at: datetime, escalate_at: datetime, at: datetime
) -> datetime:
    """When to speak again of a handoff of which everything due `at` this moment has been said.

    Steps that passed together (after downtime, say) were said together. Once the manager has heard, it comes up again
    every working day until somebody moves it.
    """
    to_come = [step for step in (remind_at, due_at, escalate_at) if step is not None and step > at]
    return to_come[0] if to_come else add(calendar, at, REPEAT_AFTER)
