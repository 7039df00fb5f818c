"""What Baton's listeners cost Bolt, which asks them one after another: a request that none of them wants, so that a last
one that does nothing gets it, beside the same with that one alone."""

import json
import statistics
import time
from urllib.parse import urlencode

from pydantic import SecretStr
from slack_bolt import Ack, App, BoltRequest

from bot.app import Baton
from bot.settings import Settings
from tests.bench import front
from tests.bench.load import WrongAnswer
from tests.bench.results import ratio
from tests.bench.run import Run

BATCH = 100
FORM = "application/x-www-form-urlencoded"
SUGGESTION = {
    "type": "block_suggestion",
    "team": {"id": "T0BENCH", "domain": "acme"},
    "user": {"id": "U0BENCH", "name": "mia", "team_id": "T0BENCH"},
    "api_app_id": "A0BENCH",
    "action_id": "bench",
    "block_id": "b1",
    "value": "a",
}


def measure(run: Run) -> None:
    """In this process, in turn, batch by batch."""
    run.progress("dispatch: with all listeners, and with one")
    settings = Settings(
        _env_file=None,
        slack_bot_token=SecretStr("xoxb-bench"),
        slack_signing_secret=SecretStr("bench"),
        database_url=run.bases.new("sqlite", "dispatch"),
    )
    baton = Baton(settings, clock_inside=False)
    apps = {"baton": baton.bolt, "one": front.bolt_app()}
    figures: dict[str, list[float]] = {name: [] for name in apps}
    for app in apps.values():
        app.options("bench")(_suggest)
        _batch(app)  # warms up
    for _ in range(run.effort.dispatches // BATCH):
        for name, app in apps.items():
            figures[name].append(_batch(app))
    baton.stop()
    run.results["dispatch.of_one"] = ratio(figures["baton"], figures["one"])
    for name, seconds in figures.items():
        run.results[f"dispatch.{name}_us"] = statistics.median(seconds) * 1_000_000


def _suggest(ack: Ack) -> None:
    ack(options=[])


def _batch(app: App) -> float:
    """Seconds that one dispatch takes."""
    body = urlencode({"payload": json.dumps(SUGGESTION)})
    requests = [BoltRequest(body=body, headers={"content-type": FORM}) for _ in range(BATCH)]
    begun = time.perf_counter()
    statuses = {app.dispatch(request).status for request in requests}
    seconds = time.perf_counter() - begun
    if statuses != {200}:
        raise WrongAnswer(f"Bolt answered {statuses}")
    return seconds / BATCH
