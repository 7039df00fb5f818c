"""The channels, and the app with its direct messages."""

from dataclasses import dataclass
from functools import partial

from bot.playground.mrkdwn import escaped
from bot.playground.widgets import Act, Part, element, press, words
from bot.playground.window import Window
from bot.sandbox.records import Channel


@dataclass(frozen=True)
class Facts:
    person: str
    here: str
    open: bool
    unread: tuple[int, ...]


class Sidebar(Part[Facts]):
    def __init__(self, window: Window) -> None:
        super().__init__("nav", "sidebar", aria_label="Channels")
        self.window = window

    def look(self) -> Facts:
        window = self.window
        return Facts(
            window.person.id, window.place.id, window.menu_open, tuple(self._unread(one) for one in self._places())
        )

    def draw(self, facts: Facts) -> None:
        window = self.window
        self.root.classes(add="open" if facts.open else "", remove="" if facts.open else "open")
        words(window.company.slack.workspace.team_name, "team")
        words("Channels", "heading", tag="h2")
        *channels, dm = zip(self._places(), facts.unread, strict=True)
        with element("ul"):
            for channel, unread in channels:
                self._line(f"# {channel.name}", channel, unread, partial(window.go, channel))
        words("Apps", "heading", tag="h2")
        with element("ul"):
            self._line("Baton", dm[0], dm[1], partial(window.go_home, "messages"))
        you = window.company.role_of(window.person)
        words(f"You are {you.name}, {you.title.lower()}", "you")

    def _line(self, label: str, place: Channel, unread: int, act: Act) -> None:
        here = self.window.place.id == place.id
        badge = f'<span class="badge" aria-label="{unread} unread">{unread}</span>' if unread and not here else ""
        css = "place" + (" here" if here else "") + (" fresh" if badge else "")
        with element("li"):
            button = press(f"<span>{escaped(label)}</span>{badge}", act, css)
            if here:
                button.props["aria-current"] = "page"

    def _places(self) -> list[Channel]:
        return [*self.window.company.slack.channels, self.window.person.dm]

    def _unread(self, place: Channel) -> int:
        person = self.window.person
        return person.unread(place, since=self.window.desk.read.get((person.id, place.id), ""))
