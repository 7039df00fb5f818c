"""`baton demo-week` plays a team's week through Slack's protocol, against the whole bot.

The sandbox is Slack. The bot is the real program in a process of its own (Socket Mode, SQLite in a temporary folder).
The demo moves the clock of both. It shows what came over the protocol.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from bot.demo.facts_client import FactsClient
from bot.demo.program import Program
from bot.demo.scratch import Scratch
from bot.sandbox import Message, Person, Sandbox, SandboxClock, render

ZONE = "Europe/Berlin"
# How long the bot may take for anything. On a busy machine its start alone takes half a minute.
PATIENCE_SECONDS = 120.0
# Baton says this if it could not save what somebody did, or does not know yet whether it could.
ASKED_AGAIN = "do it again"
# The time between two looks at the bot's records.
LOOK_SECONDS = 0.02
# How late a play may notice that it is to end.
END_SECONDS = 0.5
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Stopped(Exception):  # noqa: N818 - the play ends here
    """The demo can't go on."""


class Stage:
    """The sandbox, the people, and the terminal that shows it all. `pause` is in seconds, after each scene's title. The
    play stops soon after `end` is set."""

    def __init__(
        self, slack: Sandbox, facts: FactsClient, console: Console, pause: float, *, end: threading.Event | None = None
    ) -> None:
        self.slack = slack
        self._end = end or threading.Event()
        self._facts = facts
        self._console = console
        self._pause = pause
        self._shown: dict[tuple[str, str, str], list[str]] = {}
        self.monday = last_monday()
        self.leads = slack.channel("leads")
        self.numbers = slack.channel("handoff-numbers")
        self.mia, self.dana, self.raj, self.olga = (slack.person(name) for name in ("mia", "dana", "raj", "olga"))

    def scene(self, day: int, at: str, words: str) -> None:
        """Moves the clock to this day of the week (0 is Monday, 7 the next one) and time, and says what happens now."""
        hour, minute = at.split(":")
        local = datetime.combine(self.monday + timedelta(days=day), clock_time(int(hour), int(minute)), ZoneInfo(ZONE))
        self.slack.clock.set(local.astimezone(UTC))
        self._console.print()
        self._console.print(f"[bold]── {DAYS[day % 7]} {at}[/]  [italic]{words}[/]", highlight=False)
        time.sleep(self._pause)

    def later(self, minutes: int) -> None:
        """Lets some time pass within a scene."""
        self.slack.clock.advance(timedelta(minutes=minutes))

    def act(self, person: Person, words: str) -> None:
        """Shows what somebody does."""
        self._console.print(f"[bold cyan]@{person.name}[/] {escape(words)}", highlight=False)

    def say(self, words: str) -> None:
        """Shows what the bot answered in a form."""
        self._console.print(f"  [green]│[/] {escape(render.readable(words, self._name, ZONE))}", highlight=False)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Waits until `condition` is true. `what` says what did not happen if it stays false. Raises Stopped."""
        for _ in self._tries(what):
            with suppress(TimeoutError):
                self.slack.wait_for(condition, timeout=END_SECONDS)
                return

    def _tries(self, what: str) -> Iterator[None]:
        """Goes on for PATIENCE_SECONDS. Raises Stopped then, or when the play is to end."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if self._end.is_set():
                raise Stopped("somebody ended it")
            yield
        raise Stopped(f"waited too long for {what}")

    def flag(self, person: Person, text: str) -> int:
        """Flags a lead in one line. Returns its number when its card is there. Raises Stopped."""
        self.act(person, f"/mql {text}")
        number = _number(self.command(person, "/mql", text))
        self.until(self.card_says(number, "Waiting for"), f"the card of #{number}")
        return number

    def command(self, person: Person, command: str, text: str) -> str:
        """Uses a command. Returns what Baton says. Uses it again if Baton could not answer in time and asks for
        that. Raises Stopped."""
        for _ in self._tries(f"an answer to {command}"):
            answer = person.command(command, text, channel=self.leads)
            if answer.ok and ASKED_AGAIN not in answer.text:
                break
        return answer.text

    def form(self, person: Person, ask: Callable[[], object], what: str) -> None:
        """Opens a form. Calls `ask` again if Baton was too late. Raises Stopped."""
        for _ in self._tries(f"{what} to open a form for @{person.name}"):
            if person.view is not None:
                break
            ask()

    @staticmethod
    def submit(person: Person, **values: object) -> str:
        """Submits the open form. Returns what it says afterwards, and closes it."""
        person.submit(values)
        said = person.view.plain() if person.view is not None else ""
        if person.view is not None:
            person.close(all_of_them=True)
        return said

    def newest(self, name: str) -> int:
        """Returns the number of this lead's last handoff in the bot's records, or 0 if there is none."""
        return next((one.number for one in self._facts.handoffs() if one.name == name), 0)

    def card(self, number: int) -> Message:
        """Returns the card of this handoff when the bot's records have its place. Raises Stopped.

        Time jumps here. If a card is no longer new and its place is not recorded, the bot takes a reaction on it as one
        on somebody else's message.
        """
        card = self._card(number)
        if card is None:
            raise Stopped(f"there is no card of #{number}")
        for _ in self._tries(f"the card of #{number} to be written down"):
            if self._facts.about(self.leads.id, card.ts) == number:
                break
            time.sleep(LOOK_SECONDS)
        return card

    def _card(self, number: int) -> Message | None:
        """Finds the card by its number. The name is not enough, because a lead that comes back has several cards."""
        posted = [one for one in self.slack.messages(self.leads) if one.bot_id and not one.is_reply]
        return next((one for one in posted if one.text.startswith(f"#{number} ")), None)

    def card_says(self, number: int, words: str) -> Callable[[], bool]:
        """Returns a condition for `until`: the card of this handoff is there and contains these words."""

        def there() -> bool:
            card = self._card(number)
            return card is not None and words in card.plain()

        return there

    def was_told(self, person: Person, number: int, words: str) -> Callable[[], bool]:
        """Returns a condition for `until`: a direct message to this person is about this handoff and contains these
        words."""
        return lambda: bool(_about(person.direct_messages(), number, words))

    def show_card(self, number: int) -> None:
        self._show("#leads", self.card(number))

    def show_whisper(self, person: Person, number: int) -> Message:
        """Shows and returns the last message about this handoff that only this person sees in the channel. Raises
        Stopped."""

        def whispers() -> list[Message]:
            return _about([one for one in person.sees(self.leads) if one.is_ephemeral], number)

        self.until(whispers, f"@{person.name} to be told of #{number}")
        told = whispers()[-1]
        self._show(f"#leads, only for @{person.name}", told)
        return told

    def show_message(self, person: Person, number: int, words: str) -> Message:
        """Waits for a direct message to this person about this handoff with these words. Shows and returns the newest.
        Raises Stopped."""
        self.until(self.was_told(person, number, words), f"@{person.name} to be told of #{number}: {words}")
        told = _about(person.direct_messages(), number, words)[-1]
        self._show(f"to @{person.name}", told)
        return told

    def show_channel(self, channel_messages: list[Message], where: str) -> None:
        for one in channel_messages:
            self._show(where, one)

    def _show(self, where: str, message: Message) -> None:
        """Shows a message as it looks. If it was shown before, shows only the lines that changed."""
        lines = render.message(message, self._name, ZONE).splitlines()[1:]
        key = (where, message.channel, message.ts)
        before = self._shown.get(key, [])
        self._shown[key] = lines
        fresh = [line for line in lines if line not in before]
        self._console.print(f"  [dim]{'edited' if before else 'Baton'} {escape(where)}[/]", highlight=False)
        for line in fresh:
            self._console.print(f"  [green]│[/] {escape(line.strip().replace('*', ''))}", highlight=False)

    def _name(self, identifier: str) -> str:
        names = {person.id: person.name for person in self.slack.people}
        names |= {channel.id: channel.name for channel in self.slack.channels}
        return names.get(identifier, identifier)


