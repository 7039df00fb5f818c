"""A team at work: the sandbox as Slack, the bot, and four people who hand leads over. Scenarios use it."""

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
from sqlmodel import col, select

from bot.app import Baton
from bot.sandbox import Answer, Message, Person, Sandbox, View
from bot.sandbox.records import Channel
from bot.sandbox.server import PromptServer
from bot.settings import Settings
from jobs.schedule import Job
from models.errors import PersonId
from models.handoffs.queries import HandoffFacts
from models.rules.agreement import Agreement, validate
from models.rules.callers import Caller, PersonKind, program
from models.rules.messages import MessageKind
from models.rules.rows import PromiseRow
from models.storage.tables import Promise
from tests.monday import MONDAY

Transport = Literal["http", "socket"]

# All kinds, for the most important scenarios: `@pytest.mark.parametrize("kind", EVERYWHERE)`.
EVERYWHERE = ("sqlite-http", "sqlite-socket", "postgres-http", "postgres-socket")
# The jobs that a running bot does not run at each tick.
SELDOM = ("audit", "retain")
JANE = 'Jane Doe, Acme, jane@acme.com, source=webinar score=72 "asked for pricing"'


@dataclass(frozen=True, kw_only=True)
class Team:
    """The people, and the channels that they use. Their handles are the same in every scenario."""

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
        """Returns an agreement: Mia flags, Dana and Raj work leads, Olga manages. `parts` replace parts of it."""
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

    def cards(self) -> list[Message]:
        """Returns the cards in the leads channel, in order."""
        bot = self.slack.bot_user_id
        return [one for one in self.slack.messages(self.leads) if one.user == bot and not one.is_reply]

    def card(self, number: int) -> Message:
        """Returns the card of a handoff. Fails unless there is exactly one."""
        found = [one for one in self.cards() if one.text.startswith(f"#{number} ")]
        assert len(found) == 1, f"{len(found)} cards of #{number}"
        return found[0]


def form_of(person: Person) -> View:
    """Returns the form that a person has open. Fails if there is none."""
    assert person.view is not None, "no form is open"
    return person.view


def make_team(slack: Sandbox) -> Team:
    """Makes the four, in a workspace where the bot is in both channels."""
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
    """The clocks of the bot's machine. Its time is Slack's plus `wrong_by`. Its steady clock is `passed` seconds ahead
    of the real one."""

    def __init__(self, slack: Sandbox) -> None:
        self._slack = slack
        self.wrong_by = timedelta()
        self.passed = 0.0

    def now(self) -> datetime:
        return self._slack.clock.now() + self.wrong_by

    def steady(self) -> float:
        return time.monotonic() + self.passed


