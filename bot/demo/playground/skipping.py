"""Lets time pass. The clock stops at each thing that is due, so that all of it happens, in order."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.demo.playground.company import ZONE, Company
from bot.sandbox import Sandbox

# How long the bot may take for what is due before time goes on, in machine time.
PATIENCE_SECONDS = 10.0
# The time between two looks at what the bot has done, in machine time.
LOOK_SECONDS = 0.05
# How far past a due moment the clock goes.
A_MOMENT = timedelta(seconds=1)
# The calls that show something to people.
SHOWN = ("chat.postMessage", "chat.update", "chat.postEphemeral")


@dataclass(frozen=True)
class Happening:
    """Something that the bot did without being asked."""

    at: datetime
    channel: str
    text: str
    edited: bool


@dataclass(frozen=True)
class Passed:
    """The result of letting time pass: until when, what the bot did, and what is left.

    `before` is how many calls the bot had made when it began. `hindrance` says why the bot could do nothing for a
    while; it is empty if it could. `undone` counts what is due and not done, by kind.
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
    """Returns when the next promise breaks or a manager is to hear of it. None if no handoff is open."""
    return company.facts.next_breach(after=company.now)


def next_morning(company: Company) -> datetime | None:
    """Returns nine o'clock on the next working day."""
    local = company.now.astimezone(ZONE)
    morning = local.replace(hour=9, minute=0, second=0, microsecond=0)
    while morning <= local or morning.weekday() > 4:
        morning += timedelta(days=1)
    return morning


def next_digest(company: Company) -> datetime | None:
    return company.facts.next_digest(after=company.now)


@dataclass(frozen=True)
class Jump:
    """A way to let time pass. The page says `otherwise` if there is no target."""

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
    "No digest is to come: it is due already, or Baton has not read the agreement yet.",
)
JUMPS = (HOUR, BREACH, MORNING, DIGEST)


def skip(company: Company, to: datetime, *, hindrance: Callable[[], str], stop: threading.Event) -> Passed:
    """Lets time pass until `to`. At each thing that the bot has to do, the clock waits until the bot has done it.

    While `hindrance` returns a reason why the bot can do nothing, the clock does not wait; the bot catches up
    afterwards. `stop` ends this early.
    """
    slack, met = company.slack, ""
    before = len(slack.log.calls())
    while True:
        met = _catch_up(company, hindrance, stop) or met
        now = company.now
        if stop.is_set() or now >= to:
            break
        due = None if hindrance() else company.facts.next_due(after=now)
        slack.clock.set(min(to, due + A_MOMENT) if due else to)
    until = company.now
    return Passed(
        before=before,
        until=until,
        stopped=until < to,
        happened=_happened(slack, before),
        hindrance=met,
        undone=company.facts.owed(until),
    )


def followed(passed: Passed, company: Company) -> Passed:
    """Returns the same with what the bot has done by now, if something was left to do."""
    if not passed.undone:
        return passed
    undone = company.facts.owed(company.now)  # asked first, so the calls include what is done
    return replace(passed, happened=_happened(company.slack, passed.before), undone=undone)


def _catch_up(company: Company, hindrance: Callable[[], str], stop: threading.Event) -> str:
    """Waits until everything due is done. Returns the reason if the bot can do nothing, otherwise an empty text. Waits
    at most PATIENCE_SECONDS."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (why := hindrance()) and time.monotonic() < until and company.facts.undone(company.now):
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
