"""What is always in sight: who one is, what time it is, and how to let it pass."""

from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from bot.playground import skipping
from bot.playground.mrkdwn import escaped
from bot.playground.widgets import Part, element, in_thread, markup, press, words
from bot.playground.window import Window
from bot.sandbox import Person

STEPS = (
    ("1 hour", "Let an hour pass", skipping.an_hour),
    ("Next breach", "Let time pass until the next promise breaks", skipping.next_breach),
    ("Next morning", "Let time pass until nine o'clock on the next working day", skipping.next_morning),
    ("Digest", "Let time pass until the weekly digest", skipping.next_digest),
)


@dataclass(frozen=True)
class Facts:
    person: str
    time: str
    zone: str
    state: str
    skipping: str
    unread: tuple[str, ...]


class TopBar(Part[Facts]):
    def __init__(self, window: Window) -> None:
        super().__init__("header", "topbar")
        self.window = window

    def look(self) -> Facts:
        window, company = self.window, self.window.company
        zone = window.person.record.tz
        state = "" if company.connected else "Baton is starting…" if company.program.running else "Baton is down"
        return Facts(
            person=window.person.id,
            time=company.now.astimezone(ZoneInfo(zone)).strftime("%a %-d %b, %H:%M"),
            zone=company.role_of(window.person).city,
            state=state,
            skipping=window.desk.skipping,
            unread=tuple(one.id for one in company.people if self._unread(one)),
        )

    def draw(self, facts: Facts) -> None:
        window = self.window
        press("☰", window.toggle_menu, "round only-small", aria_label="Channels")
        with element("div", "identities", role="group", aria_label="Act as"):
            for person in window.company.people:
                self._identity(person, facts)
        with element("div", "times", role="group", aria_label="Time"):
            markup(f"<b>{escaped(facts.time)}</b> <small>{escaped(facts.zone)}</small>", "now", role="timer", id="now")
            if facts.skipping:
                words(facts.skipping, "skipping", role="status")
            else:
                words("skip to", "skip-to", aria_hidden="true")
                for label, title, target in STEPS:
                    press(escaped(label), partial(let_pass, window, label, target), "chip", title=title)
        if facts.state:
            words(facts.state, "state", role="status")
        press("Guide", window.toggle_panel, "chip panel-button", aria_label="Show or hide the panel")

    def _identity(self, person: Person, facts: Facts) -> None:
        role = self.window.company.role_of(person)
        mine, first = person.id == facts.person, escaped(role.name.split()[0])
        dot = '<i class="dot" role="img" aria-label="unread messages"></i>' if person.id in facts.unread else ""
        press(
            f'{avatar(role.name)}<span class="who"><b>{first}</b><small>{escaped(role.title)}</small></span>{dot}',
            lambda: self.window.become(person),
            "identity" + (" mine" if mine else ""),
            aria_pressed="true" if mine else "false",
            title=f"Act as {role.name}, {role.title.lower()}, {role.city}",
        )

    def _unread(self, person: Person) -> bool:
        read = self.window.desk.read
        return person.unread(person.dm, since=read.get((person.id, person.dm.id), "")) > 0


async def let_pass(window: Window, label: str, target: skipping.Target) -> None:
    """Let time pass, show it passing, and then what happened."""
    desk, company = window.desk, window.company
    to = target(company)
    if desk.skipping:
        return
    if to is None:
        window.say("No promise is running: flag a lead first, or let its owner take it.")
        return
    desk.skipping = f"{label}…"
    desk.refresh()

    try:
        desk.happened = await in_thread(lambda: skipping.skip(company, to))
    finally:
        desk.skipping = ""
    window.show("guide")
    desk.refresh()


def avatar(name: str) -> str:
    """Initials on a color of one's own."""
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    color = sum(map(ord, name)) % 6
    return f'<span class="avatar color-{color}" aria-hidden="true">{escaped(initials)}</span>'
