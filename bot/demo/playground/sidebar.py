"""The channels, and the app with its direct messages."""

from dataclasses import dataclass
from functools import partial

from nicegui import ui

from bot.demo.playground.mrkdwn import escaped
from bot.demo.playground.widgets import Act, Shown, element, press, with_attributes, words
from bot.demo.playground.window import Window


@dataclass(frozen=True)
class Facts:
    person: str
    here: str
    open: bool
    unread: tuple[int, ...]


class Sidebar(Shown[Facts]):
    """One line for each channel, in order, and a last one for the direct messages with the app."""

    def __init__(self, window: Window) -> None:
        super().__init__("nav", "sidebar", aria_label="Channels")
        self.window = window
        self._channels = window.company.slack.channels
        with self.root:
            words(window.company.slack.workspace.team_name, "team")
            words("Channels", "heading", tag="h2")
            with element("ul"):
                self._lines = [self._line(partial(window.go, channel)) for channel in self._channels]
            words("Apps", "heading", tag="h2")
            with element("ul"):
                self._lines.append(self._line(partial(window.go_home, "messages")))
            self._you = words("", "you")
            press("", window.toggle_menu, "scrim", aria_label="Close the channels")

    def look(self) -> Facts:
        window = self.window
        person, read = window.person, window.desk.read
        places = (*self._channels, person.dm)
        unread = tuple(person.unread(one, since=read.get((person.id, one.id), "")) for one in places)
        return Facts(person.id, window.place.id, window.menu_open, unread)

    def show(self, facts: Facts) -> None:
        person = self.window.person
        self.root.classes(add="open" if facts.open else "", remove="" if facts.open else "open")
        places = [(one.id, f"# {one.name}") for one in self._channels] + [(person.dm.id, "Baton")]
        for line, (place, label), unread in zip(self._lines, places, facts.unread, strict=True):
            here = place == facts.here
            fresh = unread > 0 and not here
            badge = f'<span class="badge" aria-label="{unread} unread">{unread}</span>' if fresh else ""
            line.set_content(f"<span>{escaped(label)}</span>{badge}")
            line.classes(replace=f"press place{' here' if here else ''}{' fresh' if fresh else ''}")
            with_attributes(line, aria_current="page" if here else "false")
        you = self.window.company.role_of(person)
        self._you.set_content(escaped(f"You are {you.name}, {you.title.lower()}"))

    @staticmethod
    def _line(act: Act) -> ui.html:
        with element("li"):
            return press("", act, "place")
