"""People who play: marketers flag leads and reps work them, each in all the ways that Slack has. They record what they
were told. The oracle decides whether it was true."""

import random
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event

from bot.sandbox import Answer, DeliveryFault, Message, Person, Sandbox
from bot.sandbox.errors import Impossible, Refusal
from bot.sandbox.records import Channel, Json
from bot.sandbox.screen import message_as_shown
from models.rules.agreement import DEFAULT_EMOJI, FEEDBACK, Agreement, validate
from models.rules.lifecycle import RULES, Move

# How often Slack delivers one request. One of these is chosen at random, so mostly once.
COPIES = (1, 1, 1, 2, 4)
# The share of confirmed clicks that are taken back.
UNDONE = 0.3
OPINIONS = [emoji for emoji, meaning in DEFAULT_EMOJI.items() if meaning in FEEDBACK]
# The longest time between two acts of a person, in seconds.
LONGEST_THOUGHT = 0.1
# Seconds that a person waits for a word after a click. One that was done is told after it is answered, unless the
# process dies before.
LONGEST_SILENCE = 5


class Told(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    # No answer, or one that says neither. The move may have happened or not.
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody tried, and what they were told. A flag is about an e-mail address, a move about a handoff's
    number."""

    who: str
    move: Move
    about: str
    told: Told
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What somebody typed in the thread of the message at `to`. `ts` is its own place."""

    who: str
    to: str
    ts: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Company:
    """The company's people and its channel."""

    slack: Sandbox
    leads: Channel
    marketers: list[Person]
    reps: list[Person]

    def agreement(self) -> Agreement:
        people = {"marketers": [one.id for one in self.marketers], "reps": [one.id for one in self.reps]}
        return validate({"handoff_channel": self.leads.id, "timezone": "Europe/Berlin", "people": people})


def make_company(slack: Sandbox, *, marketers: int = 2, reps: int = 4) -> Company:
    leads = slack.channel("leads")
    company = Company(
        slack=slack,
        leads=leads,
        marketers=[slack.person(f"marketer-{n}") for n in range(marketers)],
        reps=[slack.person(f"rep-{n}") for n in range(reps)],
    )
    slack.invite_bot(leads)
    slack.invite(leads, *company.marketers, *company.reps)
    return company


class Player:
    """One person, who does one thing after another. `acts` has what they tried and were told, `replies` what they
    said."""

    def __init__(self, company: Company, person: Person, seed: str, *, copies: Sequence[int] = COPIES) -> None:
        self.company = company
        self.person = person
        self.random = random.Random(f"{seed}-{person.name}")
        self.copies = copies
        self.acts: list[Act] = []
        self.replies: list[Reply] = []

    def note(self, move: Move, about: object, told: Told, words: str = "") -> Told:
        self.acts.append(Act(who=self.person.id, move=move, about=str(about), told=told, words=words))
        return told


class Marketer(Player):
    """Flags leads."""

    def flag(self, n: int) -> Told:
        """Flags lead number n once."""
        email = f"lead{n}@company{n}.com"
        text = f'Lead {n}, Company {n}, {email}, source=webinar "asked for pricing"'
        answer = self.person.command(
            "/mql", text, channel=self.company.leads, duplicates=self.random.choice(self.copies)
        )
        if "Flagged as #" in answer.text:
            return self.note(Move.FLAG, email, Told.DONE, answer.text)
        refused = " is already #" in answer.text
        return self.note(Move.FLAG, email, Told.REFUSED if refused else Told.NOTHING, answer.text)

    def flag_until_told(self, n: int) -> None:
        """Flags lead number n again and again until an answer says where it is."""
        while self.flag(n) is Told.NOTHING:
            time.sleep(self.random.uniform(0, LONGEST_THOUGHT))  # as a person waits before the next try


class Rep(Player):
    """Works leads: takes a message of the bot and uses it, or types a number. The message may be old when the rep acts.
    Slack may deliver the act several times, late, or again much later."""

    def __init__(self, company: Company, person: Person, seed: str, *, copies: Sequence[int] = COPIES) -> None:
        super().__init__(company, person, seed, copies=copies)
        self._sent: list[tuple[str, Json]] = []
        self._ways: list[Callable[[Message, str], None]] = [
            self.command_accept,
            self.command_accept,
            self.command_reject,
            self.click,
            self.click,
            self.click,
            self.form,
            self.form,
            self.react,
            self.rate,
            self.comment,
            self.echo,
        ]

    def act(self) -> None:
        """Does one thing, chosen at random."""
        seen = self._look()
        if seen is None:
            return
        number = re.search(r"#(\d+)", seen.text)
        assert number is not None, f"a message about no lead: {seen.text}"
        way = self.random.choice(self._ways)
        try:
            way(seen, number[1])
        except (Impossible, Refusal):
            return  # the button or the form was gone, or the reaction was already there

    def accept_until_told(self, number: int) -> None:
        """Asks for a lead until an answer says whose it is."""
        while self._command(Move.ACCEPT, "/accept", str(number), str(number), done="is yours") is Told.NOTHING:
            time.sleep(self.random.uniform(0, LONGEST_THOUGHT))  # as a person waits before the next try

    def command_accept(self, _seen: Message, number: str) -> None:
        self._command(Move.ACCEPT, "/accept", number, number, done="is yours")

    def command_reject(self, _seen: Message, number: str) -> None:
        self._command(Move.REJECT, "/reject", number, f"{number} bad_data no such number", done="is rejected")

    def click(self, seen: Message, number: str) -> None:
        buttons = {"Accept": Move.ACCEPT, "Log contact": Move.CONTACT}
        there = [name for name in seen.buttons if name in buttons]
        if not there:
            return
        name = self.random.choice(there)
        whispered = self._whispered(seen)
        copies = self.random.choice(self.copies)
        answer = self._sends(self.person.click(seen, name, stale=True, duplicates=copies))
        heard = self._heard(seen, answer, len(whispered))
        confirmed = [words for words in heard if words.endswith("\nUndo") and f"#{number} " in words]
        refusals = [words for words in heard if _refuses(buttons[name], number, words)]
        if confirmed:
            self.note(buttons[name], number, Told.DONE, confirmed[-1])
            if self.random.random() < UNDONE:
                self.undo(seen, number)
        elif refusals:
            self.note(buttons[name], number, Told.REFUSED, "\n".join(refusals))
        else:  # no message means done, unless there were several copies: one may have been told something else
            done = answer.ok and not heard and copies == 1
            self.note(buttons[name], number, Told.DONE if done else Told.NOTHING)

    def undo(self, seen: Message, number: str) -> None:
        """Takes back what was confirmed last."""
        whispered = self._whispered(seen)
        answer = self._sends(
            self.person.click(
                self._confirmed(seen, number), "Undo", stale=True, duplicates=self.random.choice(self.copies)
            )
        )
        heard = [words for words in self._heard(seen, answer, len(whispered)) if f"#{number}" in words]
        done = any(words.startswith("Taken back") for words in heard)
        self.note(Move.UNDO, number, Told.DONE if done else Told.NOTHING, "\n".join(heard))

    def form(self, seen: Message, number: str) -> None:
        forms: dict[str, tuple[Move, dict[str, str]]] = {
            "Reject…": (Move.REJECT, {"reason": "bad_data", "note": "no such number"}),
            "Return…": (Move.RETURN, {"note": "not mine"}),
            "Qualify…": (Move.QUALIFY, {"value": "12,000"}),
            "Won…": (Move.WIN, {"value": "12,000"}),
        }
        there = [name for name in seen.buttons if name in forms]
        if not there:
            return
        if self.person.view is not None:
            self.person.close(all_of_them=True)
        move, values = forms[name := self.random.choice(there)]
        self.person.click(seen, name, stale=True)
        copies = self.random.choice(self.copies)
        answer = self._sends(self.person.submit(values, duplicates=copies))
        said = str(answer.body or "")
        if answer.ok and not said and copies == 1:
            self.note(move, number, Told.DONE)
        else:
            self.note(move, number, Told.REFUSED if f"#{number}" in said else Told.NOTHING, said)

    def react(self, seen: Message, number: str) -> None:
        """Reacts. The bot answers a reaction only if it can't be done."""
        emoji, move = self.random.choice([("white_check_mark", Move.ACCEPT), ("telephone_receiver", Move.CONTACT)])
        self._troubled("reaction_added")
        self.note(move, number, Told.NOTHING)
        self.person.react(seen, emoji)

    def rate(self, seen: Message, _number: str) -> None:
        """Gives feedback, and sometimes takes it back. The last one counts, in whatever order Slack delivers them."""
        emoji = self.random.choice(OPINIONS)
        self._troubled("reaction_added")
        self.person.react(seen, emoji)
        if self.random.random() < 0.3:
            self._troubled("reaction_removed")
            self.person.unreact(seen, emoji)

    def comment(self, seen: Message, number: str) -> None:
        words = f"any news of #{number}? <b>50 % & more</b>, I ask for time {len(self.replies)}"
        self._troubled("message")
        said = self.person.say(seen.channel, words, thread=seen)
        self.replies.append(Reply(who=self.person.id, to=seen.ts, ts=said.ts, words=words))

    def _troubled(self, event: str) -> None:
        """The next event of that type arrives four times, late, or normally."""
        fault = self.random.choice([None, DeliveryFault.duplicate(4), DeliveryFault.hold()])
        if fault is not None:
            self.company.slack.faults.add_delivery(fault, event=event)

    def echo(self, _seen: Message, _number: str) -> None:
        """Slack delivers an old request once more, or what it held back, in reverse order."""
        if self._sent and self.random.random() < 0.5:
            kind, payload = self.random.choice(self._sent)
            self.company.slack.deliver(kind, payload)
        else:
            self.company.slack.faults.release(reverse=True)

    def _command(self, move: Move, command: str, number: str, text: str, *, done: str) -> Told:
        copies = self.random.choice(self.copies)
        said = self._sends(self.person.command(command, text, channel=self.company.leads, duplicates=copies)).text
        if done in said:
            return self.note(move, number, Told.DONE, said)
        # A refusal names the lead. A failure does not.
        return self.note(move, number, Told.REFUSED if f"#{number}" in said else Told.NOTHING, said)

    def _sends(self, answer: Answer) -> Answer:
        self._sent += [(one.kind, one.payload) for one in answer.deliveries[:1]]
        return answer

    def _look(self) -> Message | None:
        """Returns any message of the bot about a lead, in the channel or to this person. None if there is none."""
        slack, place = self.company.slack, self.random.choice([self.company.leads, self.company.leads, self.person.dm])
        with slack.workspace.changed:
            bots = [one for one in place.messages if one.user == slack.bot_user_id and re.search(r"#\d", one.text)]
            return message_as_shown(self.random.choice(bots)) if bots else None

    def _confirmed(self, seen: Message, number: str) -> Message:
        """Returns the last confirmation about this lead. Later ones may be about another lead."""
        return next(one for one in reversed(self._told_aside(seen)) if f"#{number} " in one.plain())

    def _heard(self, seen: Message, answer: Answer, before: int) -> list[str]:
        """Returns what this person was told after a click, beyond the `before` that they were told already."""
        if answer.ok:
            with suppress(TimeoutError):
                self.company.slack.wait_for(lambda: len(self._whispered(seen)) > before, LONGEST_SILENCE)
        return self._whispered(seen)[before:]

    def _whispered(self, seen: Message) -> list[str]:
        return [one.plain() for one in self._told_aside(seen)]

    def _told_aside(self, seen: Message) -> list[Message]:
        """Returns the ephemeral messages of the bot to this person in the channel of `seen`, oldest first."""
        place = self.company.slack.workspace.channels[seen.channel]
        with self.company.slack.workspace.changed:
            own = [one for one in place.ephemerals if one.ephemeral_to == self.person.id]
        return [message_as_shown(one) for one in own]


def _refuses(move: Move, number: str, words: str) -> bool:
    """True if these words are about this move of that lead, and not about an earlier click whose copy came late."""
    named = re.search(rf"#{number} can't be ([\w ]+):", words)
    return f"#{number}" in words and (named is None or named[1] == RULES[move].participle)


@dataclass
class Crowd:
    """The company at work, each person in a thread, until `enough` is set."""

    company: Company
    seed: str
    enough: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.marketers = [Marketer(self.company, one, self.seed) for one in self.company.marketers]
        self.reps = [Rep(self.company, one, self.seed) for one in self.company.reps]
        self._pool = ThreadPoolExecutor(len(self.marketers) + len(self.reps), thread_name_prefix="crowd")
        self._playing: list[Future[None]] = []

    @property
    def acts(self) -> list[Act]:
        return [act for player in (*self.marketers, *self.reps) for act in player.acts]

    @property
    def replies(self) -> list[Reply]:
        return [reply for player in self.reps for reply in player.replies]

    def __enter__(self) -> "Crowd":
        self._playing = [self._pool.submit(self._flag, at, player) for at, player in enumerate(self.marketers)]
        self._playing += [self._pool.submit(self._work, player) for player in self.reps]
        return self

    def __exit__(self, *_error: object) -> None:
        """Lets everybody finish what they do. Raises what failed in their threads."""
        self.enough.set()
        self._pool.shutdown()
        for playing in self._playing:
            playing.result()

    def _flag(self, at: int, player: Marketer) -> None:
        n = at
        while not self.enough.wait(player.random.uniform(0, LONGEST_THOUGHT)):
            player.flag_until_told(n)
            n += len(self.marketers)

    def _work(self, player: Rep) -> None:
        while not self.enough.wait(player.random.uniform(0, LONGEST_THOUGHT)):
            player.act()