class World:
    """The team, and a bot in this process behind a real server or a real socket."""

    def __init__(self, team: Team, baton: Baton, machine: Machine, url: str | None) -> None:
        self.team = team
        self.machine = machine
        self.slack = team.slack
        self.baton = baton
        self.url = url
        self._ran: dict[str, datetime] = {}
        self.leads, self.digests = team.leads, team.digests
        self.mia, self.dana, self.raj, self.olga = team.everyone

    # Time.

    @property
    def now(self) -> datetime:
        return self.slack.clock.now()

    def tick(self, *, without: Collection[str] = ()) -> None:
        """Does everything that is due by now, except the jobs in `without`. The audit and the tending of the database
        run as often as in a bot that runs."""
        self.slack.settle()
        for job in self.baton.jobs():
            if job.name not in (*without, "deliver") and (job.name not in SELDOM or self._is_due(job)):
                job.run()
        if "deliver" not in without:
            self.baton.deliverer.settle()

    def _is_due(self, job: Job) -> bool:
        """True if so much time has passed since the job ran, or the time was set back."""
        ran = self._ran.get(job.name)
        if ran is not None and ran <= self.machine.now() < ran + timedelta(seconds=job.every):
            return False
        self._ran[job.name] = self.machine.now()
        return True

    def at(self, moment: datetime) -> None:
        """Sets the time, and does what is due by then."""
        self.slack.clock.set(moment)
        self.tick()

    def later(self, **span: float) -> None:
        """Lets so much time pass at once, such as hours=4. Then does what is due."""
        self.slack.clock.advance(timedelta(**span))
        self.tick()

    def watch(self, *, minutes: int, every: int = 1, without: Collection[str] = ()) -> None:
        """Lets time pass, and runs the clock's jobs after each `every` minutes, except those in `without`."""
        for _ in range(minutes // every):
            self.slack.clock.advance(timedelta(minutes=every))
            self.tick(without=without)

    def day_by_day(self, until: datetime, *, step: timedelta = timedelta(minutes=30)) -> None:
        """Lets time pass in steps, as for a bot that runs."""
        while self.now + step < until:
            self.slack.clock.advance(step)
            self.tick()
        self.at(until)

    # Doing.

    def caller(self, person: Person) -> Caller:
        """Returns that person as a member of the company."""
        return Caller(workspace_id=self.slack.team_id, person=PersonId(person.id), kind=PersonKind.MEMBER)

    @property
    def program(self) -> Caller:
        """A caller who may do and see everything."""
        return program(self.slack.team_id, "file")

    def apply(self, **parts: Any) -> int:
        """Puts an agreement in force. Returns its version."""
        agreement = self.team.agreement(**parts)
        version = self.baton.agreements.apply(agreement, by=self.program, at=self.now)
        self.tick()
        return version

    def flag(
        self, text: str = JANE, *, by: Person | None = None, to: Person | None = None, elsewhere: bool = False
    ) -> int:
        """Flags a lead with a command, in the leads channel or `elsewhere`. Returns its number, when its card is
        shown."""
        who = by or self.mia
        answer = who.command("/mql", f"{text} {to.mention}" if to else text, channel=None if elsewhere else self.leads)
        assert "Flagged as #" in answer.text, answer.text
        self.tick()
        return int(answer.text.split("Flagged as #")[1].split()[0])

    def flag_many(self, count: int, *, to: Person | None = None) -> list[int]:
        """Flags this number of leads. Returns their numbers."""
        return [self.flag(f"Lead {n}, Company {n}, lead{n}@company{n}.com", to=to) for n in range(1, count + 1)]

    def react(self, who: Person, number: int, emoji: str) -> None:
        who.react(self.card(number), emoji)
        self.tick()

    def unreact(self, who: Person, number: int, emoji: str) -> None:
        who.unreact(self.card(number), emoji)
        self.tick()

    def click(self, who: Person, number: int, name: str) -> Answer:
        """Clicks a button of the present card."""
        answer = who.click(self.card(number), name)
        assert answer.ok, answer
        self.tick()
        return answer

    def form(self, who: Person, number: int, name: str) -> View:
        """Clicks a button of the card that opens a form. Returns the form."""
        self.click(who, number, name)
        assert who.view is not None, f"{name} opened no form: {self.told(who)}"
        return who.view

    def command(self, who: Person, command: str, text: str = "") -> str:
        """Uses a command in the leads channel. Returns the answer, which only the person sees."""
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
        """Moves a lead from accepted to won, through the forms."""
        self.form(by, number, "Qualify…")
        by.submit(value=value)
        self.tick()
        self.form(by, number, "Won…")
        by.submit(value=value)
        self.tick()

    def again(self, kind: str) -> None:
        """Has Slack deliver the last command (slash_commands) or interaction (interactive) once more, unchanged."""
        last = self.slack.log.deliveries(kind)[-1]
        assert self.slack.deliver(kind, last.payload).status == 200
        self.tick()

    # Seeing.

    def cards(self) -> list[Message]:
        """Returns the cards in the leads channel, in order."""
        return self.team.cards()

    def card(self, number: int) -> Message:
        """Returns the card of a handoff. Fails unless there is exactly one."""
        return self.team.card(number)

    def dms(self, person: Person) -> list[Message]:
        """Returns the direct messages of the bot to a person."""
        return [one for one in person.direct_messages() if one.user == self.slack.bot_user_id and not one.is_ephemeral]

    def dm(self, person: Person) -> Message:
        """Returns the last direct message of the bot to a person."""
        assert self.dms(person), f"{person.name} was told nothing"
        return self.dms(person)[-1]

    def alarms(self, person: Person) -> list[Message]:
        """Returns those of them that say that something is wrong with the handover itself, or that this is over."""
        return [one for one in self.dms(person) if self._kind(one) == MessageKind.ALARM]

    def _kind(self, shown: Message) -> str | None:
        found = self.baton.queue.message(self.slack.team_id, shown.channel, shown.ts)
        return found and found.kind

    def told(self, person: Person) -> str:
        """Returns the bot's last ephemeral message to this person in the leads channel. Empty if there is none."""
        whispered = self._whispered(person)
        return whispered[-1].plain() if whispered else ""

    def whisper(self, person: Person) -> Message:
        """Returns that ephemeral message, to click on."""
        return self._whispered(person)[-1]

    def _whispered(self, person: Person) -> list[Message]:
        """Returns the ephemeral messages to this person in the leads channel, after the notices that are under way."""
        self.baton.notices.wait()
        return [one for one in person.sees(self.leads) if one.is_ephemeral]

    def digest_messages(self) -> list[Message]:
        bot = self.slack.bot_user_id
        return [one for one in self.slack.messages(self.digests) if one.user == bot and not one.is_reply]

    def handoff(self, number: int) -> HandoffFacts:
        """Returns the recorded facts of a handoff."""
        return self.baton.queries.handoff(number, by=self.program)

    def id_of(self, number: int) -> int:
        """Returns the id of a handoff, which buttons and keys of messages have."""
        return self.handoff(number).handoff.id

    def promises(self, number: int) -> list[PromiseRow]:
        """Returns all recorded promises about a handoff, oldest first."""
        of_it = col(Promise.handoff_id) == self.handoff(number).id
        with self.baton.store.read() as session:
            found = session.exec(select(Promise).where(of_it).order_by(col(Promise.since), col(Promise.id)))
            return [PromiseRow._make(getattr(one, name) for name in PromiseRow._fields) for one in found]

    def moves(self, number: int) -> list[str]:
        """Returns the moves of a handoff, from the ledger."""
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
    """Runs the bot for the block. Yields its address, or None over Socket Mode."""
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
        """Answers the requests under way, and ends. Any thread may call it."""
        self.loop.call_soon_threadsafe(self.ended.set)


@contextmanager
def world(database_url: str, transport: Transport, *, set_up: bool = True) -> Iterator[World]:
    """Yields a world on this database. With `set_up` the team's agreement is in force and everybody's profile is
    known."""
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
