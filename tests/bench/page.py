"""The sandbox in the browser: how soon it is ready, how soon a click has its effect, and a channel of 2,000 messages.

A driver measures from outside. It adds about ten milliseconds to each wait.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

from playwright.sync_api import Browser, Locator, Page

from tests.bench.run import Run
from tests.browser.pages import MISSING, chromium, serving
from tests.browser.visitor import Visitor

DEMO = ("bot", "demo", "--no-browser", "--port", "PORT")
FRAMES = """() => {
  window.gaps = []; let last = performance.now();
  const frame = now => { window.gaps.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""


def measure(run: Run) -> None:
    """Measures on SQLite, in Debian's Chromium."""
    with chromium() as browser:
        if browser is None:
            run.results["page"] = MISSING
            return
        _ready(run, browser)
        _long_channel(run, browser)


def _ready(run: Run, browser: Browser) -> None:
    """Measures the time from the command until the open page takes input and the bot behind it listens. Then measures
    clicks, each through the bot and back."""
    starts, clicks = list[float](), list[float]()
    for number in range(run.effort.starts):
        run.progress(f"page {number + 1} of {run.effort.starts}")
        started = time.perf_counter()
        with serving(run.folder, *DEMO) as address:
            visitor = Visitor(browser.new_page(viewport={"width": 1280, "height": 800}))
            visitor.page.goto(address)
            visitor.is_connected()
            starts.append(_since(started))
            if number == 0:
                clicks = _clicks(run, visitor)
            visitor.page.close()
    run.results["page.ready_ms"] = statistics.median(starts)
    run.results["page.click_ms"] = statistics.median(clicks)
    run.results["page.click_worst_ms"] = max(clicks)


def _clicks(run: Run, visitor: Visitor) -> list[float]:
    """Clicks Accept, then Log contact. Returns the milliseconds that each click took."""
    took = []
    for number in range(run.effort.starts * 3):
        card = visitor.flag("Jane Doe", f"Firm{number}")
        visitor.become(visitor.owner(card))
        for button, shows in (("Accept", "has it"), ("Log contact", "is working it")):
            card.get_by_role("button", name=button).click(trial=True)  # waits until the button is in place
            took.append(_until(card.get_by_role("button", name=button).click, partial(_shows, card, shows)))
        visitor.become("Mia")
    return took


def _long_channel(run: Run, browser: Browser) -> None:
    """In a channel of thousands, new messages arrive at the end, and earlier ones are shown."""
    messages = run.effort.messages
    run.progress(f"page: a channel of {messages} messages")
    with serving(run.folder, "tests.browser.served", "PORT", str(messages)) as address:
        visitor = Visitor(browser.new_page(viewport={"width": 1280, "height": 800}))
        page = visitor.page
        page.goto(address)
        visitor.is_connected()
        newest = partial(_shows, visitor.messages, f"Message {messages - 1} of")
        opened = _until(partial(visitor.go, "general"), newest)
        page.evaluate(FRAMES)
        news = [f"news {number}" for number in range(run.effort.starts * 3)]
        said = [_until(partial(visitor.type, one), partial(_shows, visitor.messages.last, one)) for one in news]
        more = page.get_by_role("button", name="Show earlier messages")
        for _ in range(5):
            more.click()
            page.mouse.wheel(0, -4000)
        run.results["page.long_channel_opens_ms"] = opened
        run.results["page.long_channel_message_ms"] = statistics.median(said)
        run.results["page.long_channel_longest_frame_ms"] = _longest_frame(page)
        page.close()


def _shows(message: Locator, words: str) -> None:
    """Waits, frame by frame, until the message has these words."""
    message.filter(has_text=words).wait_for()


def _longest_frame(page: Page) -> float:
    return float(page.evaluate("Math.max(...window.gaps)"))


def _until(act: Callable[[], object], seen: Callable[[], object]) -> float:
    """Returns the milliseconds from an act to its effect."""
    started = time.perf_counter()
    act()
    seen()
    return _since(started)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
