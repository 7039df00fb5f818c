"""The checklist: five things to do. Each ticks itself when it is done."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.demo.facts_client import Record
from bot.demo.playground import skipping
from bot.demo.playground.mrkdwn import escaped
from bot.demo.playground.seed import play_a_week
from bot.demo.playground.topbar import let_pass
from bot.demo.playground.widgets import Part, element, in_thread, markup, press, words
from bot.demo.playground.window import Window
from bot.demo.week import Stopped
from bot.sandbox import Person
from bot.sandbox.records import Channel

Offer = tuple[str, Callable[[], Awaitable[object] | object]]
WELCOME = (
    "Baton sees to it that no lead falls between marketing and sales: a marketer hands it over and hears what becomes "
    "of it, a rep takes it or sends it back with a reason. Whoever lets it lie is reminded, then the manager hears, "
    "and once a week all three read the same numbers."
)
LEADS = (
    '/mql Jane Doe, Acme, jane@acme.example, source=webinar score=72 "asked for pricing"',
    "/mql Bob Ray, Globex, bob@globex.example, +49 30 000000, source=trade-fair",
    '/mql Cid Lee, Initech, cid@initech.example, source=webinar "downloaded the price list twice"',
)


@dataclass(frozen=True)
class Step:
    """One thing to do. `told` explains it. The guide says `learned` when it is done."""

    name: str
    role: str
    told: str
    learned: str


STEPS = (
    Step(
        "Flag a lead",
        "Marketer",
        "Mia met somebody who may buy. She hands the lead over in one line, or with a form: /mql alone opens it.",
        "Baton looked for duplicates, chose the rep with the least to do, and started a clock.",
    ),
    Step(
        "Accept it",
        "Sales rep",
        "The card says whose turn it is. As that rep press Accept, or react with ✅.",
        "The lead has an owner now, only one, and Mia was told. The next clock runs: the first contact.",
    ),
    Step(
        "Send one back",
        "Sales rep",
        "Not every lead is good. Flag another one as Mia; then, as its rep, press Reject… and say why.",
        "Every reason says what becomes of the lead, and Mia can fix it or contest it. No lead just vanishes.",
    ),
    Step(
        "Forget one",
        "Manager",
        "Flag one more, and do nothing. Skip to the next breach: the rep is reminded, then Olga. Read it as her.",
        "At half of the time a reminder, at the whole another, at one and a half the manager: nobody is late unheard.",
    ),
    Step(
        "Read the digest",
        "Manager",
        "Every Monday both teams read the same numbers. Skip to the digest, and open it in #handoff-numbers.",
        "That is all of it: marketing flags, sales answers, managers hear in time, and once a week all look back.",
    ),
)


@dataclass(frozen=True)
class Facts:
    person: str
    done: tuple[bool, ...]
    open: tuple[Record, ...]
    manager_told: bool
    digest_there: bool
    untouched: bool
    skipping: bool


class Guide(Part[Facts]):
    def __init__(self, window: Window, write: Callable[[str], None]) -> None:
        super().__init__("div", "guide")
        self.window = window
        self._write = write

    def look(self) -> Facts:
        window, desk, company = self.window, self.window.desk, self.window.company
        handoffs = company.facts.handoffs()
        moves = company.facts.moves(since=desk.begun)
        told = company.facts.reminder(company.olga.id, since=desk.begun)
        digest = company.facts.digest(since=desk.begun)
        return Facts(
            person=window.person.id,
            done=(
                "flag" in moves,
                "accept" in moves,
                "reject" in moves,
                told is not None and self._read(company.olga.dm) > told,
                digest is not None and self._read(company.numbers) > digest,
            ),
            open=tuple(one for one in handoffs if one.state == "offered"),
            manager_told=told is not None,
            digest_there=digest is not None,
            untouched=not handoffs,
            skipping=bool(desk.skipping),
        )

    def _read(self, place: Channel) -> str:
        """Returns the ts until which anybody has read a place. One reader is enough, because everybody sees a channel's
        messages."""
        return max((at for (_, read), at in self.window.desk.read.items() if read == place.id), default="")

    def draw(self, facts: Facts) -> None:
        done = sum(facts.done)
        words("Five minutes with Baton", "panel-title", tag="h2")
        if not done:
            words(WELCOME, "told")
        words(f"{done} of {len(STEPS)} done", "progress", role="status")
        with element("ol", "steps"):
            current = next((at for at, is_done in enumerate(facts.done) if not is_done), None)
            for position, (step, is_done) in enumerate(zip(STEPS, facts.done, strict=True)):
                newest = is_done and current in (None, position + 1)
                self._step(position, step, is_done, facts, current=position == current, newest=newest)
        if current is None:
            words("You have seen it all. README.md, “Connect a real workspace”, takes ten minutes.", "learned")
        if facts.untouched and not facts.skipping:
            press(
                "Start with a week of history instead", self._seed, "link", title="Plays a team's week, in ten seconds"
            )

    def _step(self, position: int, step: Step, is_done: bool, facts: Facts, *, current: bool, newest: bool) -> None:
        css = "step done" if is_done else "step current" if current else "step"
        with element("li", css, **({"aria_current": "step"} if current else {})):
            mark = "✓" if is_done else str(position + 1)
            said = '<span class="sr-only">done: </span>' if is_done else ""
            markup(
                f'<i class="mark" aria-hidden="true">{mark}</i>{said}<b>{escaped(step.name)}</b>'
                f"<small>{escaped(step.role)}</small>",
                "step-name",
            )
            if newest:
                words(step.learned, "learned")
            elif current:
                words(step.told, "told")
                with element("div", "offers"):
                    for label, act in self._offers(position, facts):
                        press(escaped(label), act, "kit")

    def _offers(self, position: int, facts: Facts) -> list[Offer]:
        """Returns the buttons that help with a step, with what each does."""
        window, company = self.window, self.window.company
        flag: Offer = ("Be Mia and flag one", lambda: self._flag(position))
        match position:
            case 0:
                return [flag]
            case 1 | 2:
                return [self._owner(facts.open[0])] if facts.open else [flag]
            case 3 if facts.manager_told:
                return [("Be Olga and read it", lambda: self._be(company.olga, company.olga.dm))]
            case 3:
                skip: Offer = ("Skip to the next breach", partial(let_pass, window, skipping.BREACH))
                return [skip] if facts.open else [flag]
            case _:
                if facts.digest_there:
                    return [("Be Olga and read it", lambda: self._be(company.olga, company.numbers))]
                return [("Skip to the digest", partial(let_pass, window, skipping.DIGEST))]

    def _owner(self, record: Record) -> Offer:
        owner = next((one for one in self.window.company.people if one.id == record.owner), self.window.person)
        first = self.window.company.role_of(owner).name.split()[0]
        return f"Be {first}, whose turn it is", lambda: self._be(owner, self.window.company.leads)

    async def _be(self, person: Person, place: Channel) -> None:
        window = self.window
        window.home, window.place = False, place
        await window.become(person)
        window.look_at_conversation()

    async def _flag(self, position: int) -> None:
        company = self.window.company
        await self._be(company.mia, company.leads)
        self._write(LEADS[min(max(position - 1, 0), len(LEADS) - 1)])

    async def _seed(self) -> None:
        desk = self.window.desk
        desk.skipping, desk.stop = "Playing a week…", (stop := threading.Event())
        desk.refresh()
        try:
            await in_thread(lambda: play_a_week(desk.company, stop))
        except Stopped as stopped:
            self.window.say(f"The week stopped: {stopped}.")
            if not stop.is_set():
                raise  # so that the terminal shows where it stopped
        finally:
            stop.set()  # if the page ends first
            desk.skipping, desk.stop = "", None
        desk.begun = desk.company.now
        desk.refresh()
