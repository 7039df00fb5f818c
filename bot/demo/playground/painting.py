"""Draws messages, modals and the Home as blocks on the page."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.demo.playground import block_html
from bot.demo.playground.elements import CLICKED, Hand, Json
from bot.demo.playground.widgets import element, markup, words
from bot.demo.playground.window import Window
from bot.sandbox.block_rules import elements_of
from bot.sandbox.screen import Message, View

DrawInput = Callable[[Json, Hand], None]


def paint(window: Window, where: Message | View, *, draw_input: DrawInput | None = None) -> None:
    """Draws all blocks. Blocks that only show something become one piece of HTML, so that long messages load fast."""
    hand, reader, still = Hand(window, where), window.reader, list[str]()

    def flush() -> None:
        if still:
            markup("".join(still), "blocks")
            still.clear()

    for block in where.blocks:
        if block["type"] == "input":
            flush()
            (draw_input or (lambda block, hand: _field_alone(window, block, hand)))(block, hand)
        elif elements_of(block):
            flush()
            _with_elements(window, block, hand)
        else:
            still.append(block_html.shown(block, reader))
    flush()


def _with_elements(window: Window, block: Json, hand: Hand) -> None:
    """Draws a row of elements, or a section with an element beside it."""
    with element("div", "actions" if block["type"] != "section" else "beside"):
        if block["type"] == "section":
            markup(block_html.shown(block, window.reader), "blocks")
        for one in elements_of(block):
            _draw(window, block, hand, one, label=_label(one))


def _field_alone(window: Window, block: Json, hand: Hand) -> None:
    """Draws an input in a message or in the Home."""
    one = block["element"]
    with element("div", "field"):
        words(block["label"]["text"], "label")
        _draw(window, block, hand, one, label=block["label"]["text"])


def _draw(window: Window, block: Json, hand: Hand, one: Json, *, label: str) -> None:
    """Draws an element with its present value. The app gets a payload when the person uses it."""
    state = window.person.entered(hand.where, block["block_id"], one)
    hand.draw(one, _user(window, hand.where, block, one), label=label, state=state, changes="end")


def _user(window: Window, where: Message | View, block: Json, one: Json) -> Callable[[Any], Awaitable[object]]:
    """Returns the function that uses an element. It takes the element as it was on the screen, even if it is gone by
    now."""
    person = window.person

    def use(chosen: Any) -> Awaitable[object]:
        more = {} if chosen is CLICKED else {"select": chosen}
        window.acted_on = where.ts if isinstance(where, Message) else ""
        return window.act(lambda: person.click(where, one["action_id"], block=block["block_id"], stale=True, **more))

    return use


def _label(one: Json) -> str:
    return str((one.get("placeholder") or one.get("text") or {}).get("text", one["action_id"]))
