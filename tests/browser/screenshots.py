"""The pictures of the pages: `make screenshots`. Look at them before you commit them."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.pages import MISSING, chromium, serving
from tests.browser.visitor import Visitor


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, tempfile.TemporaryDirectory() as scratch:
        if browser is None:
            raise SystemExit(f"This {MISSING}.")
        expect.set_options(timeout=20_000)
        with serving(Path(scratch), "bot", "demo", "--no-browser", "--port", "PORT") as address:
            _tour(browser, address, folder)


def _tour(browser: Browser, address: str, folder: Path) -> None:
    visitor = _window(browser, address, 1280, 800)
    card = visitor.flag("Jane Doe", "Acme")
    visitor.become(visitor.owner(card))
    card.get_by_role("button", name="Accept").click()
    expect(card).to_contain_text("has it")
    visitor.react(card, "star")
    visitor.become("Mia")
    visitor.flag("Bob Ray", "Globex")
    expect(visitor.page.get_by_role("region", name="Guide")).to_contain_text("2 of 5 done")
    _take(visitor, folder / "channel.png")
    visitor.skip("Next breach")
    visitor.skip("Next breach")
    visitor.become("Olga")
    visitor.go("Baton")
    _take(visitor, folder / "escalation.png")
    visitor.skip("Digest")
    visitor.go("handoff-numbers")
    visitor.panel("Ledger")
    _take(visitor, folder / "digest.png")
    phone = _window(browser, address, 390, 844)
    _take(phone, folder / "phone.png")


def _window(browser: Browser, address: str, width: int, height: int) -> Visitor:
    visitor = Visitor(browser.new_page(viewport={"width": width, "height": height}))
    visitor.page.goto(address)
    visitor.is_connected()
    return visitor


def _take(visitor: Visitor, file: Path) -> None:
    visitor.page.mouse.move(0, 0)
    visitor.page.screenshot(path=file, animations="disabled", caret="hide")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
