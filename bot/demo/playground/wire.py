"""The inspector: every request, event and answer between Slack and the bot."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from nicegui.element import Element

from bot.demo.playground.mrkdwn import escaped
from bot.demo.playground.widgets import element, markup, words
from bot.demo.playground.window import Window
from bot.sandbox.log import ApiCall, Delivery

# At most this many lines.
SHOWN = 100
# At most this many characters of JSON for each part of a line.
LONGEST = 20_000


@dataclass(frozen=True)
class Line:
    """One thing that went over the wire."""

    at: datetime
    to_bot: bool
    name: str
    outcome: str
    well: bool


def line(entry: ApiCall | Delivery) -> Line:
    if isinstance(entry, ApiCall):
        outcome = "ok" if entry.ok else entry.error or f"HTTP {entry.status}"
        return Line(entry.at, False, entry.method, outcome, entry.ok)
    if not entry.finished:
        return Line(entry.at, True, _name(entry), "…", True)
    took = f"{entry.seconds * 1000:.0f} ms"
    again = f", attempt {entry.attempt + 1}" if entry.attempt else ""
    return Line(entry.at, True, _name(entry), (entry.failure or took) + again, entry.failure is None)


def _name(delivery: Delivery) -> str:
    payload = delivery.payload
    if delivery.kind == "slash_commands":
        return f"command {payload['command']}"
    if delivery.kind == "events_api":
        return f"event {delivery.event_type}"
    actions = payload.get("actions") or [{}]
    about = actions[0].get("action_id") or payload.get("view", {}).get("callback_id") or payload.get("callback_id", "")
    return f"{payload['type']} {about}"


class Wire:
    """Shows the newest lines. Each opens to its JSON."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._rows: dict[int, tuple[Line, Element]] = {}
        words("The wire", "panel-title", tag="h2")
        words("Everything between Slack and Baton, the newest first. Open a line for what was said.", "told")
        self._list = element("div", "wire")

    def refresh(self) -> None:
        log = self._window.company.slack.log
        entries: list[ApiCall | Delivery] = [*log.calls(), *log.deliveries()]
        newest = sorted(entries, key=lambda one: one.at)[-SHOWN:]
        for gone in self._rows.keys() - {id(one) for one in newest}:
            self._rows.pop(gone)[1].delete()
        for entry in newest:
            self._show(entry)

    def _show(self, entry: ApiCall | Delivery) -> None:
        shown = line(entry)
        known = self._rows.get(id(entry))
        if known is not None and known[0] == shown:
            return
        if known is not None:
            known[1].delete()
        with self._list:
            row = element("details", "entry" if shown.well else "entry ill")
            row.move(self._list, 0)
        self._rows[id(entry)] = shown, row
        zone = ZoneInfo(self._window.person.record.tz)
        way = (
            '<b title="from Slack to Baton">→ Baton</b>'
            if shown.to_bot
            else '<b title="from Baton to Slack">→ Slack</b>'
        )
        with row:
            markup(
                f"<time>{shown.at.astimezone(zone):%H:%M:%S}</time>{way}<span>{escaped(shown.name)}</span>"
                f"<i>{escaped(shown.outcome)}</i>",
                tag="summary",
            )
            inside = element("div")
        row.on("toggle", lambda: self._open(inside, entry), args=[])

    @staticmethod
    def _open(inside: Element, entry: ApiCall | Delivery) -> None:
        """Draws the JSON of a line, only when somebody opens it."""
        inside.clear()
        parts = _said(entry)
        with inside:
            for name, said in parts.items():
                told = json.dumps(said, indent=2, ensure_ascii=False, default=str)
                words(name, "label")
                words(told[:LONGEST], "json", tag="pre", tabindex="0")


def _said(entry: ApiCall | Delivery) -> dict[str, Any]:
    if isinstance(entry, ApiCall):
        return {"Baton asked": entry.arguments, f"Slack answered ({entry.status})": entry.answer}
    answered = {
        name: value for name, value in asdict(entry).items() if name in ("status", "body", "failure", "seconds")
    }
    return {"Slack sent": entry.payload, "Baton answered": answered}
