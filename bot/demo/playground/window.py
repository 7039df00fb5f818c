"""One browser window: who the person in it is, where they look, and what is drawn of that."""

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
# The width in pixels up to which the style sheet puts the panel over the conversation.
SMALL = 860
# How long a busy browser may take to say how wide it is.
BUSY_SECONDS = 30.0
# The kinds of trouble in which Slack refuses everything from Baton.
REFUSING = {"limit", "down"}
Tab = Literal["home", "messages"]
Panel = Literal["guide", "thread", "lead", "wire", "trouble"]


class Refreshed(Protocol):
    """A piece of the page."""

    def refresh(self) -> None:
        """Shows everything as it is now."""


class Desk:
    """What all windows share beside the company.

    `read` is until which ts each person has read each place, and `drafts` what they have half typed there. `skipping`
    says what the clock skips to now, and `stop` ends that early. `passed` is what came of the last skip. `trouble` is
    which kinds of trouble are on. The guide counts what happened since `begun`. Baton has `patience` seconds to connect
    to Slack.
    """

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
        """Why Baton can get nothing done. Empty if it can."""
        if not self.company.program.running:
            return "Baton was down: nobody was there to do anything"
        return "Slack refused all that Baton asked" if self.trouble & REFUSING else ""

    @property
    def problem(self) -> str:
        """What is wrong with Baton although nobody asked for it: it has ended, or does not connect. Empty if nothing
        is."""
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
            except Exception:  # the boundary between windows: a failure in one must not stop the others
                log.exception("a window could not be drawn")


class Window:
    """One window.

    `home` is true if the app's Home is open instead of the messages of `place`. `acted_on` is the ts of the message
    that the person just used; it keeps the focus when it is drawn again. `unread_since` is until which ts the person
    had read this place when they came to it.
    """

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
        """True if the messages of `place` are in sight. The app's Home hides them, and in a small window the panel
        does."""
        return not self.home and not (self.small and self.panel_open)

    def refresh(self) -> None:
        """Draws what has changed, and counts what this place shows as read."""
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
        """Does something as the person, and shows what came of it. Shows a notice if Slack does not allow it. Returns
        the result, or None."""
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
        """Shows a notice that goes away by itself."""
        ui.notify(words, position="top", classes="toast")

    # -- moving around ------------------------------------------------------------------------------------

    async def become(self, person: Person) -> None:
        """Becomes another person, in the same place. In the app, that is the other person's own direct messages or
        Home."""
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
        """Opens the app, which gets the event."""
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
        """Learns whether the window has room for the conversation and the panel beside each other. If the browser does
        not answer, the last known width counts."""
        with suppress(TimeoutError):
            self.small = bool(await self.client.run_javascript(f"innerWidth <= {SMALL}", timeout=BUSY_SECONDS))

    def look_at_conversation(self) -> None:
        """Shows the conversation if there is room for only one."""
        if self.small:
            self.panel_open = False
            self.refresh()

    def toggle_menu(self) -> None:
        self.menu_open = not self.menu_open
        self.refresh()