def last_monday() -> date:
    """Returns the Monday of last week in UTC. A week that begins there, and the Monday after it, are not in the
    future."""
    return date.fromisocalendar(*datetime.now(UTC).isocalendar()[:2], 1) - timedelta(weeks=1)


def play(console: Console, *, pause: float) -> int:
    """Plays the week. Returns 0 if everything happened as it should, otherwise shows the end of the bot's log and
    returns 1."""
    started = time.monotonic()
    with Scratch("baton-demo-") as scratch:
        clock = SandboxClock(scratch.folder / "clock")
        clock.set(datetime.combine(last_monday(), clock_time(), UTC))  # before anything has a time stamp
        with Sandbox(clock=clock, rate_limits=False) as slack:
            console.print("Starting a Slack of your own and the bot, both on this machine only …")
            with Program(slack, scratch.folder) as bot, FactsClient(bot.database, slack.team_id) as facts:
                stage = Stage(slack, facts, console, pause)
                try:
                    _connected(stage, bot)
                    play_week(stage)
                except Stopped as stopped:
                    console.print(f"\n[red]The demo stopped: {stopped}.[/] The end of the bot's log:")
                    console.print(escape(bot.last_words()))
                    return 1
    console.print()
    console.print(f"That was a week in {time.monotonic() - started:.0f} seconds. What to try next:")
    console.print("  make demo                          play the parts yourself, in the browser", highlight=False)
    console.print("  make test                          the whole suite, on SQLite and on Postgres", highlight=False)
    console.print("  .venv/bin/baton agreement show --defaults    what a team can agree on", highlight=False)
    console.print("  README.md, “Connect a real workspace”     ten minutes to your own Slack", highlight=False)
    return 0


