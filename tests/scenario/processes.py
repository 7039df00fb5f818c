"""The bot as real processes, for what only those can show: kills, races, signals, logs, exit codes."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.sandbox import Sandbox

Found = TypeVar("Found")
START_SECONDS = 30


def wait_until(condition: Callable[[], Found], *, seconds: float = 20) -> Found:
    """Ask again and again until the answer is true; the answer."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not come to that in time"
        time.sleep(0.02)
    return found


class Installation:
    """Where the bot is installed: its settings, as an operator writes them, and a folder for what it prints. `under` is
    a command to start it with."""

    def __init__(
        self, slack: Sandbox, database_url: str, folder: Path, *, under: Sequence[str] = (), **more: str
    ) -> None:
        self.slack = slack
        self.folder = folder
        self._under = under
        self.environment = {
            "PATH": os.environ["PATH"],
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            "HOST": "127.0.0.1",
            "BATON_CLOCK_FILE": str(folder / "clock"),
            "BATON_TICK_SECONDS": "0.1",
            "BATON_POST_INTERVAL_SECONDS": "0",
            "PYTHONWARNINGS": "error,ignore::ResourceWarning",
            "COLUMNS": "200",
            **more,
        }
        self._started = 0

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*self._under, sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *arguments: str, **more: str) -> "Process":
        """Start a command that runs until it is told to end."""
        self._started += 1
        log = self.folder / f"log-{self._started}"
        environment = self.environment | more
        return Process(self.launch(arguments, environment, log), environment, log)

    def launch(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> "Launched":
        with log.open("wb") as file:
            return subprocess.Popen(
                [*self._under, sys.executable, "-m", "bot", *arguments],
                cwd=self.folder,
                env=environment,
                stdout=file,
                stderr=file,
            )

    @contextmanager
    def serving(self, *arguments: str, **more: str) -> Iterator["Process"]:
        """`serve` on a free port, ready, with Slack delivering to it; killed at the end if it still runs."""
        process = self.start("serve", *arguments, PORT=str(free_port()), **more)
        try:
            process.ready()
            if "SLACK_APP_TOKEN" not in more:
                self.slack.deliver_to(f"{process.url}/slack/events")
            yield process
        finally:
            process.kill()

    @contextmanager
    def ticking(self, **more: str) -> Iterator["Process"]:
        """`clock`, running (the first it does is to ask who it is); killed at the end if it still runs."""
        before = len(self.slack.log.calls("auth.test"))
        process = self.start("clock", **more)
        try:
            self.slack.wait_for(lambda: len(self.slack.log.calls("auth.test")) > before, timeout=START_SECONDS)
            yield process
        finally:
            process.kill()


class Launched(Protocol):
    """What the operating system knows of a process: the part of `subprocess.Popen` that is used here."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...


class Process:
    """One process of the bot."""

    def __init__(self, launched: Launched, environment: dict[str, str], log: Path) -> None:
        self._log = log
        self.url = f"http://127.0.0.1:{environment.get('PORT', '')}"
        self._popen = launched

    def ready(self) -> None:
        """Wait until it says that it is."""

        wait_until(lambda: self.answers("/readyz") == 200, seconds=START_SECONDS)

    def answers(self, path: str) -> int | None:
        """The status, or None while it does not listen yet. It must not have ended."""
        assert not self.ended, self.log
        try:
            return self.get(path)[0]
        except OSError:
            return None

    def get(self, path: str) -> tuple[int, str]:
        """Status and body."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:  # noqa: S310 - our own loopback
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def get_json(self, path: str) -> Any:
        return json.loads(self.get(path)[1])

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    @property
    def ended(self) -> bool:
        return self._popen.poll() is not None

    def send(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def kill(self) -> None:
        """As a power cut does."""
        if not self.ended:
            self.send(signal.SIGKILL)
        self._popen.wait()

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; its exit code, and the seconds that it took."""
        started = time.monotonic()
        self.send(number)
        code = self._popen.wait(timeout=20)
        return code, time.monotonic() - started


_ports = itertools.count(os.getpid() * 97)


def free_port() -> int:
    """A port that nobody listens at, for a process that is about to. Not one of those that a system gives to whoever
    connects: it might be given away in between."""
    while True:
        port = 10_000 + next(_ports) % 20_000
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
