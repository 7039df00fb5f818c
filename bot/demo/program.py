"""The bot as it runs in production: a process of its own. The demo can kill it and start it again."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Self

from bot.sandbox import Sandbox

# How long the bot may take to stop before it is killed.
GRACE_SECONDS = 15


class Program:
    """`baton serve` for a sandbox: over Socket Mode, on SQLite, with short ticks. `folder` holds the database and the
    clock's file.

    `wanted` is true if the bot should run: it was started, and neither killed nor stopped since.
    """

    def __init__(self, slack: Sandbox, folder: Path, *, agreement: Path | None = None) -> None:
        self._slack = slack
        self._folder = folder
        self._log = folder / "baton.log"
        own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self._environment = {
            **own,  # a proxy can't reach the Slack on this machine
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "BATON_AGREEMENT": str(agreement or ""),
            "BATON_CLOCK_FILE": str(folder / "clock"),
            "BATON_TICK_SECONDS": "0.2",
            "BATON_POST_INTERVAL_SECONDS": "0",
            "LOG_LEVEL": "INFO",
        }
        self.wanted = False
        self._process: subprocess.Popen[bytes] | None = None
        self._leash: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def database(self) -> Path:
        return self._folder / "baton.db"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the bot, unless it runs already. It connects by itself; until then `Sandbox.sockets` is 0."""
        self.wanted = True
        if self.running:
            return
        self._let_go()
        theirs, self._leash = os.pipe()  # the bot ends when we do, even if we are killed
        with self._log.open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                env={**self._environment, "BATON_LEASH": str(theirs)},
                cwd=self._folder,  # which has no .env
                stdout=sink,
                stderr=sink,
                pass_fds=[theirs],
            )
        os.close(theirs)

    def kill(self) -> None:
        """Kills the bot at once, as a power cut does."""
        self.wanted = False
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._let_go()

    def stop(self) -> None:
        """Asks the bot to end. Kills it if it has not ended after GRACE_SECONDS."""
        self.wanted = False
        if self._process is None:
            return
        self._process.terminate()
        self._slack.hang_up_sockets()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._let_go()

    def _let_go(self) -> None:
        if self._leash is not None:
            os.close(self._leash)
            self._leash = None

    def last_words(self, lines: int = 20) -> str:
        """Returns the last lines of its log."""
        return "\n".join(self._log.read_text("utf-8").splitlines()[-lines:])