def _connected(stage: Stage, bot: Program) -> None:
    """Waits until the bot listens. Raises Stopped, at once if the bot has ended."""
    stage.until(lambda: stage.slack.sockets > 0 or not bot.running, "the bot to connect")
    if not bot.running:
        raise Stopped("the bot has ended")


def play_week(stage: Stage) -> None:
    """Plays everything from the set-up to the digest. Raises Stopped."""
    _set_up(stage)
    jane = _two_reps_at_once(stage)
    bob = _sent_back_and_fixed(stage)
    for number, name in ((jane, "Jane Doe"), (bob, "Bob Ray")):
        _worked(stage, number, name)
    _forgotten(stage)
    _outcomes(stage, jane)
    _digest(stage)


def _set_up(stage: Stage) -> None:
    for person in (stage.mia, stage.dana, stage.raj, stage.olga):
        person.join(stage.leads)
    stage.scene(0, "09:05", "The manager sets Baton up where leads are to be handed over.")
    stage.act(stage.olga, "/baton setup   (a form: who flags, who sells, who manages, what was promised)")
    stage.form(stage.olga, lambda: stage.command(stage.olga, "/baton", "setup"), "/baton setup")
    said = stage.submit(
        stage.olga,
        digest_channel=stage.numbers.id,
        marketers=[stage.mia.id],
        reps=[stage.dana.id, stage.raj.id],
        managers=[stage.olga.id],
        timezone=ZONE,
    )
    for line in said.splitlines():
        stage.say(line)


def _two_reps_at_once(stage: Stage) -> int:
    """Returns the number of Jane's handoff."""
    stage.scene(0, "09:15", "Marketing flags a lead in one line. Its card appears, and somebody owes the next move.")
    text = 'Jane Doe, Acme, jane@acme.com, source=webinar score=72 "asked for pricing, wants to start in June"'
    jane = stage.flag(stage.mia, text)
    stage.show_card(jane)
    stage.scene(0, "09:40", "Two reps accept in the same moment. Exactly one gets it, the other is told who.")
    card = stage.card(jane)
    stage.act(stage.dana, "clicks [Accept]")
    stage.act(stage.raj, "clicks [Accept]")
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda rep: rep.click(card, "Accept", stale=True), (stage.dana, stage.raj)))
    stage.until(stage.card_says(jane, "has it"), "Jane to be accepted")
    stage.show_card(jane)
    winner = _owner(stage, jane)
    stage.show_whisper(stage.raj if winner is stage.dana else stage.dana, jane)
    stage.show_message(stage.mia, jane, "accepted")
    stage.act(winner, "reacts with ⭐ on the card: great lead")
    winner.react(stage.card(jane), "star")
    stage.until(stage.card_says(jane, "great lead"), "the feedback")
    stage.show_card(jane)
    return jane


def _sent_back_and_fixed(stage: Stage) -> int:
    """Returns the number of Bob's second handoff."""
    stage.scene(0, "11:00", "A lead with a wrong number goes back with a reason, and marketing hears at once.")
    bob = stage.flag(stage.mia, "Bob Ray, Globex, bob@globex.com, +49 30 000000, source=trade-fair")
    stage.later(25)
    words = f"{bob} bad_data the number does not exist"
    stage.act(stage.raj, f"/reject {words}")
    stage.command(stage.raj, "/reject", words)
    rejected = stage.show_message(stage.mia, bob, "rejected")
    stage.later(50)
    stage.act(stage.mia, "clicks [Fix…], corrects the number, flags it again")
    stage.form(stage.mia, lambda: stage.mia.click(rejected, "Fix…"), "Fix…")
    stage.submit(stage.mia, phone="+49 30 123456")
    stage.until(lambda: stage.newest("Bob Ray") > bob, "Bob to be flagged again")
    again = stage.newest("Bob Ray")
    stage.until(stage.card_says(again, "Waiting for"), "Bob's second card")
    stage.act(stage.raj, "reacts with ✅ on the new card: accept")
    stage.raj.react(stage.card(again), "white_check_mark")
    stage.until(stage.card_says(again, "has it"), "Bob to be accepted")
    stage.show_card(again)
    return again


