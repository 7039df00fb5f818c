"""What happened while time passed, at the top of the panel."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.demo.playground.mrkdwn import escaped, to_html
from bot.demo.playground.skipping import Happening, Passed
from bot.demo.playground.widgets import Part, element, listed, markup, press, words
from bot.demo.playground.window import Window


@dataclass(frozen=True)
class Facts:
    person: str
    passed: Passed | None


class TimePassed(Part[Facts]):
    def __init__(self, window: Window) -> None:
        super().__init__("section", "happened", aria_label="While time passed")
        self.window = window

    def look(self) -> Facts:
        return Facts(self.window.person.id, self.window.desk.passed)

    def draw(self, facts: Facts) -> None:
        self.root.set_visibility(facts.passed is not None)
        if facts.passed is None:
            return
        with element("div", "panel-head"):
            words("While time passed", "panel-title", tag="h2")
            press("✕", self._forget, "round", aria_label="Close")
        with element("ol", "timeline", tabindex="0", aria_label="What Baton did"):
            for one in facts.passed.happened:
                self._line(one)
        for said in remarks(facts.passed, ZoneInfo(self.window.person.record.tz)):
            words(said, "told")

    def _line(self, one: Happening) -> None:
        window = self.window
        zone, to = ZoneInfo(window.person.record.tz), window.company.name_of(one.channel)
        where = f"to {to}" if one.channel in {person.id for person in window.company.people} else f"#{to}"
        markup(
            f"<time>{escaped(_when(one.at, zone))}</time><span>{to_html(one.text, window.reader)}"
            f"<small>{'edited, ' if one.edited else ''}{escaped(where)}</small></span>",
            tag="li",
        )

    def _forget(self) -> None:
        self.window.desk.passed = None
        self.window.desk.refresh()


def remarks(passed: Passed, zone: ZoneInfo) -> list[str]:
    """Returns what to say beside what happened: that time stopped early, what is not done, and why."""
    said = [f"Stopped on {_when(passed.until, zone)}."] if passed.stopped else []
    if passed.hindrance:
        said.append(f"{passed.hindrance}.")
    if passed.undone:
        said.append(f"Still to be done: {listed(passed.undone)}.")
    elif not passed.happened and not passed.hindrance:
        said.append("Nothing was due.")
    return said


def _when(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %H:%M}"
