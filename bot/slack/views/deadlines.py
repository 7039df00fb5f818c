"""By when something is promised, in words. Once that is over: that it is late, and by how much working time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.slack.text import when
from models.handoffs.listed import Listed
from models.rules.agreement import Agreement
from models.rules.lifecycle import State
from models.rules.terms import Terms
from models.rules.worktime import between


class NextStep(NamedTuple):
    """The words for what is asked of a handoff's owner: before a time, once it is late, and above their message."""

    before: str
    late: str
    yours: str


# What is asked in each open state. By when: `OWED` in models/rules/promises.py.
ASKED: Mapping[State, NextStep] = {
    State.OFFERED: NextStep("accept", "an answer", "A lead for you:"),
    State.ACCEPTED: NextStep("first contact", "first contact", "Yours to contact:"),
    State.WORKING: NextStep("qualify or disqualify", "a decision", "Yours to qualify:"),
    State.QUALIFIED: NextStep("close", "the close", "Yours to close:"),
}


def is_late(one: Listed, now: datetime) -> bool:
    return one.due_at is not None and one.due_at <= now


def by_when(one: Listed, terms: Terms, now: datetime) -> str:
    """Returns “accept by 14:00”, or “an answer was due yesterday 16:00 (3 h late)”. Each reader sees the times in their
    own zone."""
    if one.due_at is None:
        return one.handoff.state
    asked = ASKED[one.handoff.state]
    if not is_late(one, now):
        return f"{asked.before} by {when(one.due_at)}"
    return f"{asked.late} {was_due(one.due_at, one.handoff.owner, terms, now)}"


def was_due(due: datetime, owner: str | None, terms: Terms, now: datetime) -> str:
    """Returns “was due yesterday 16:00 (3 h late)”, in the working time of the `owner`."""
    return f"was due {when(due)} ({lateness(due, owner, terms, now)})"


def lateness(due: datetime, owner: str | None, terms: Terms, now: datetime) -> str:
    """Returns “3 h late”, in the working time of the `owner`."""
    over = between(terms.calendar(owner, at=now), due, now)
    return f"{work(over, terms.agreement)} late" if over >= timedelta(minutes=1) else "late"


def time_left(due: datetime, owner: str | None, terms: Terms, now: datetime) -> str:
    """Returns “3 h left”, in the working time of the `owner`."""
    return f"{work(between(terms.calendar(owner, at=now), now, due), terms.agreement)} left"


def work(length: timedelta, agreement: Agreement) -> str:
    """Returns an amount of working time, rounded: 40 min, 3 h, 4 working days."""
    minutes = round(length.total_seconds() / 60)
    opens, closes = agreement.working.opens, agreement.working.closes
    day = (closes.hour * 60 + closes.minute - opens.hour * 60 - opens.minute) % 1440 or 1440
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 2 * day:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest and hours < 3 else f"{round(minutes / 60)} h"
    return f"{round(minutes / day)} working days"


def on_the_phone(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Returns a time for a notification, in the zone of its reader: 14:00, yesterday 16:00, Tue 17 Nov 9:00."""
    there, today = moment.astimezone(zone), now.astimezone(zone).date()
    time = f"{there.hour}:{there:%M}"
    match (there.date() - today).days:
        case 0:
            return time
        case -1:
            return f"yesterday {time}"
        case 1:
            return f"tomorrow {time}"
        case _:
            return f"{there:%a} {there.day} {there:%b} {time}"
