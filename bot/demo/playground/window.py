"""One browser window: who one is in it, where one looks, and what is drawn of that."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from nicegui import ui
from nicegui.client import Client

from bot.demo.playground.company import Company
from bot.demo.playground.mrkdwn import Reader
from bot.demo.playground.skipping import Passed, followed
from bot.demo.playground.widgets import in_thread
from bot.sandbox import Answer, Impossible, Message, Person, Refusal
from bot.sandbox.interactions import TROUBLE
from bot.sandbox.records import Channel

log = logging.getLogger(__name__)
SMALL = 860
"""The width in pixels up to which the style sheet lays the panel over the conversation."""
BUSY_SECONDS = 30.0
"""How long a browser may be busy with other things before it says how wide it is."""
REFUSING = {"limit", "down"}
"""The troubles in which Baton gets nothing through to Slack."""
Tab = Literal["home", "messages"]
Panel = Literal["guide", "thread", "lead", "wire", "trouble"]


class Refreshed(Protocol):
    """A piece of the page."""

    def refresh(self) -> None:
        """Show what is so now."""


class Desk:
    """What all windows share beside the company: what each person has read and half typed, whether time is being
    skipped and what ends that early, what happened when it was last, which trouble is on, and since when the guide
    counts. Within `patience` seconds Baton is to connect to Slack."""

    def __init__(self, company: Company, *, patience: float = 10.0) -> None:
        self.company = company
        self.patience = patience
        self.read: dict[tuple[str, str], str] = {}
        self.drafts: dict[tuple[str, str, str], str] = {}
        self.skipping = ""
        self.stop: threading.Event | None = None
        self.passed: Passed | None = None
        self.begun = company.now
        self.trouble: frozenset[str] = frozenset()
        self.windows: list[Window] = []
        self._heard_at = time.monotonic()

    @property
    def hindrance(self) -> str:
        """Why Baton can get nothing done, if that is so."""
        if not self.company.program.running:
            return "Baton was down: nobody was there to do anything"
        return "Slack refused all that Baton asked" if self.trouble & REFUSING else ""

    @property
    def ailment(self) -> str:
        """What is wrong with Baton where nobody wanted that: it has ended, or does not connect."""
        program = self.company.program
        if not program.wanted:
            return ""
        if not program.running:
            return "Baton has ended by itself"
        silent = time.monotonic() - self._heard_at > self.patience
        return f"Baton has not connected to Slack for {self.patience:.0f} seconds" if silent else ""

    def refresh(self) -> None:
        if self.company.connected or not self.company.program.wanted:
            self._heard_at = time.monotonic()
        if self.passed is not None:
            self.passed = followed(self.passed, self.company)
        for window in tuple(self.windows):
            try:
                window.refresh()
            except Exception:  # the boundary between windows: what fails in one must not hold up the others
                log.exception("a window could not be drawn")


class Window:
    """One window. `home` tells whether the app's Home is open rather than the messages of `place`; `acted_on` is the ts
    of the message that was just used, which keeps the focus when it is drawn again; `unread_since` is until when the
    person had read this place as they came to it."""

    def __init__(self, desk: Desk, client: Client, person: Person) -> None:
        self.desk = desk
        self.company = desk.company
        self.client = client
        self.person = person
        self.place: Channel = self.company.leads
        self.home = False
        self.panel: Panel = "guide"
        self.panel_open = True
        self.menu_open = False
        self.small = False
        self.thread: Message | None = None
        self.number: int | None = None
        self.acted_on = ""
        self.unread_since = ""
        self._entered = ("", "")
        self.parts: list[Refreshed] = []

    @property
    def reader(self) -> Reader:
        zone = self.person.record.tz
        today = self.company.now.astimezone(ZoneInfo(zone)).date()
        return Reader(self.company.name_of, zone, self.person.id, today)

    @property
    def shows_conversation(self) -> bool:
        """Whether the messages of `place` can be seen: neither the app's Home nor, in a small window, the panel is."""
        return not self.home and not (self.small and self.panel_open)

    def refresh(self) -> None:
        """Draw what has changed, and count what stands here as read."""
        if self.client.is_deleted:
            return
        here = self.person.id, self.place.id
        if here != self._entered:
            self._entered, self.unread_since = here, self.desk.read.get(here, "")
        if self.shows_conversation:
            self.desk.read[here] = f"{self.company.now.timestamp():.6f}"
        with self.client:
            for part in self.parts:
                part.refresh()

    async def act(self, do: Callable[[], object]) -> object:
        """Do something as the person, show what came of it, and say so where Slack would not have it."""
        with self.client:
            try:
                done = await in_thread(do)
            except (Impossible, Refusal) as problem:
                self.say(str(problem))
                return None
            if isinstance(done, Answer) and done.error:
                self.say(TROUBLE)
            self.desk.refresh()
            return done

    @staticmethod
    def say(words: str) -> None:
        """A word that goes away by itself."""
        ui.notify(words, position="top", classes="toast")

    # -- going about --------------------------------------------------------------------------------------

    async def become(self, person: Person) -> None:
        """Be somebody else, at the same place; in the app that is one's own."""
        self.person = person
        self.thread = None
        ui.navigate.history.replace(f"/?as={person.name}")
        if self.place.kind == "im":
            await self.go_home("home" if self.home else "messages")
        else:
            self.refresh()

    def go(self, place: Channel, *, home: bool = False) -> None:
        self.place, self.home, self.menu_open = place, home, False
        self.refresh()

    async def go_home(self, tab: Tab) -> None:
        """Open the app, which hears of it."""
        self.go(self.person.dm, home=tab == "home")
        person = self.person
        await self.act(lambda: person.open_home(tab))

    def show(self, panel: Panel, *, thread: Message | None = None, number: int | None = None) -> None:
        self.panel, self.panel_open = panel, True
        self.thread = thread or self.thread
        self.number = number or self.number
        self.refresh()

    def toggle_panel(self) -> None:
        self.panel_open = not self.panel_open
        self.refresh()

    async def measure(self) -> None:
        """Learn whether the window has room for the conversation and the panel beside each other. Of a browser that
        does not say so it stays what was known."""
        with suppress(TimeoutError):
            self.small = bool(await self.client.run_javascript(f"innerWidth <= {SMALL}", timeout=BUSY_SECONDS))

    def look_at_conversation(self) -> None:
        """Where there is only room for one, show the conversation."""
        if self.small:
            self.panel_open = False
            self.refresh()

    def toggle_menu(self) -> None:
        self.menu_open = not self.menu_open
        self.refresh()
