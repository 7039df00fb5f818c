"""The panel at the side of the page: the guide, a thread, a ledger, the wire, trouble."""

from collections.abc import Callable
from functools import partial

from bot.demo.playground.composer import Composer
from bot.demo.playground.guide import Guide
from bot.demo.playground.lead import Lead
from bot.demo.playground.posts import Posts
from bot.demo.playground.time_passed import TimePassed
from bot.demo.playground.trouble import Trouble
from bot.demo.playground.widgets import Shown, element, mark, press, with_attributes, words
from bot.demo.playground.window import Panel, Refreshed, Window
from bot.demo.playground.wire import Wire
from bot.sandbox.screen import Message

TABS: dict[Panel, str] = {"guide": "Guide", "thread": "Thread", "lead": "Ledger", "wire": "Wire", "trouble": "Trouble"}


class Thread:
    def __init__(self, window: Window) -> None:
        self._window = window
        self._posts = Posts(window, self._messages, in_thread=True)
        self._composer = Composer(window, self._place, lambda: window.thread, threaded=True)
        self._empty = words("Open a thread with 💬 beside a message, or with its replies.", "empty")

    def refresh(self) -> None:
        self._empty.set_visibility(self._window.thread is None)
        self._composer.root.set_visibility(self._window.thread is not None)
        thread = self._window.thread
        self._composer.refresh("Reply…")
        self._posts.refresh((self._window.person.id, thread and thread.ts))

    def _messages(self) -> list[tuple[Message, int]]:
        thread = self._window.thread
        if thread is None or self._window.company.slack.now(thread) is None:
            return []
        return [(one, 0) for one in self._window.person.thread(thread)]

    def _place(self) -> str:
        return self._window.thread.channel if self._window.thread else self._window.place.id


class SidePanel(Shown[tuple[Panel, bool]]):
    """The tabs, and the content of the open one. Only that is drawn."""

    def __init__(self, window: Window, write: Callable[[str], None]) -> None:
        self.window = window
        self._content: Refreshed | None = None
        self._drawn = ""
        self._make: dict[Panel, Callable[[], Refreshed]] = {
            "guide": lambda: Guide(window, write),
            "thread": lambda: Thread(window),
            "lead": lambda: Lead(window),
            "wire": lambda: Wire(window),
            "trouble": lambda: Trouble(window),
        }
        super().__init__("aside", "panel", aria_label="Guide and tools")
        with self.root:
            with element("div", "panel-tabs", role="group", aria_label="Panel"):
                self._tabs = {
                    name: press(label, partial(window.show, name), "tab panel-tab") for name, label in TABS.items()
                }
                press("✕", window.toggle_panel, "round", aria_label="Close the panel")
            self._time_passed = TimePassed(window)
            self._body = element("div", "panel-body", tabindex="0", role="region")

    def look(self) -> tuple[Panel, bool]:
        return self.window.panel, self.window.panel_open

    def show(self, facts: tuple[Panel, bool]) -> None:
        self.root.set_visibility(facts[1])
        for name, tab in self._tabs.items():
            mark(tab, "here", on=name == facts[0])
        if facts[0] != self._drawn:
            self._drawn = facts[0]
            with_attributes(self._body, aria_label=TABS[facts[0]])
            self._body.clear()
            with self._body:
                self._content = self._make[facts[0]]()

    def refresh(self) -> None:
        super().refresh()
        if self.window.panel_open and self._content is not None:
            self._time_passed.refresh()
            self._content.refresh()
