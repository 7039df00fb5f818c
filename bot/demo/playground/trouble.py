"""Trouble on demand, and whether anything was lost in it."""

from collections import Counter
from dataclasses import dataclass
from functools import partial

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from bot.demo.playground.company import Company
from bot.demo.playground.widgets import Part, element, in_thread, listed, many, markup, press, words
from bot.demo.playground.window import Window
from bot.sandbox import DeliveryFault, Fault
from bot.sandbox.faults import Faults
from bot.sandbox.screen import Message

# The kinds of trouble, each with its label and its explanation.
SWITCHES = {
    "limit": ("Slack says “too fast”", "Every call is refused with 429, as when a workspace is busy."),
    "down": ("Slack is down", "Every call fails with 503; what people do still reaches Baton."),
    "doubled": ("Everything arrives twice", "Slack delivers each click, command and event twice at once."),
    "unsure": ("Answers get lost", "Slack does what it was asked, but the connection breaks before it says so."),
}


def put_in_force(faults: Faults, on: frozenset[str]) -> None:
    """Plans the trouble of these switches, and no other."""
    faults.clear()
    if "down" in on:
        faults.add(None, Fault.server_error(503), times=None)
    if "limit" in on:
        faults.add(None, Fault.rate_limited(1), times=None)
    if "unsure" in on:
        faults.add("chat.postMessage", Fault.drop_after(), times=None)
    if "doubled" in on:
        faults.add_delivery(DeliveryFault.duplicate(), times=None)


@dataclass(frozen=True, kw_only=True)
class Count:
    """Shows that nothing is lost. `without`, `once` and `several` are how many handoffs have no card in Slack, one, or
    more. `owed` is what Baton still has to do, by kind. `given_up` is how many messages it will not try again."""

    without: int
    once: int
    several: int
    owed: dict[str, int]
    given_up: int

    @property
    def all_is_well(self) -> bool:
        return not (self.without or self.several or self.owed or self.given_up)


def counted(company: Company) -> Count:
    """Returns how many of the cards that the bot's records want are in Slack, and what Baton still has to do."""
    facts, slack = company.facts, company.slack
    cards = facts.cards()
    seen = Counter(
        _token(message) for lane in {card.lane for card in cards} if lane for message in slack.messages(lane)
    )
    copies = Counter(min(seen[card.token], 2) if card.token else 0 for card in cards)
    return Count(
        without=copies[0],
        once=copies[1],
        several=copies[2],
        owed=facts.owed(company.now),
        given_up=facts.given_up(),
    )


def _token(message: Message) -> str | None:
    """Returns the token that Baton puts on each message that it posts, or None."""
    payload = (message.metadata or {}).get("event_payload", {})
    return str(payload["token"]) if "token" in payload else None


@dataclass(frozen=True)
class Facts:
    running: bool
    connected: bool
    on: frozenset[str]
    count: Count


class Trouble(Part[Facts]):
    def __init__(self, window: Window) -> None:
        super().__init__("div", "trouble")
        self.window = window

    def look(self) -> Facts:
        desk, company = self.window.desk, self.window.company
        return Facts(company.program.running, company.connected, desk.trouble, counted(company))

    def draw(self, facts: Facts) -> None:
        words("Try to lose a lead", "panel-title", tag="h2")
        words("Break what you like while leads are under way. Then look for a missing one.", "told")
        with element("div", "card"):
            self._count(facts.count)
        with element("div", "card"):
            state = "runs" if facts.connected else "is starting" if facts.running else "is down"
            markup(f'<b>Baton <span class="{"well" if facts.connected else "ill"}">{state}</span></b>')
            if facts.running:
                press("Kill Baton", self._kill, "kit danger", title="SIGKILL: as when the power goes")
            else:
                press("Start Baton", self._start, "kit primary")
        with element("div", "card"):
            for name, (label, told) in SWITCHES.items():
                switch = ui.switch(label, value=name in facts.on, on_change=partial(self._turn, name))
                switch.tooltip(told)
                words(told, "hint")

    def _count(self, count: Count) -> None:
        if count.given_up:
            words(f"{count.given_up} messages were given up: baton doctor --revive sends them", "ill")
        if count.several:
            told = "A lead is shown twice"
        else:
            told = "Nothing is lost" if count.all_is_well else "Baton still has something to do"
        leads = count.without + count.once + count.several
        left = f"Still to be done: {listed(count.owed)}." if count.owed else "Nothing is left to be done."
        markup(
            f'<b class="{"well" if count.all_is_well else "ill"}">{told}</b><p>{many(leads, "lead")} in the ledger: '
            f"{count.once} with one card in Slack, {count.without} with none, {count.several} with more. {left}</p>",
            role="status",
        )

    async def _kill(self) -> None:
        await in_thread(self.window.company.program.kill)
        self.window.desk.refresh()

    def _start(self) -> None:
        self.window.company.program.start()
        self.window.desk.refresh()

    def _turn(self, name: str, event: ValueChangeEventArguments[bool]) -> None:
        desk = self.window.desk
        desk.trouble = desk.trouble | {name} if event.value else desk.trouble - {name}
        put_in_force(self.window.company.slack.faults, desk.trouble)
        desk.refresh()
