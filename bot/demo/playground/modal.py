"""The form on top of a person's screen, if there is one."""

from dataclasses import replace
from functools import partial
from typing import Any

from nicegui import ui

from bot.demo.playground import block_html
from bot.demo.playground.elements import Hand, Json
from bot.demo.playground.mrkdwn import escaped
from bot.demo.playground.painting import paint
from bot.demo.playground.widgets import Part, element, markup, press, while_busy, with_attributes, words
from bot.demo.playground.window import Window
from bot.sandbox import Answer, Person, View
from bot.sandbox.elements import chosen_state


class Modal(Part[tuple[str, View | None]]):
    """Keeps what the person enters, and sends it to Slack with the form, or at once if the app asks for that."""

    def __init__(self, window: Window) -> None:
        self.window = window
        super().__init__("div")
        with self.root:
            self._dialog = ui.dialog().props("no-backdrop-dismiss no-route-dismiss")
        self._dialog.on("escapeKey", lambda: self._close(self.window.person), args=[])
        self.root = self._dialog
        self._entered: dict[tuple[str, str], Any] = {}
        self._of = ""
        self._missing: dict[str, str] = {}

    def look(self) -> tuple[str, View | None]:
        """Returns the person and the form without its values. The screen shows those already."""
        view = self.window.person.view
        return self.window.person.id, view and replace(view, values={})

    def draw(self, facts: tuple[str, View | None]) -> None:
        person, view = self.window.person, self.window.person.view
        if facts[1] is None or view is None:
            self._dialog.close()
            return
        if self._of != view.id:
            self._of, self._missing = view.id, {}
            self._entered.clear()
        with element("form", "modal") as form:
            form.on("submit", js_handler="event => event.preventDefault()")  # no new page on Enter
            with element("div", "modal-top"):
                words(view.title, "title", tag="h2")
                press("✕", lambda: self._close(person), "round", aria_label="Close")
            with element("div", "modal-body", tabindex="-1"):
                paint(self.window, view, draw_input=lambda block, hand: self._draw_input(view, block, hand))
            with element("div", "modal-buttons"):
                press(escaped(view.close or "Cancel"), lambda: self._close(person), "kit")
                if view.submit:
                    button = markup(escaped(view.submit), "press kit primary", tag="button", type="submit")
                    form.on("submit", partial(while_busy, button, lambda: self._submit(person, view)), args=[])
        with_attributes(self._dialog, aria_label=view.title)
        self._dialog.open()

    def _draw_input(self, view: View, block: Json, hand: Hand) -> None:
        one, name = block["element"], block["block_id"]
        key = name, one["action_id"]
        state = view.values[name][one["action_id"]]
        if key in self._entered and "external" not in one["type"]:
            state = chosen_state(one, self._entered[key])
        errors = self._missing | view.errors
        error = errors.get(name, "")
        first_wrong = next((one["block_id"] for one in view.blocks if one["block_id"] in errors), None)
        with element("div", "field" + (" wrong" if error else "")):
            optional = " <small>(optional)</small>" if block["optional"] else ""
            markup(block_html.text(block["label"], self.window.reader) + optional, "label")
            field = hand.draw(
                one,
                lambda value: self._enter(block, key, value),
                label=block["label"]["text"],
                state=state,
                error=error,
            )
            if field is not None and name == first_wrong:
                with_attributes(field, autofocus=True)
            if "hint" in block:
                markup(block_html.text(block["hint"], self.window.reader), "hint")

    def _enter(self, block: Json, key: tuple[str, str], value: Any) -> object:
        self._entered[key] = value
        if not block["dispatch_action"]:
            return None
        person = self.window.person
        return self.window.act(lambda: person.fill(key[0], value))

    async def _submit(self, person: Person, view: View) -> None:
        """Enters everything, and submits it unless Slack's client finds a mistake."""
        entered = dict(self._entered)

        def submit() -> Answer | dict[str, str]:
            for (block_id, _), value in entered.items():
                person.fill(block_id, value)
            return person.incomplete or person.submit()

        self._missing, shown = {}, self._shown
        done = await self.window.act(submit)
        self._missing = done if isinstance(done, dict) else {}
        if person.view is not None and person.view.id == view.id:
            if self._missing or self._shown is shown:
                self._shown = None  # draws it again with the mistakes, unless the app's answer already did
            self.window.refresh()

    async def _close(self, person: Person) -> None:
        await self.window.act(lambda: person.close() if person.view else None)
