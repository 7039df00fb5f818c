"""The bot as real processes, for what only these can show: kills, races, signals, logs, exit codes."""

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
    """Calls `condition` again and again until the result is true, and returns it. Fails after `seconds`."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not come to that in time"
        time.sleep(0.02)
    return found


class Installation:
    """An installation of the bot: its settings, as an operator writes them, and a folder for its output. `under` is a
    command that starts it."""

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
        """Runs a command to its end."""
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
        """Starts a command that runs until it is told to end."""
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
        """Yields `serve` on a free port, ready, with Slack delivering to it. Kills it at the end if it still runs."""
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
        """Yields a running `clock`. The first thing it does is to ask Slack who it is. Kills it at the end if it still
        runs."""
        before = len(self.slack.log.calls("auth.test"))
        process = self.start("clock", **more)
        try:
            self.slack.wait_for(lambda: len(self.slack.log.calls("auth.test")) > before, timeout=START_SECONDS)
            yield process
        finally:
            process.kill()


class Launched(Protocol):
    """A process of the operating system: the part of `subprocess.Popen` that the tests use."""

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
        """Waits until it says that it is ready."""

        wait_until(lambda: self.answers("/readyz") == 200, seconds=START_SECONDS)

    def answers(self, path: str) -> int | None:
        """Returns the status, or None while it does not listen yet. Fails if the process has ended."""
        assert not self.ended, self.log
        try:
            return self.get(path)[0]
        except OSError:
            return None

    def get(self, path: str) -> tuple[int, str]:
        """Returns the status and the body."""
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
        """Kills it, as a power cut does."""
        if not self.ended:
            self.send(signal.SIGKILL)
        self._popen.wait()

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Asks it to end. Returns its exit code, and the seconds that it took."""
        started = time.monotonic()
        self.send(number)
        code = self._popen.wait(timeout=20)
        return code, time.monotonic() - started


_ports = itertools.count(os.getpid() * 97)


def free_port() -> int:
    """Returns a port on which nobody listens, for a process that is about to. It is none of those that the system gives
    to programs that connect, because one of them could get it in the meantime."""
    while True:
        port = 10_000 + next(_ports) % 20_000
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
