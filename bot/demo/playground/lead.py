"""The ledger of one handoff, beside the conversation."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from nicegui import ui

from bot.demo.facts_client import LedgerLine, Record
from bot.demo.playground.mrkdwn import escaped, to_html
from bot.demo.playground.widgets import Part, element, markup, with_attributes, words
from bot.demo.playground.window import Window
from bot.sandbox.people import as_slack_writes


@dataclass(frozen=True)
class Facts:
    person: str
    number: int | None
    handoffs: tuple[Record, ...]
    ledger: tuple[LedgerLine, ...]


class Lead(Part[Facts]):
    def __init__(self, window: Window) -> None:
        super().__init__("div", "lead")
        self.window = window

    def look(self) -> Facts:
        facts = self.window.company.facts
        handoffs = tuple(facts.handoffs())
        number = self.window.number or (handoffs[0].number if handoffs else None)
        ledger = tuple(facts.ledger(number)) if number else ()
        return Facts(self.window.person.id, number, handoffs, ledger)

    def draw(self, facts: Facts) -> None:
        words("The ledger", "panel-title", tag="h2")
        words("Everything that happened to a lead. Baton adds lines and never changes one.", "told")
        record = next((one for one in facts.handoffs if one.number == facts.number), None)
        if record is None:
            words("No lead was flagged yet.", "empty")
            return
        choices = {one.number: f"#{one.number} {one.name}, {one.company}" for one in facts.handoffs}
        chosen = ui.select(choices, value=record.number, on_change=lambda event: self._choose(event.value))
        with_attributes(chosen, outlined=True, dense=True, options_dense=True, aria_label="Handoff")
        self._stands(record)
        with element("ol", "timeline"):
            for entry in facts.ledger:
                self._entry(entry)

    def _choose(self, number: int) -> None:
        self.window.number = number
        self.window.refresh()

    def _stands(self, record: Record) -> None:
        name_of, zone = self.window.company.name_of, ZoneInfo(self.window.person.record.tz)
        owner = f" · with <b>{escaped(name_of(record.owner))}</b>" if record.owner else ""
        due = f" · by {record.due_at.astimezone(zone):%a %-d %b, %H:%M}" if record.due_at else ""
        markup(
            f'<span class="state-tag {escaped(record.state)}">{escaped(record.state)}</span>{owner}{escaped(due)}',
            "stands",
        )

    def _entry(self, entry: LedgerLine) -> None:
        name_of, zone = self.window.company.name_of, ZoneInfo(self.window.person.record.tz)
        note = f"<em>{to_html(as_slack_writes(entry.note), self.window.reader)}</em>" if entry.note else ""
        reason = f" <code>{escaped(entry.reason)}</code>" if entry.reason else ""
        who = f"{name_of(entry.actor)}, now {entry.state}"
        markup(
            f"<time>{entry.at.astimezone(zone):%a %H:%M}</time><span><b>{escaped(entry.move)}</b>{reason} {note}"
            f"<small>{escaped(who)}</small></span>",
            tag="li",
        )
