"""Windows on pages, in a real Chromium.

A test fails if its page writes an error to the console or asks another machine for anything.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import MISSING, chromium, serving
from tests.browser.visitor import Visitor

PATIENCE_MILLISECONDS = 20_000
Open = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser. Without Chromium the tests are skipped, unless BATON_NEEDS_CHROMIUM is set: then they fail."""
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with chromium() as started:
        if started is None:
            assert not os.environ.get("BATON_NEEDS_CHROMIUM"), MISSING
            pytest.skip(MISSING)
        yield started


@pytest.fixture(scope="package")
def shared_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one page for all tests that can share it."""
    with serving(tmp_path_factory.mktemp("page"), "tests.browser.served", "PORT", "150") as address:
        yield address


@pytest.fixture
def broken_page(tmp_path: Path) -> Iterator[str]:
    """The address of a page whose bot can't start, because its agreement is invalid."""
    with serving(tmp_path, "tests.browser.served", "PORT", "0", "broken") as address:
        yield address


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """The address of `baton demo` as a visitor starts it, fresh. Ask for it before `opened`, so that the windows close
    first."""
    with serving(tmp_path, "bot", "demo", "--no-browser", "--port", "PORT") as address:
        yield address


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a page as a person, in a new window."""
    troubles: list[str] = []
    contexts = []

    def open_one(
        address: str,
        who: str = "mia",
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        connected: bool = True,
        script: str = "",
    ) -> Visitor:
        """`script` runs in the page before any script of the page."""
        colors: Literal["dark", "light"] = "dark" if dark else "light"
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=colors, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        _listen(page, troubles)
        if script:
            page.add_init_script(script)
        page.goto(f"{address}?as={who}")
        visitor = Visitor(page)
        if connected:
            visitor.is_connected()
        else:
            visitor.is_heard()
        return visitor

    yield open_one
    for context in contexts:
        context.close()
    assert troubles == []


def _listen(page: Page, troubles: list[str]) -> None:
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
    page.on("request", lambda sent: None if _is_here(sent.url) else troubles.append(f"asked of outside: {sent.url}"))


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname == "127.0.0.1" or url.startswith(("data:", "blob:"))
