"""How long it takes from `/mql` to the card, by Slack's own timestamp of the card. Slack's limit of one message per
second and channel is off."""

import random
import statistics
import time
from contextlib import ExitStack

from bot.sandbox import Sandbox
from tests.bench import team
from tests.bench.bases import opened
from tests.bench.load import WrongAnswer
from tests.bench.results import percentile
from tests.bench.run import Run
from tests.bench.servers import CLOCK, SERVE, WEB, running


def measure(run: Run) -> None:
    """Measures one process that does everything, on SQLite. Then a web process and a clock process, on Postgres: they
    poll for messages four times a second."""
    for name, kind, commands in (("card.", "sqlite", (SERVE,)), ("card.apart_", "postgres", (WEB, CLOCK))):
        if kind in run.kinds:
            run.progress(f"from /mql to the card, on {kind}")
            seconds = _measure(run, kind, commands)
            run.results[f"{name}median_ms"] = statistics.median(seconds) * 1000
            run.results[f"{name}p99_ms"] = percentile(seconds, 0.99) * 1000


def _measure(run: Run, kind: str, commands: tuple[tuple[str, ...], ...]) -> list[float]:
    url = run.bases.new(kind, "card")
    with ExitStack() as stack:
        slack = stack.enter_context(Sandbox(rate_limits=False))
        members = team.in_slack(slack)
        with opened(url) as store:
            team.set_up(store, members)
        environment = {**run.environment(slack, url), "BATON_POST_INTERVAL_SECONDS": "0"}
        servers = [stack.enter_context(running(command, run.folder, environment)) for command in commands]
        slack.deliver_to(f"http://127.0.0.1:{servers[0].port}/slack/events")
        return [_card(slack, members.leads, number) for number in range(run.effort.cards)]


def _card(slack: Sandbox, leads: str, number: int) -> float:
    """Flags a lead. Returns the seconds until its card is there."""
    time.sleep(random.uniform(0, 0.5))  # so that the command comes at any moment between two polls
    before = len(slack.messages(leads))
    begun = time.time()
    answer = slack.person("marketer0").command("/mql", f"Jane Doe, Acme, jane{number}@acme.example", channel=leads)
    if "Flagged as #" not in answer.text:
        raise WrongAnswer(answer.text)
    slack.wait_for(lambda: len(slack.messages(leads)) > before)
    return float(slack.messages(leads)[-1].ts) - begun
