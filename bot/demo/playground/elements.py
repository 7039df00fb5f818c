"""Block Kit's elements on the page. Each becomes a field or a button that tells what the person did."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui
from nicegui.element import Element

from bot.demo.playground import block_html
from bot.demo.playground.emoji import with_emoji
from bot.demo.playground.mrkdwn import SAFE_LINK, escaped
from bot.demo.playground.widgets import element, markup, menu_button, menu_item, press, with_attributes, words
from bot.demo.playground.window import Window
from bot.sandbox.elements import MANY, TYPED, VALUE_KEYS, all_options
from bot.sandbox.screen import Message, View
from bot.sandbox.screen import words as words_in

Json = dict[str, Any]
Use = Callable[[Any], Awaitable[object] | object]
# Stands for a click, which chooses no value.
CLICKED = object()


class Hand:
    """Draws elements. It calls `use` with the chosen value, or with CLICKED."""

    def __init__(self, window: Window, where: Message | View) -> None:
        self.window = window
        self.where = where

    def draw(
        self, one: Json, use: Use, *, label: str, state: Json | None = None, error: str = "", changes: str = "each"
    ) -> Element | None:
        """Draws an element. Returns its field, or None if it has none.

        `state` is what the person entered before. If `changes` is "each", `use` gets a typed text after every letter;
        if it is "end", when the person presses Enter.
        """
        kind = one["type"]
        if kind in BUTTONS:
            BUTTONS[kind](self, one, use)
            return None
        if kind not in VALUE_KEYS or kind == "file_input":
            markup(block_html.unknown("An element", one))
            return None
        key, _ = VALUE_KEYS[kind]
        value = (state or {}).get(key)
        field = self._field(one, value, use, label, changes)
        if isinstance(field, ui.input | ui.textarea | ui.select):
            with_attributes(field, aria_label=label, outlined=True, dense=True)
            if error:
                with_attributes(field, error=True, aria_invalid="true")
        if error:
            with_attributes(field, aria_describedby=words(error, "ill", role="alert").html_id)
        return field

    def _field(self, one: Json, value: Any, use: Use, label: str, changes: str) -> Element:
        kind = one["type"]
        if kind in TYPED or kind == "rich_text_input":
            return self._typed(one, value, use, changes)
        if kind in ("datepicker", "timepicker", "datetimepicker"):
            return self._moment(kind, value, use)
        if kind in ("checkboxes", "radio_buttons"):
            return self._choices(one, value, use, label)
        return self._select(one, value, use)

    def _typed(self, one: Json, value: Any, use: Use, changes: str) -> Element:
        make = ui.textarea if one.get("multiline") or one["type"] == "rich_text_input" else ui.input
        said = "\n".join(words_in(value)) if one["type"] == "rich_text_input" else value
        field = make(placeholder=_words(one.get("placeholder")), value=said or "")
        if "max_length" in one:
            with_attributes(field, maxlength=one["max_length"])
        with_attributes(
            field, inputmode={"number_input": "decimal", "email_text_input": "email"}.get(one["type"], "text")
        )
        entered = _rich if one["type"] == "rich_text_input" else _typed
        if changes == "each":
            field.on_value_change(lambda event: use(entered(event.value)))
        else:
            field.on("keydown.enter", lambda: use(entered(field.value)), args=[])
        return field

    def _moment(self, kind: str, value: Any, use: Use) -> Element:
        zone = ZoneInfo(self.window.person.record.tz)
        if kind == "datetimepicker" and value:
            value = datetime.fromtimestamp(value, zone).strftime("%Y-%m-%dT%H:%M")

        def entered(text: str) -> Any:
            if kind == "datetimepicker" and text:
                return datetime.fromisoformat(text).replace(tzinfo=zone)
            return text or None

        field = ui.input(value=value or "").on_value_change(lambda event: use(entered(event.value)))
        native = {"datepicker": "date", "timepicker": "time", "datetimepicker": "datetime-local"}[kind]
        return with_attributes(field, type=native)

    def _choices(self, one: Json, value: Any, use: Use, label: str) -> Element:
        options = {option["value"]: _words(option["text"]) for option in one["options"]}
        if one["type"] == "radio_buttons":
            chosen = value["value"] if value else None
            return ui.radio(options, value=chosen, on_change=lambda event: use(event.value))
        picked = [option["value"] for option in value or []]

        def toggled(name: str, event: Any) -> Any:
            picked[:] = [*(other for other in picked if other != name), *([name] if event.value else [])]
            return use(list(picked))

        with element("div", "choices", role="group", aria_label=label) as group:
            for name, said in options.items():
                ui.checkbox(said, value=name in picked, on_change=partial(toggled, name))
        return group

    def _select(self, one: Json, value: Any, use: Use) -> Element:
        many = one["type"] in MANY
        options = self._options(one, value)
        is_option = "option" in VALUE_KEYS[one["type"]][0]
        chosen: Any = [_key(each, is_option) for each in value or []] if many else value and _key(value, is_option)
        field = ui.select(options, value=chosen, multiple=many, clearable=True, with_input=True)
        with_attributes(field, behavior="menu", options_dense=True, use_chips=many)
        if not chosen:
            with_attributes(field, placeholder=_words(one.get("placeholder")))
        if "external" in one["type"]:
            self._suggest(field, one)
        field.on_value_change(lambda event: use(event.value))
        return field

    def _options(self, one: Json, value: Any) -> dict[str, str]:
        company = self.window.company
        kind = one["type"].removeprefix("multi_")
        if kind == "users_select":
            return {person.id: person.record.real_name for person in company.people}
        if kind in ("conversations_select", "channels_select"):
            return {channel.id: f"# {channel.name}" for channel in company.slack.channels}
        known = value if isinstance(value, list) else [value] if value else []
        return {option["value"]: _words(option["text"]) for option in [*all_options(one), *known]}

    def _suggest(self, field: ui.select, one: Json) -> None:
        """Asks the app for options each time the person types something."""

        async def typed(event: Any) -> None:
            person, text = self.window.person, str(event.args or "")
            if len(text) < one.get("min_query_length", 3):
                return
            found = await self.window.act(lambda: person.suggest(self.where, one["action_id"], text))
            offered = found if isinstance(found, list) else []
            field.set_options({option["value"]: _words(option["text"]) for option in offered})

        field.on("input-value", typed)

    # -- buttons ------------------------------------------------------------------------------------------

    def button(self, one: Json, use: Use) -> None:
        made, css = escaped(with_emoji(one["text"]["text"])), f"kit {one.get('style', '')}"
        if SAFE_LINK.match(one.get("url", "")):
            leads = markup(made, f"press {css}", tag="a", href=one["url"], target="_blank", rel="noopener noreferrer")
            leads.on("click", partial(use, CLICKED), args=[])
            return
        button = press(made, lambda: self.confirmed(one, use), css)
        if "accessibility_label" in one:
            with_attributes(button, aria_label=one["accessibility_label"])

    def overflow(self, one: Json, use: Use) -> None:
        def build() -> None:
            for option in one["options"]:
                menu_item(_words(option["text"]), partial(use, option["value"]))

        menu_button("⋯", build, "kit", aria_label="More")

    def feedback(self, one: Json, use: Use) -> None:
        for name in ("positive_button", "negative_button"):
            press(escaped(_words(one[name]["text"])), lambda: use(CLICKED), "kit")

    def nothing(self, one: Json, _use: Use) -> None:
        press(
            escaped(_words(one["text"])), lambda: self.window.say("That starts a workflow. There are none here."), "kit"
        )

    async def confirmed(self, one: Json, use: Use) -> None:
        """Calls `use` after the person confirms, if the element asks for that."""
        asked = one.get("confirm")
        if asked and not await self._ask(asked):
            return
        done = use(CLICKED)
        if isinstance(done, Awaitable):
            await done

    async def _ask(self, asked: Json) -> bool:
        with ui.dialog() as dialog, element("div", "modal small"):
            with_attributes(dialog, aria_label=_words(asked["title"]))
            words(_words(asked["title"]), "title", tag="h2")
            markup(block_html.text(asked["text"], self.window.reader))
            with element("div", "modal-buttons"):
                press(escaped(_words(asked["deny"])), lambda: dialog.submit(False), "kit")
                press(
                    escaped(_words(asked["confirm"])),
                    lambda: dialog.submit(True),
                    f"kit {asked.get('style', 'primary')}",
                )
        sure = await dialog
        dialog.delete()
        return bool(sure)


BUTTONS: dict[str, Callable[[Hand, Json, Use], None]] = {
    "button": Hand.button,
    "icon_button": Hand.button,
    "overflow": Hand.overflow,
    "feedback_buttons": Hand.feedback,
    "workflow_button": Hand.nothing,
}


def _words(text: Json | None) -> str:
    return with_emoji(text["text"]) if text else ""


def _key(value: Any, is_option: bool) -> str:
    return str(value["value"] if is_option else value)


def _typed(text: str | None) -> str | None:
    return text or None


def _rich(text: str | None) -> Json | None:
    if not text:
        return None
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}
