"""A team at work: the sandbox as Slack, the bot, and four people who hand leads over. A scenario plays them."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import uvicorn

from bot.app import Baton
from bot.sandbox import Answer, Message, Person, Sandbox, View
from bot.sandbox.records import Channel
from bot.sandbox.server import PromptServer
from bot.settings import Settings
from models.errors import PersonId
from models.handoffs.queries import HandoffFacts
from models.rules.agreement import Agreement, validate
from models.rules.callers import Caller, PersonKind, program
from tests.monday import MONDAY

Transport = Literal["http", "socket"]

# For flagships: `@pytest.mark.parametrize("kind", EVERYWHERE)`.
EVERYWHERE = ("sqlite-http", "sqlite-socket", "postgres-http", "postgres-socket")
JANE = 'Jane Doe, Acme, jane@acme.com, source=webinar score=72 "asked for pricing"'


@dataclass(frozen=True, kw_only=True)
class Team:
    """Who is there, and the channels they use. The handles are the same in every scenario."""

    slack: Sandbox
    leads: Channel
    digests: Channel
    mia: Person
    dana: Person
    raj: Person
    olga: Person

    @property
    def everyone(self) -> tuple[Person, ...]:
        return self.mia, self.dana, self.raj, self.olga

    def agreement(self, **parts: Any) -> Agreement:
        """Mia flags, dana and raj work leads, olga manages; what is given in `parts` is agreed otherwise."""
        document: dict[str, Any] = {
            "handoff_channel": self.leads.id,
            "digest_channel": self.digests.id,
            "timezone": "Europe/Berlin",
            "people": {
                "marketers": [self.mia.id],
                "reps": [self.dana.id, self.raj.id],
                "managers": [self.olga.id],
            },
        }
        return validate(document | parts)


def make_team(slack: Sandbox) -> Team:
    """The four, in a workspace where the bot is in both channels."""
    leads, digests = slack.channel("leads"), slack.channel("handoff-digest")
    team = Team(
        slack=slack,
        leads=leads,
        digests=digests,
        mia=slack.person("mia", tz="Europe/Berlin"),
        dana=slack.person("dana", tz="Europe/Berlin"),
        raj=slack.person("raj", tz="Europe/London"),
        olga=slack.person("olga", tz="Europe/Berlin"),
    )
    for channel in (leads, digests):
        slack.invite_bot(channel)
        slack.invite(channel, *team.everyone)
    return team


class Machine:
    """The time of the machine that the bot runs on: Slack's, unless it is `wrong_by` so much. By the steady clock so
    many seconds have `passed` besides those that have."""

    def __init__(self, slack: Sandbox) -> None:
        self._slack = slack
        self.wrong_by = timedelta()
        self.passed = 0.0

    def now(self) -> datetime:
        return self._slack.clock.now() + self.wrong_by

    def steady(self) -> float:
        return time.monotonic() + self.passed


class World:
    """The team and a bot in this process, behind a real server or a real socket."""

    def __init__(self, team: Team, baton: Baton, machine: Machine, url: str | None) -> None:
        self.team = team
        self.machine = machine
        self.slack = team.slack
        self.baton = baton
        self.url = url
        self.leads, self.digests = team.leads, team.digests
        self.mia, self.dana, self.raj, self.olga = team.everyone

    # Time.

    @property
    def now(self) -> datetime:
        return self.slack.clock.now()

    def tick(self) -> None:
        """Let everything happen that is due by now."""
        self.slack.settle()
        self.baton.tick()

    def at(self, moment: datetime) -> None:
        """Make it that time, and let happen what is due by then."""
        self.slack.clock.set(moment)
        self.tick()

    def later(self, **span: float) -> None:
        """Let so much time pass at once (hours=4), and then what is due happen."""
        self.slack.clock.advance(timedelta(**span))
        self.tick()

    def watch(self, *, minutes: int, every: int = 1, without: Collection[str] = ()) -> None:
        """Let the clock run, ticking `every` so many minutes, but for the jobs `without` which it has to do."""
        for _ in range(minutes // every):
            self.slack.clock.advance(timedelta(minutes=every))
            self.slack.settle()
            for job in self.baton.jobs():
                if job.name not in (*without, "deliver"):
                    job.run()
            if "deliver" not in without:
                self.baton.deliverer.settle()

    def day_by_day(self, until: datetime, *, step: timedelta = timedelta(minutes=30)) -> None:
        """Let time pass in steps, as it does for a bot that runs."""
        while self.now + step < until:
            self.slack.clock.advance(step)
            self.tick()
        self.at(until)

    # Doing.

    def caller(self, person: Person) -> Caller:
        """That person, a member of the company."""
        return Caller(workspace_id=self.slack.team_id, person=PersonId(person.id), kind=PersonKind.MEMBER)

    @property
    def program(self) -> Caller:
        """Who may do and see everything."""
        return program(self.slack.team_id, "file")

    def apply(self, **parts: Any) -> int:
        """Put an agreement in force; its version."""
        agreement = self.team.agreement(**parts)
        version = self.baton.agreements.apply(agreement, by=self.program, at=self.now)
        self.tick()
        return version

    def flag(
        self, text: str = JANE, *, by: Person | None = None, to: Person | None = None, elsewhere: bool = False
    ) -> int:
        """Flag a lead with a command, in the leads channel or `elsewhere`; its number. Its card is shown when this
        returns."""
        who = by or self.mia
        answer = who.command("/mql", f"{text} {to.mention}" if to else text, channel=None if elsewhere else self.leads)
        assert "Flagged as #" in answer.text, answer.text
        self.tick()
        return int(answer.text.split("Flagged as #")[1].split()[0])

    def flag_many(self, count: int, *, to: Person | None = None) -> list[int]:
        """Flag so many leads."""
        return [self.flag(f"Lead {n}, Company {n}, lead{n}@company{n}.com", to=to) for n in range(1, count + 1)]

    def react(self, who: Person, number: int, emoji: str) -> None:
        who.react(self.card(number), emoji)
        self.tick()

    def unreact(self, who: Person, number: int, emoji: str) -> None:
        who.unreact(self.card(number), emoji)
        self.tick()

    def click(self, who: Person, number: int, name: str) -> Answer:
        """Click a button of the card as it is now."""
        answer = who.click(self.card(number), name)
        assert answer.ok, answer
        self.tick()
        return answer

    def form(self, who: Person, number: int, name: str) -> View:
        """Click a button of the card that opens a form."""
        self.click(who, number, name)
        assert who.view is not None, f"{name} opened no form: {self.told(who)}"
        return who.view

    def command(self, who: Person, command: str, text: str = "") -> str:
        """Use a command in the leads channel; what the person alone sees."""
        answer = who.command(command, text, channel=self.leads)
        assert answer.ok, answer
        assert answer.response_type in (None, "ephemeral")
        self.tick()
        return answer.text

    def accept(self, number: int, *, by: Person | None = None) -> None:
        said = self.command(by or self.dana, "/accept", str(number))
        assert "is yours" in said, said

    def reject(self, number: int, reason: str = "bad_data", note: str = "no such number", *, by: Person) -> None:
        said = self.command(by, "/reject", f"{number} {reason} {note}")
        assert "is rejected" in said, said

    def won(self, number: int, *, by: Person, value: str = "12,000") -> None:
        """From accepted to won, through the forms."""
        self.form(by, number, "Qualify…")
        by.submit(value=value)
        self.tick()
        self.form(by, number, "Won…")
        by.submit(value=value)
        self.tick()

    def again(self, kind: str) -> None:
        """Let Slack deliver the last command (slash_commands) or interaction (interactive) once more, as it was."""
        last = self.slack.log.deliveries(kind)[-1]
        assert self.slack.deliver(kind, last.payload).status == 200
        self.tick()

    # Seeing.

    def cards(self) -> list[Message]:
        """The cards in the leads channel, in order."""
        bot = self.slack.bot_user_id
        return [one for one in self.slack.messages(self.leads) if one.user == bot and not one.is_reply]

    def card(self, number: int) -> Message:
        """The card of a handoff: there is one, and never a second."""
        found = [one for one in self.cards() if one.text.startswith(f"#{number} ")]
        assert len(found) == 1, f"{len(found)} cards of #{number}"
        return found[0]

    def dms(self, person: Person) -> list[Message]:
        """The direct messages that the bot wrote to a person."""
        return [one for one in person.direct_messages() if one.user == self.slack.bot_user_id and not one.is_ephemeral]

    def dm(self, person: Person) -> Message:
        """The last of them."""
        assert self.dms(person), f"{person.name} was told nothing"
        return self.dms(person)[-1]

    def told(self, person: Person) -> str:
        """What the bot last told this person alone in the leads channel; empty if nothing."""
        whispered = [one for one in person.sees(self.leads) if one.is_ephemeral]
        return whispered[-1].plain() if whispered else ""

    def whisper(self, person: Person) -> Message:
        """The same as a message, to click on."""
        return [one for one in person.sees(self.leads) if one.is_ephemeral][-1]

    def digest_messages(self) -> list[Message]:
        bot = self.slack.bot_user_id
        return [one for one in self.slack.messages(self.digests) if one.user == bot and not one.is_reply]

    def handoff(self, number: int) -> HandoffFacts:
        """What is written down of a handoff."""
        return self.baton.queries.handoff(number, by=self.program)

    def moves(self, number: int) -> list[str]:
        """What happened to a handoff, by the ledger."""
        return [entry.move for entry in self.handoff(number).history]


def settings(slack: Sandbox, database_url: str, transport: Transport) -> Settings:
    return Settings(
        slack_bot_token=slack.bot_token,
        slack_app_token=slack.app_token if transport == "socket" else "",
        slack_signing_secret=slack.signing_secret,
        slack_api_url=slack.api_url,
        database_url=database_url,
        baton_post_interval_seconds=0,
        _env_file=None,
    )


@contextmanager
def served(slack: Sandbox, baton: Baton, transport: Transport) -> Iterator[str | None]:
    """Run the bot until the end of the block; its address, if Slack speaks to it over HTTP."""
    baton.installation.identify()
    if transport == "socket":
        baton.start()
        slack.wait_for(lambda: slack.sockets)
        try:
            yield None
        finally:
            slack.settle()
            baton.stop()
        return
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listening = threading.Event()
    server = Announced(uvicorn.Config(baton.web_app(), log_config=None, access_log=False), listening.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    assert listening.wait(10)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    slack.deliver_to(f"{address}/slack/events")
    try:
        yield address
    finally:
        slack.settle()
        server.end()
        thread.join()
        listener.close()


class Announced(PromptServer):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self._announce()

    def end(self) -> None:
        """From any thread: answer what is under way, and end."""
        self.loop.call_soon_threadsafe(self.ended.set)


@contextmanager
def world(database_url: str, transport: Transport, *, set_up: bool = True) -> Iterator[World]:
    """A world on this database. With `set_up` the team's agreement is in force, and everybody's profile known."""
    with ExitStack() as stack:
        slack = stack.enter_context(Sandbox(rate_limits=False))
        slack.clock.set(MONDAY)
        team = make_team(slack)
        machine = Machine(slack)
        baton = Baton(
            settings(slack, database_url, transport), clock_inside=False, clock=machine, steady=machine.steady
        )
        baton.prepare()
        url = stack.enter_context(served(slack, baton, transport))
        made = World(team, baton, machine, url)
        if set_up:
            made.apply()
        yield made
