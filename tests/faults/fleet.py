"""Baton's processes as in production, kept running: a process that ends is started again at once."""

import json
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

from bot.sandbox import Sandbox
from tests.scenario.processes import Installation, Process, free_port, wait_until

TICK_SECONDS = "0.3"
STEP = timedelta(seconds=10)
# Seconds of the machine's time per step. Time passes twenty times as fast as the machine's, so that leases end while
# somebody waits for it. A step is shorter than the last part of a lease, in which a worker begins no send: so a message
# that a worker has begun is sent before its lease ends.
STEP_SECONDS = 0.5

OVERTAKEN = "overtaken by another worker"


class Fleet:
    """`webs` take what Slack sends, `clocks` run the jobs. Without clocks the web processes also run the jobs, like one
    `serve`."""

    def __init__(self, installation: Installation, *, webs: int, clocks: int) -> None:
        self._folder = installation.folder
        serve = ("serve", "--no-clock") if clocks else ("serve",)
        self.webs = [Role(installation, serve) for _ in range(webs)]
        self.clocks = [Role(installation, ("clock", "--port")) for _ in range(clocks)]
        installation.slack.deliver_to(*(f"{web.process.url}/slack/events" for web in self.webs))

    @property
    def everyone(self) -> "list[Role]":
        return [*self.webs, *self.clocks]

    def ready(self) -> None:
        """Waits until all are at work."""
        for role in self.everyone:
            wait_until(role.is_ready, seconds=60)

    @property
    def overtaken(self) -> Counter[str]:
        """How often a worker logged that it posted a message that another had taken over, by the message's key. The
        logs count, because a metric is lost with its process."""
        said = (line for log in self._folder.glob("log-*") for line in overtaken_lines(log.read_text("utf-8")))
        return Counter(line["key"] for line in said if line["how"] == "posted")

    def end(self) -> None:
        for role in self.everyone:
            role.process.kill()


class Role:
    """One place in the fleet: a process at a port that stays the same."""

    def __init__(self, installation: Installation, arguments: Sequence[str]) -> None:
        self._installation = installation
        port = str(free_port())
        self._settings = {"PORT": port, "BATON_TICK_SECONDS": TICK_SECONDS}
        self._arguments = [*arguments, port] if arguments[-1] == "--port" else arguments
        self.process = self._started()

    def _started(self) -> Process:
        return self._installation.start(*self._arguments, **self._settings)

    def kill(self) -> None:
        """Kills it, as a power cut does, and starts it again at once, as a supervisor does."""
        self.process.kill()
        self.process = self._started()

    def end(self) -> tuple[int, float]:
        """Asks it to end, and starts it again. Returns its exit code, and the seconds that the end took."""
        ended = self.process.terminate()
        self.process = self._started()
        return ended

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Pauses the process for the block."""
        self.pause()
        try:
            yield
        finally:
            self.go_on()

    def pause(self) -> None:
        self.process.send(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send(signal.SIGCONT)

    def is_ready(self) -> bool:
        """True if it is at work. Starts it again if it gave up at its start, for example because there was no
        database."""
        if self.process.ended:
            self.process = self._started()
        try:
            return self.process.get("/readyz")[0] == 200
        except OSError:  # it does not listen yet, or was killed in the meantime
            return False


def overtaken_lines(log: str) -> list[dict[str, Any]]:
    """Returns the lines of a log about messages that were sent after another worker had taken them over."""
    return [json.loads(line) for line in log.splitlines() if OVERTAKEN in line]


@contextmanager
def running(installation: Installation, *, webs: int, clocks: int) -> Iterator[Fleet]:
    """Yields a fleet at work, while time passes fast. Kills it at the end."""
    fleet = Fleet(installation, webs=webs, clocks=clocks)
    try:
        fleet.ready()
        with passing_time(installation.slack):
            yield fleet
    finally:
        fleet.end()


@contextmanager
def passing_time(slack: Sandbox) -> Iterator[None]:
    """For the block, time passes faster than the machine's, but only as fast as Slack answers: before each step, Slack
    finishes every request that has reached it. Otherwise a request of a killed process could take effect after its
    lease, and replace what the next worker has shown."""
    ended = threading.Event()

    def pass_time() -> None:
        while not ended.wait(STEP_SECONDS):
            urlopen(f"{slack.url}/api/api.test").close()  # noqa: S310 - the sandbox, on this machine
            slack.clock.advance(STEP)

    thread = threading.Thread(target=pass_time, name="time")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
