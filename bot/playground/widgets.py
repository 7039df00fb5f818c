"""The few parts that the page is made of."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from nicegui import ui
from nicegui.element import Element

from bot.playground.mrkdwn import escaped

Facts = TypeVar("Facts")
Act = Callable[[], Awaitable[object] | object]


class Part(Generic[Facts]):
    """A piece of the page, drawn again when the facts that it shows are others than before."""

    def __init__(self, tag: str = "div", css: str = "", **attributes: str) -> None:
        self.root = element(tag, css, **attributes)
        self._shown: Facts | None = None

    def look(self) -> Facts:
        raise NotImplementedError

    def draw(self, facts: Facts) -> None:
        raise NotImplementedError

    def refresh(self) -> None:
        facts = self.look()
        if facts == self._shown:
            return
        self._shown = facts
        self.root.clear()
        with self.root:
            self.draw(facts)


def element(tag: str, css: str = "", **attributes: str) -> Element:
    """Any HTML element. Attributes are written with _ for -."""
    return with_attributes(ui.element(tag).classes(css), **attributes)


def markup(made: str, css: str = "", *, tag: str = "div", **attributes: str) -> Element:
    """HTML that is made here, with everything in it that somebody typed escaped before."""
    return with_attributes(ui.html(made, sanitize=False, tag=tag).classes(css), **attributes)


def words(said: str, css: str = "", *, tag: str = "div", **attributes: str) -> Element:
    """Text as it is."""
    return markup(escaped(said), css, tag=tag, **attributes)


def press(made: str, act: Act, css: str = "plain", **attributes: str) -> Element:
    """A button with this HTML on it. While what it does is under way it shows so, and can't be pressed again."""
    button = markup(made, f"press {css}", tag="button", type="button", **attributes)

    async def pressed() -> None:
        with_attributes(button, disabled="", aria_busy="true")
        try:
            done = act()
            if isinstance(done, Awaitable):
                await done
        finally:
            if not button.is_deleted:
                button.props(remove="disabled aria-busy")

    button.on("click", pressed, args=[])
    return button


def menu_button(made: str, build: Callable[[], None], css: str = "plain", **attributes: str) -> Element:
    """A button with a menu, which is built whenever it is opened."""
    button = element("button", f"press {css}", type="button", aria_haspopup="menu", **attributes)
    with button:
        markup(made, tag="span")

    def opened() -> None:
        with button, ui.menu().props("auto-close no-parent-event") as menu:
            build()
        menu.on("hide", menu.delete, args=[])
        menu.open()

    button.on("click", opened, args=[])
    return button


def with_attributes(one: Element, **attributes: Any) -> Element:
    for name, value in attributes.items():
        one.props[name.strip("_").replace("_", "-")] = value
    return one


async def in_thread(do: Callable[[], Facts]) -> Facts:
    """Let people act without holding up the page: they wait for the bot."""
    return await asyncio.to_thread(do)
