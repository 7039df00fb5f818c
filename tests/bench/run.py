"""One run of the bench: what all its parts share."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from bot.sandbox import Sandbox
from bot.settings import Settings
from tests.bench.bases import Bases
from tests.bench.results import Results


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is measured. `sizes`: handoffs of history, ascending. `nudges`: reminders to each of the `people`.
    `messages`: in the long channel of the page, of which 360 are shown."""

    # At 150 requests a second, the steady seconds of all rounds are 3,000 requests.
    rounds: int = 5
    saturated_seconds: float = 1.2
    steady_seconds: float = 4
    cards: int = 100
    starts: int = 5
    commands: int = 200
    dispatches: int = 4000
    people: int = 200
    nudges: int = 5
    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    repeats: int = 15
    messages: int = 2_000

    def to_warm_up(self) -> "Effort":
        return replace(self, saturated_seconds=self.saturated_seconds / 4, steady_seconds=self.steady_seconds / 4)


FULL = Effort()
QUICK = Effort(
    rounds=1,
    saturated_seconds=0.5,
    steady_seconds=0.5,
    cards=10,
    starts=1,
    commands=50,
    dispatches=400,
    people=20,
    sizes=(10_000, 100_000),
    repeats=3,
)


def settings(url: str) -> Settings:
    """Returns the settings of a Baton that runs in this process and never calls Slack."""
    return Settings(
        _env_file=None,
        slack_bot_token=SecretStr("xoxb-bench"),
        slack_signing_secret=SecretStr("bench"),
        database_url=url,
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """What all parts share. `kinds`: the kinds of database. `progress` is told each step."""

    results: Results
    bases: Bases
    folder: Path
    kinds: tuple[str, ...]
    effort: Effort
    progress: Callable[[str], None]

    @staticmethod
    def environment(slack: Sandbox, url: str = "") -> dict[str, str]:
        """Returns the environment of a server. The bare one needs no database."""
        return {
            "DATABASE_URL": url,
            "HOST": "127.0.0.1",
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
        }
