"""Time in the visitor's hands: from one thing that is due to the next, so that all of it happens, and in order."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.playground.company import ZONE, Company
from bot.sandbox import Sandbox

PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.05
A_MOMENT = timedelta(seconds=1)
Target = Callable[[Company], datetime | None]
SHOWN = ("chat.postMessage", "chat.update", "chat.postEphemeral")


@dataclass(frozen=True)
class Happening:
    """Something that the bot did by itself."""

    at: datetime
    channel: str
    text: str
    edited: bool


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


def skip(company: Company, to: datetime) -> list[Happening]:
    """Let time pass until `to`, stopping whenever the bot has something to do until it has done it; what it did.

    While the bot does not run, nothing is waited for: it catches up when it is back.
    """
    slack = company.slack
    _catch_up(company)
    before = len(slack.log.calls())
    while (now := company.now) < to:
        due = company.books.next_due(after=now) if company.program.running else None
        slack.clock.set(min(to, due + A_MOMENT) if due else to)
        _catch_up(company)
    return [_happening(slack, call) for call in slack.log.calls()[before:] if call.ok and call.method in SHOWN]


def _catch_up(company: Company) -> None:
    """Wait until what is due is done, as long as somebody does it; in trouble time goes on after a while."""
    until = time.monotonic() + PATIENCE_SECONDS
    while company.program.running and time.monotonic() < until:
        if company.books.has_caught_up(company.now):
            return
        time.sleep(LOOK_SECONDS)


def _happening(slack: Sandbox, call: Any) -> Happening:
    said, where = call.arguments, str(call.arguments["channel"])
    people = {person.dm.id: person.id for person in slack.people}
    return Happening(call.at, people.get(where, where), str(said.get("text", "")), call.method == "chat.update")