def _worked(stage: Stage, number: int, name: str) -> None:
    stage.later(45)
    owner = _owner(stage, number)
    stage.act(owner, f"clicks [Log contact] for {name}")
    owner.click(stage.card(number), "Log contact")
    stage.until(stage.card_says(number, "is working it"), f"{name} to be worked")


def _forgotten(stage: Stage) -> None:
    stage.scene(1, "09:00", "A lead comes in, and this time everybody is busy.")
    text = 'Cid Lee, Initech, cid@initech.com, source=webinar "downloaded the price list twice"'
    cid = stage.flag(stage.mia, text)
    stage.show_card(cid)
    owner = _owner(stage, cid)
    stage.until(stage.was_told(owner, cid, "A lead for you"), "the message to the new owner")
    stage.scene(1, "11:00", "Half of the promised time has passed: a reminder, in a direct message.")
    stage.show_message(owner, cid, "One lead waits for you")
    stage.scene(1, "13:01", "The promise is broken. Only the one who gave it hears so.")
    stage.show_message(owner, cid, "was due")
    stage.scene(1, "15:01", "One and a half times the promise: now the manager knows too.")
    stage.show_message(stage.olga, cid, "somebody else's is late")
    other = stage.raj if owner is stage.dana else stage.dana
    stage.act(other, f"/accept {cid} I take it")
    stage.command(other, "/accept", f"{cid} I take it")
    stage.until(stage.card_says(cid, f"{other.mention} has it"), "Cid to be accepted")
    stage.show_card(cid)


def _outcomes(stage: Stage, jane: int) -> None:
    owner = _owner(stage, jane)
    stage.scene(2, "10:30", "The first lead turns into an opportunity.")
    stage.act(owner, "clicks [Qualify…]: 12,000 €, expected to close on Friday")
    stage.form(owner, lambda: owner.click(stage.card(jane), "Qualify…"), "Qualify…")
    stage.submit(owner, value="12,000", expected_close=(stage.monday + timedelta(days=4)).isoformat())
    stage.until(stage.card_says(jane, "Qualified by"), "Jane to be qualified")
    stage.scene(3, "10:00", "Not every lead is ready. A reaction is enough to say no; the reason is asked for.")
    dora = stage.flag(stage.mia, "Dora Poe, Hooli, dora@hooli.com, source=trade-fair")
    stage.later(35)
    stage.act(stage.raj, "reacts with ❌, and is asked why")
    stage.raj.react(stage.card(dora), "x")
    asked = stage.show_whisper(stage.raj, dora)
    stage.form(stage.raj, lambda: stage.raj.click(asked, "Reject…"), "Reject…")
    stage.act(stage.raj, "chooses “Timing”: budget is frozen until spring")
    stage.submit(stage.raj, reason="not_now", note="budget is frozen until spring")
    stage.until(stage.card_says(dora, "in nurture until"), "Dora to be in nurture")
    stage.show_card(dora)
    stage.scene(4, "16:00", "And the first one is won.")
    stage.act(owner, "clicks [Won…]")
    stage.form(owner, lambda: owner.click(stage.card(jane), "Won…"), "Won…")
    stage.submit(owner)
    stage.until(stage.card_says(jane, "from flag to close"), "Jane to be won")
    stage.show_card(jane)


def _digest(stage: Stage) -> None:
    stage.scene(7, "09:00", "Both teams read the same numbers.")
    stage.until(lambda: len(_digests(stage)) > 0, "the digest")
    stage.show_channel(_digests(stage)[:1], "#handoff-numbers")


def _digests(stage: Stage) -> list[Message]:
    return [one for one in stage.slack.messages(stage.numbers) if "Handoffs, week" in one.plain()]


def _about(messages: list[Message], number: int, words: str = "") -> list[Message]:
    """Returns the messages that are about this handoff and contain these words."""
    named = re.compile(rf"#{number}\b")
    return [one for one in messages if named.search(one.plain()) and words in one.plain()]


def _number(said: str) -> int:
    """Returns the number of the lead that Baton says is flagged, now or by an earlier attempt. Raises Stopped."""
    found = re.search(r"(?:Flagged as|is already) #(\d+)", said)
    if found is None:
        raise Stopped(f"a lead was not flagged: {said or 'no answer'}")
    return int(found[1])


def _owner(stage: Stage, number: int) -> Person:
    """Returns the rep who has this lead, as its card says."""
    text = stage.card(number).plain()
    status = next(line for line in text.splitlines() if line.startswith("*"))
    return next(rep for rep in (stage.dana, stage.raj) if rep.mention in status)
