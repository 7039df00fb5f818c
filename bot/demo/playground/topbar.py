"""The bar that is always in sight: who the person is, what time it is, and how to let time pass."""

import threading
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from nicegui import ui

from bot.demo.playground import skipping
from bot.demo.playground.mrkdwn import escaped
from bot.demo.playground.widgets import Shown, element, in_thread, mark, markup, press, words
from bot.demo.playground.window import Window
from bot.sandbox import Person


@dataclass(frozen=True)
class Facts:
    person: str
    time: str
    city: str
    state: str
    skipping: str
    stoppable: bool
    unread: tuple[bool, ...]
    panel: bool


class TopBar(Shown[Facts]):
    def __init__(self, window: Window) -> None:
        super().__init__("header", "topbar")
        self.window = window
        with self.root:
            press("☰", window.toggle_menu, "round only-small", aria_label="Channels")
            with element("div", "identities", role="group", aria_label="Act as"):
                self._identities = [self._identity(person) for person in window.company.people]
            with element("div", "times", role="group", aria_label="Time"):
                self._now = markup("", "now", role="timer", aria_label="Time")
                self._skipping = words("", "skipping", role="status")
                self._stop = press("Stop", self._end_skipping, "chip", title="Stop here")
                with element("div", "steps-of-time") as self._steps:
                    words("skip to", "skip-to", aria_hidden="true")
                    for jump in skipping.JUMPS:
                        press(escaped(jump.label), partial(let_pass, window, jump), "chip", title=jump.told)
            self._state = words("", "state", role="status")
            self._panel = press("Guide", window.toggle_panel, "chip", title="Show or hide the guide and the tools")

    def look(self) -> Facts:
        window, company = self.window, self.window.company
        zone = window.person.record.tz
        state = "" if company.connected else "Baton is starting…" if company.program.running else "Baton is down"
        return Facts(
            person=window.person.id,
            time=company.now.astimezone(ZoneInfo(zone)).strftime("%a %-d %b, %H:%M"),
            city=company.role_of(window.person).city,
            state=state,
            skipping=window.desk.skipping,
            stoppable=window.desk.stop is not None and not window.desk.stop.is_set(),
            unread=tuple(self._unread(one) for one in company.people),
            panel=window.panel_open,
        )

    def show(self, facts: Facts) -> None:
        people = self.window.company.people
        for person, button, unread in zip(people, self._identities, facts.unread, strict=True):
            mark(button, "mine", on=person.id == facts.person)
            button.set_content(self._face(person, unread=unread))
        self._now.set_content(f"<b>{escaped(facts.time)}</b> <small>{escaped(facts.city)}</small>")
        self._skipping.set_content(escaped(facts.skipping))
        self._skipping.set_visibility(bool(facts.skipping))
        self._stop.set_visibility(facts.stoppable)
        self._steps.set_visibility(not facts.skipping)
        self._state.set_content(escaped(facts.state))
        self._state.set_visibility(bool(facts.state))
        mark(self._panel, "on", on=facts.panel)

    def _end_skipping(self) -> None:
        desk = self.window.desk
        if desk.stop is not None:
            desk.stop.set()
            desk.refresh()

    def _identity(self, person: Person) -> ui.html:
        role = self.window.company.role_of(person)
        title = f"Act as {role.name}, {role.title.lower()}, {role.city}"
        return press("", partial(self.window.become, person), "identity", title=title)

    def _face(self, person: Person, *, unread: bool) -> str:
        role = self.window.company.role_of(person)
        dot = '<i class="dot" role="img" aria-label="unread messages"></i>' if unread else ""
        first, title = escaped(role.name.split()[0]), escaped(role.title)
        return f'{avatar(role.name)}<span class="who"><b>{first}</b><small>{title}</small></span>{dot}'

    def _unread(self, person: Person) -> bool:
        read = self.window.desk.read
        return person.unread(person.dm, since=read.get((person.id, person.dm.id), "")) > 0


async def let_pass(window: Window, jump: skipping.Jump) -> None:
    """Lets time pass, then shows what happened, at the top of the panel."""
    desk, company = window.desk, window.company
    to = jump.target(company)
    if desk.skipping:
        return
    if to is None:
        window.say(jump.otherwise)
        return
    desk.skipping, desk.stop = f"{jump.label}…", (stop := threading.Event())
    desk.refresh()
    try:
        desk.passed = await in_thread(lambda: skipping.skip(company, to, hindrance=lambda: desk.hindrance, stop=stop))
    finally:
        stop.set()  # if the page ends first
        desk.skipping, desk.stop = "", None
    window.show(window.panel)
    desk.refresh()


def avatar(name: str) -> str:
    """Returns a person's initials on a color. A name always has the same color."""
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    color = sum(map(ord, name)) % 6
    return f'<span class="avatar color-{color}" aria-hidden="true">{escaped(initials)}</span>'
