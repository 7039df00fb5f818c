"""The few parts that the page is made of."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from nicegui import ui
from nicegui.element import Element

from bot.demo.playground.mrkdwn import escaped

Facts = TypeVar("Facts")
Act = Callable[[], Awaitable[object] | object]


class Shown(ABC, Generic[Facts]):
    """A piece of the page that shows some facts."""

    def __init__(self, tag: str = "div", css: str = "", **attributes: str) -> None:
        self.root = element(tag, css, **attributes)
        self._shown: Facts | None = None

    @abstractmethod
    def look(self) -> Facts:
        """Returns the facts as they are now."""

    @abstractmethod
    def show(self, facts: Facts) -> None:
        """Shows the facts. `refresh` calls it when they have changed."""

    def refresh(self) -> None:
        facts = self.look()
        if facts != self._shown:
            self._shown = facts
            self.show(facts)


class Part(Shown[Facts]):
    """A piece of the page that is drawn again as a whole. It is not for buttons that people press often: see
    `Shown`."""

    @abstractmethod
    def draw(self, facts: Facts) -> None:
        """Draws the whole piece."""

    def show(self, facts: Facts) -> None:
        self.root.clear()
        with self.root:
            self.draw(facts)


def element(tag: str, css: str = "", **attributes: str) -> Element:
    """Returns any HTML element. Attributes have _ for -."""
    return with_attributes(ui.element(tag).classes(css), **attributes)


def markup(made: str, css: str = "", *, tag: str = "div", **attributes: str) -> ui.html:
    """Returns HTML as it is. The caller must have escaped everything that somebody typed."""
    one = ui.html(made, sanitize=False, tag=tag).classes(css)
    with_attributes(one, **attributes)
    return one


def words(said: str, css: str = "", *, tag: str = "div", **attributes: str) -> ui.html:
    """Returns text, escaped."""
    return markup(escaped(said), css, tag=tag, **attributes)


def press(made: str, act: Act, css: str = "plain", **attributes: str) -> ui.html:
    """Returns a button with this HTML on it. While its act runs, the button looks busy and does nothing when
    pressed."""
    button = markup(made, f"press {css}", tag="button", type="button", **attributes)

    button.on("click", partial(while_busy, button, act), args=[])
    return button


async def while_busy(button: Element, act: Act) -> None:
    """Does a button's act, unless the act is still running. The button looks busy meanwhile."""
    if "aria-busy" in button.props:
        return
    with_attributes(button, aria_disabled="true", aria_busy="true")  # a disabled button would lose the focus
    try:
        done = act()
        if isinstance(done, Awaitable):
            await done
    finally:
        if not button.is_deleted:
            button.props(remove="aria-disabled aria-busy")


def menu_button(made: str, build: Callable[[], None], css: str = "plain", **attributes: str) -> Element:
    """Returns a button with a menu. `build` fills the menu each time it opens."""
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


def menu_item(said: str, act: Act) -> None:
    """Adds a line to a menu."""
    with_attributes(ui.menu_item(said, act), role="menuitem")


def many(number: int, what: str) -> str:
    """Returns a number with its noun: `1 lead`, `2 leads`."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def listed(counts: Mapping[str, int]) -> str:
    """Returns counts in words: `2 messages and 1 reminder`."""
    return " and ".join(many(number, what) for what, number in sorted(counts.items()))


def mark(one: Element, css: str, *, on: bool) -> None:
    """Sets or removes this class, and tells screen readers."""
    one.classes(add=css if on else "", remove="" if on else css)
    with_attributes(one, aria_pressed="true" if on else "false")


def with_attributes(one: Element, **attributes: Any) -> Element:
    for name, value in attributes.items():
        one.props[name.strip("_").replace("_", "-")] = value
    return one


async def in_thread(do: Callable[[], Facts]) -> Facts:
    """Runs a person's act in a thread, because it waits for the bot and the page must not. Returns its result."""
    return await asyncio.to_thread(do)
