"""A real Chromium, and pages for it to look at."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

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
MISSING = "needs Chromium: apt-get install chromium fonts-noto-color-emoji fonts-lato"


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """Yields Debian's Chromium, or None if it is not installed."""
    found = shutil.which("chromium")
    if found is None:
        yield None
        return
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@contextmanager
def serving(folder: Path, *command: str) -> Iterator[str]:
    """Yields the address of a page that answers."""
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
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


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
