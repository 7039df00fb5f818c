"""What the person who owes the next move promised: by when, and when they and their manager hear about it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.rules.worktime import Calendar, add, in_utc

# Business time between two reminders of a handoff, after a manager has heard about it and until somebody moves it.
REPEAT_AFTER = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A step that began at `step_at`. `remind_at` is at half of the time, `due_at` is the deadline, and the manager
    hears at `escalate_at`, at one and a half."""

    step_at: datetime
    remind_at: datetime | None
    due_at: datetime
    escalate_at: datetime

    @property
    def first_nudge_at(self) -> datetime:
        return self.remind_at or self.due_at


def within(calendar: Calendar, start: datetime, hours: float) -> Promise:
    """Returns the promise to do something within this many business hours of `start`."""
    return Promise(
        step_at=start,
        remind_at=add(calendar, start, timedelta(hours=hours / 2)),
        due_at=add(calendar, start, timedelta(hours=hours)),
        escalate_at=add(calendar, start, timedelta(hours=hours * 1.5)),
    )


def by_day(calendar: Calendar, start: datetime, day: date) -> Promise:
    """Returns the promise to do something by the end of work on `day`, or by `start` if that is later."""
    due = max(in_utc(day, calendar.closes, calendar.zone), start)
    return Promise(step_at=start, remind_at=None, due_at=due, escalate_at=add(calendar, due, REPEAT_AFTER))


def next_nudge(
    calendar: Calendar, *, remind_at: datetime | None, due_at: datetime, escalate_at: datetime, at: datetime
) -> datetime:
    """Returns when to speak again of a handoff, if everything due `at` this moment has been said.

    Steps that passed together (after downtime, for example) were said together. After the manager has heard, the
    handoff comes up again every working day until somebody moves it.
    """
    to_come = [step for step in (remind_at, due_at, escalate_at) if step is not None and step > at]
    return to_come[0] if to_come else add(calendar, at, REPEAT_AFTER)
