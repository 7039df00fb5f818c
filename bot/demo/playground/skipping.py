"""Time in the visitor's hands: from one thing that is due to the next, so that all of it happens, and in order."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.demo.playground.company import ZONE, Company
from bot.sandbox import Sandbox

PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.05
A_MOMENT = timedelta(seconds=1)
SHOWN = ("chat.postMessage", "chat.update", "chat.postEphemeral")


@dataclass(frozen=True)
class Happening:
    """Something that the bot did by itself."""

    at: datetime
    channel: str
    text: str
    edited: bool


@dataclass(frozen=True)
class Passed:
    """What came of letting time pass: until when, what the bot did, and what is left.

    `before` is how many calls the bot had made by then; `hindrance` is why it could do nothing for a while, if that
    was so; `undone` counts what was due, by kind.
    """

    before: int
    until: datetime
    stopped: bool
    happened: tuple[Happening, ...]
    hindrance: str
    undone: dict[str, int]


def an_hour(company: Company) -> datetime | None:
    return company.now + timedelta(hours=1)


def next_breach(company: Company) -> datetime | None:
    """The next moment in which a promise breaks or a manager is to hear of it; None if nothing is open."""
    return company.books.next_breach(after=company.now)


def next_morning(company: Company) -> datetime | None:
    """Nine o'clock on the next working day."""
    local = company.now.astimezone(ZONE)
    morning = local.replace(hour=9, minute=0, second=0, microsecond=0)
    while morning <= local or morning.weekday() > 4:
        morning += timedelta(days=1)
    return morning


def next_digest(company: Company) -> datetime | None:
    return company.books.next_digest(after=company.now)


@dataclass(frozen=True)
class Jump:
    """A way to let time pass. `otherwise` is said where there is nothing to pass it to."""

    label: str
    told: str
    target: Callable[[Company], datetime | None]
    otherwise: str = ""


HOUR = Jump("1 hour", "Let an hour pass", an_hour)
BREACH = Jump(
    "Next breach",
    "Let time pass until the next promise breaks",
    next_breach,
    "No promise is running: flag a lead first, or let its owner take it.",
)
MORNING = Jump("Next morning", "Let time pass until nine o'clock on the next working day", next_morning)
DIGEST = Jump(
    "Digest",
    "Let time pass until the weekly digest",
    next_digest,
    "No digest lies ahead: it is due already, or Baton has not read the agreement yet.",
)
JUMPS = (HOUR, BREACH, MORNING, DIGEST)


def skip(company: Company, to: datetime, *, hindrance: Callable[[], str], stop: threading.Event) -> Passed:
    """Let time pass until `to`, pausing whenever the bot has something to do until it has done it.

    While `hindrance` says why it can do nothing, nothing is waited for: it catches up afterwards. `stop` ends it early.
    """
    slack, met = company.slack, ""
    before = len(slack.log.calls())
    while True:
        met = _catch_up(company, hindrance, stop) or met
        now = company.now
        if stop.is_set() or now >= to:
            break
        due = None if hindrance() else company.books.next_due(after=now)
        slack.clock.set(min(to, due + A_MOMENT) if due else to)
    until = company.now
    return Passed(
        before=before,
        until=until,
        stopped=until < to,
        happened=_happened(slack, before),
        hindrance=met,
        undone=company.books.owed(until),
    )


def followed(passed: Passed, company: Company) -> Passed:
    """The same with what the bot has made good by now, as long as something was left to be done."""
    if not passed.undone:
        return passed
    undone = company.books.owed(company.now)  # before the calls: what is done by then is among them
    return replace(passed, happened=_happened(company.slack, passed.before), undone=undone)


def _catch_up(company: Company, hindrance: Callable[[], str], stop: threading.Event) -> str:
    """Wait until what is due is done, or can't be: then it says why. In other trouble time goes on after a while."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (why := hindrance()) and time.monotonic() < until and company.books.undone(company.now):
        if stop.wait(LOOK_SECONDS):
            break
    return why


def _happened(slack: Sandbox, before: int) -> tuple[Happening, ...]:
    done = [call for call in slack.log.calls()[before:] if call.ok and call.method in SHOWN]
    return tuple(_happening(slack, call) for call in done)


def _happening(slack: Sandbox, call: Any) -> Happening:
    said, where = call.arguments, str(call.arguments["channel"])
    people = {person.dm.id: person.id for person in slack.people}
    return Happening(call.at, people.get(where, where), str(said.get("text", "")), call.method == "chat.update")
