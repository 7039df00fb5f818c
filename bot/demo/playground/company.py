"""A made-up company: its people and channels, its agreement, its Slack, and the bot in it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from bot.demo.facts_client import FactsClient
from bot.demo.program import Program
from bot.demo.scratch import Scratch
from bot.demo.week import last_monday
from bot.manifest import manifest
from bot.sandbox import Person, Sandbox, SandboxClock

ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Role:
    """One of the people that a visitor can be."""

    handle: str
    name: str
    title: str
    city: str
    zone: str


ROLES = (
    Role("mia", "Mia Berg", "Marketer", "Berlin", "Europe/Berlin"),
    Role("dana", "Dana Fox", "Sales rep", "Berlin", "Europe/Berlin"),
    Role("raj", "Raj Mehta", "Sales rep", "London", "Europe/London"),
    Role("olga", "Olga Lind", "Manager", "Berlin", "Europe/Berlin"),
)
# What people say in #general at the start.
SMALL_TALK = (
    ("olga", "Good morning! From today leads are handed over in #leads, with Baton."),
    (
        "mia",
        "Met Ines Roth of Vandelay (ines@vandelay.example) at the fair. She asked for a quote, for a start in May.",
    ),
)


class Company:
    """Runs as long as its `with` block. Its time begins at 9:00 in Berlin on the Monday of last week."""

    def __init__(self) -> None:
        self._scratch = Scratch("baton-playground-")
        folder = self._scratch.folder
        self.monday = last_monday()
        clock = SandboxClock(folder / "clock")
        clock.set(datetime.combine(self.monday, time(9), ZONE).astimezone(UTC))  # before anything gets a time stamp
        app = manifest()
        self.commands: list[dict[str, str]] = app["features"]["slash_commands"]
        self.shortcuts: list[dict[str, str]] = app["features"]["shortcuts"]
        self.slack = Sandbox(clock=clock, bot_scopes=app["oauth_config"]["scopes"]["bot"], rate_limits=False)
        self.slack.subscribe(*app["settings"]["event_subscriptions"]["bot_events"])
        self.people = tuple(
            self.slack.person(role.handle, real_name=role.name, title=role.title, tz=role.zone) for role in ROLES
        )
        self.mia, self.dana, self.raj, self.olga = self.people
        self.general, self.leads, self.numbers = (
            self.slack.channel(name) for name in ("general", "leads", "handoff-numbers")
        )
        self.program = Program(self.slack, folder, agreement=self._agreement(folder))
        self.facts = FactsClient(self.program.database, self.slack.team_id)

    def __enter__(self) -> Self:
        self.slack.start()
        for channel in (self.general, self.leads, self.numbers):
            self.slack.invite(channel, *self.people)
        for person, said in SMALL_TALK:
            self.slack.known_person(person).say(self.general, said)
        self.program.start()
        self.facts.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.program.stop()
        self.slack.stop()
        self.facts.close()
        self._scratch.clear()

    @property
    def now(self) -> datetime:
        """The company's time, timezone-aware, in UTC."""
        return self.slack.clock.now()

    @property
    def connected(self) -> bool:
        """True if the bot runs and listens."""
        return self.program.running and self.slack.sockets > 0

    def name_of(self, identifier: str) -> str:
        """Returns the name of a person or a channel. Returns an unknown id as it is."""
        names = {person.id: person.record.real_name for person in self.people}
        names |= {channel.id: channel.name for channel in self.slack.channels}
        names[self.slack.bot_user_id] = "Baton"
        names["USLACKBOT"] = "Slackbot"
        return names.get(identifier, identifier)

    def role_of(self, person: Person) -> Role:
        return next(role for role in ROLES if role.handle == person.name)

    def _agreement(self, folder: Path) -> Path:
        """Writes what the teams agree on before the page is open. `/baton setup` changes it later."""
        file = folder / "agreement.toml"
        file.write_text(
            f'handoff_channel = "{self.leads.id}"\n'
            f'digest_channel = "{self.numbers.id}"\n'
            f'timezone = "{ZONE.key}"\n'
            "[people]\n"
            f'marketers = ["{self.mia.id}"]\n'
            f'reps = ["{self.dana.id}", "{self.raj.id}"]\n'
            f'managers = ["{self.olga.id}"]\n',
            "utf-8",
        )
        return file
