"""What Baton's listeners cost in Bolt, which asks them one after another. Sends an event that Baton only acknowledges,
so that it reaches the last listener, and compares with an app that has one listener, which does nothing."""

import json
import statistics
import time

from slack_bolt import App, BoltRequest

from bot.app import Baton
from tests.bench import front
from tests.bench.bare import acknowledge
from tests.bench.load import WrongAnswer
from tests.bench.results import ratio
from tests.bench.run import Run, settings

BATCH = 100
BODY = json.dumps(
    {
        "type": "event_callback",
        "team_id": "T0BENCH",
        "api_app_id": "A0BENCH",
        "event": {"type": "team_rename", "name": "Acme", "event_ts": "1.000100"},
        "event_id": "Ev0BENCH",
        "event_time": 1,
    }
)


def measure(run: Run) -> None:
    """Measures in this process: both apps in turn, batch by batch."""
    run.progress("dispatch: with all listeners, and with one")
    baton = Baton(settings(run.bases.new("sqlite", "dispatch")), clock_inside=False)
    one = front.bolt_app()
    one.event(front.ANY)(acknowledge)
    apps = {"baton": baton.bolt, "one": one}
    figures: dict[str, list[float]] = {name: [] for name in apps}
    for app in apps.values():
        _batch(app)  # warms up
    for _ in range(run.effort.dispatches // BATCH):
        for name, app in apps.items():
            figures[name].append(_batch(app))
    baton.stop()
    run.results["dispatch.of_one"] = ratio(figures["baton"], figures["one"])
    for name, seconds in figures.items():
        run.results[f"dispatch.{name}_us"] = statistics.median(seconds) * 1_000_000


def _batch(app: App) -> float:
    """Returns the seconds that one dispatch takes, on average over a batch."""
    requests = [BoltRequest(body=BODY, headers={"content-type": "application/json"}) for _ in range(BATCH)]
    begun = time.perf_counter()
    statuses = {app.dispatch(request).status for request in requests}
    seconds = time.perf_counter() - begun
    if statuses != {200}:
        raise WrongAnswer(f"Bolt answered {statuses}")
    return seconds / BATCH
