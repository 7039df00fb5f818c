"""A real Chromium, a real page, the real bot behind it.

What a page wrote on the console as an error, and whatever it wanted from another machine, fails the test that did it.
"""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.hands import Hands
from tests.scenario.processes import free_port

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 60
PATIENCE_MILLISECONDS = 20_000
Open = Callable[..., Hands]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Where it is missing the tests are skipped, except where they must run."""
    chromium = shutil.which("chromium")
    if chromium is None:
        assert not os.environ.get("BATON_NEEDS_CHROMIUM"), "chromium is missing"
        pytest.skip("needs Chromium: apt-get install chromium fonts-noto-color-emoji")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


@contextmanager
def serving(folder: Path, *command: str) -> Iterator[str]:
    """The address of a page that answers."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    log = folder / "page.log"
    with log.open("wb") as sink:
        words = [part.replace("PORT", str(port)) for part in command]
        process = subprocess.Popen([sys.executable, "-m", *words], env=environment, stdout=sink, stderr=sink)
    try:
        _wait_until_it_answers(process, f"http://127.0.0.1:{port}/", log)
        yield f"http://127.0.0.1:{port}/"
        assert process.poll() is None, log.read_text("utf-8")
        assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < until, "the page does not answer"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own loopback
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.05)


@pytest.fixture(scope="session")
def shared_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One page for all tests that do not mind what others did before."""
    with serving(tmp_path_factory.mktemp("page"), "tests.browser.served", "PORT", "0") as address:
        yield address


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """`baton demo` as a visitor starts it, fresh. To be asked for before `opened`, whose windows are to close first."""
    with serving(tmp_path, "bot", "demo", "--no-browser", "--port", "PORT") as address:
        yield address


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Open a page as somebody, in a window of its own."""
    troubles: list[str] = []
    contexts = []

    def open_one(address: str, who: str = "mia", *, width: int = 1280, height: int = 800, dark: bool = False) -> Hands:
        colors: Literal["dark", "light"] = "dark" if dark else "light"
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=colors, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        _listen(page, troubles)
        page.goto(f"{address}?as={who}")
        hands = Hands(page)
        hands.is_connected()
        return hands

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
