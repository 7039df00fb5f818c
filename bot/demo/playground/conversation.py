"""The middle of the page: a channel, the direct messages with the app, or its Home."""

from functools import partial

from bot.demo.playground.composer import Composer
from bot.demo.playground.guide import LEADS, WELCOME
from bot.demo.playground.mrkdwn import escaped
from bot.demo.playground.painting import paint
from bot.demo.playground.posts import Posts
from bot.demo.playground.widgets import Part, element, in_thread, markup, press, words
from bot.demo.playground.window import Tab, Window
from bot.sandbox.screen import Message, View

# How many messages the page adds at a time.
PAGE = 60
TABS: dict[Tab, str] = {"home": "Home", "messages": "Messages"}
TOPICS = {
    "general": "For everyone",
    "leads": "Marketing hands leads over to sales",
    "handoff-numbers": "The weekly digest, for both teams",
}


class Heading(Part[tuple[str, str, bool]]):
    def __init__(self, window: Window) -> None:
        super().__init__("div", "heading-bar")
        self.window = window

    def look(self) -> tuple[str, str, bool]:
        return self.window.person.id, self.window.place.id, self.window.home

    def draw(self, facts: tuple[str, str, bool]) -> None:
        window, place = self.window, self.window.place
        if place.kind != "im":
            markup(f"<h1># {escaped(place.name)}</h1><span>{escaped(TOPICS.get(place.name, ''))}</span>", "title-line")
            return
        markup("<h1>Baton</h1>", "title-line")
        with element("div", "tabs", role="group", aria_label="Baton"):
            for tab, label in TABS.items():
                on = facts[2] == (tab == "home")
                press(
                    label,
                    partial(window.go_home, tab),
                    "tab here" if on else "tab",
                    aria_pressed="true" if on else "false",
                )


class Home(Part[View | None]):
    """The app's Home, as the app published it for this person."""

    def __init__(self, window: Window) -> None:
        super().__init__("div", "home")
        self.window = window

    def look(self) -> View | None:
        return self.window.person.home

    def draw(self, facts: View | None) -> None:
        if facts is None:
            words("Baton has nothing here yet.", "empty")
        else:
            paint(self.window, facts)


class LastWords(Part[str]):
    """The end of Baton's log, if Baton has ended or does not connect."""

    def __init__(self, window: Window) -> None:
        super().__init__("div", "last-words", role="alert")
        self.window = window

    def look(self) -> str:
        problem = self.window.desk.problem
        return f"{problem}. The end of its log:\n{self.window.company.program.last_words()}" if problem else ""

    def draw(self, facts: str) -> None:
        said, _, log = facts.partition("\n")
        self.root.set_visibility(bool(facts))
        if facts:
            words(said, "ill")
            words(log, tag="pre", tabindex="0")
            press("Start Baton again", self._start_again, "kit primary")

    async def _start_again(self) -> None:
        program = self.window.company.program
        await in_thread(program.kill)
        program.start()
        self.window.desk.refresh()


class Conversation:
    def __init__(self, window: Window) -> None:
        self._window = window
        self._newest = PAGE
        self._place = ""
        self._shown: list[tuple[Message, int]] = []
        with element("section", "conversation", id="conversation", aria_label="Conversation"):
            self._heading = Heading(window)
            self._last_words = LastWords(window)
            self._scroller = element("div", "scroller", tabindex="0", role="group", aria_label="Messages")
            with self._scroller, element("div", "inner"):
                self._earlier = press("Show earlier messages", self._more, "chip earlier")
                self._empty = words("No message here yet.", "empty")
                with element("div", "welcome") as self._welcome:
                    words(WELCOME)
                    press("Flag the first lead", self._flag, "kit primary")
                self._posts = Posts(window, lambda: self._shown)
            with element("div", "scroller") as self._home_scroller:
                self._home = Home(window)
            with element("div") as self._below:
                self.composer = Composer(window, lambda: window.place, sent=self._to_the_end)
            self._closed = words("Messages to Baton are turned off: it listens in channels.", "closed")

    def refresh(self) -> None:
        window = self._window
        here = f"{window.person.id} {window.place.id}"
        opened = here != self._place
        if opened:
            self._place, self._newest = here, PAGE
        self.composer.refresh(f"Message #{window.place.name}, or / for commands")
        self._heading.refresh()
        self._last_words.refresh()
        self._home.refresh()
        messages = window.person.timeline(window.place, newest=self._newest + 1) if not window.home else []
        self._earlier.set_visibility(len(messages) > self._newest)
        is_first = not messages and window.place.id == window.company.leads.id
        self._welcome.set_visibility(is_first)
        self._empty.set_visibility(not messages and not is_first)
        self._scroller.set_visibility(not window.home)
        self._home_scroller.set_visibility(window.home)
        self._below.set_visibility(window.place.kind != "im")
        self._closed.set_visibility(window.place.kind == "im" and not window.home)
        self._shown = messages[-self._newest :]
        self._posts.refresh(here)
        if opened:
            self._begin()

    def _begin(self) -> None:
        """Scrolls to the top of the first message that is new to the person, or to the end if none is new."""
        me, since = self._window.person.id, self._window.unread_since
        first = next((one for one, _ in self._shown if one.ts > since and one.user != me), None)
        if first is None:
            self._to_the_end()
        else:
            self._posts.scroll_to(first.ts)

    def _to_the_end(self) -> None:
        """Scrolls to the end, where a sent message and its answer appear."""
        self._scroller.run_method("scrollTo", 0, 0)  # the list is laid out from the end, so 0 is the end

    async def _flag(self) -> None:
        """Does the guide's first step, for windows in which the guide is not beside the conversation."""
        await self._window.become(self._window.company.mia)
        self.composer.write(LEADS[0])

    def _more(self) -> None:
        self._newest += PAGE
        self.refresh()
