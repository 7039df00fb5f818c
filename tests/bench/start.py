"""How soon a server is ready, and how much memory it holds then and after some commands: `baton serve` with its jobs,
compared with bare Bolt behind the same web server."""

import statistics
from collections import defaultdict

from bot.sandbox import Sandbox
from tests.bench import load, team
from tests.bench.bases import opened
from tests.bench.payloads import Slack
from tests.bench.results import ratio
from tests.bench.run import Run
from tests.bench.servers import BARE, SERVE, Server


def measure(run: Run) -> None:
    """Measures on SQLite. Both servers start in turn."""
    figures: dict[str, list[float]] = defaultdict(list)
    with Sandbox() as slack:
        members = team.in_slack(slack)
        url = run.bases.new("sqlite", "start")
        with opened(url) as store:
            team.set_up(store, members)
        for number in range(run.effort.starts):
            for name, command, says in (("bare", BARE, b""), ("baton", SERVE, b"Flagged as #")):
                run.progress(f"start {number + 1} of {run.effort.starts}: {name}")
                server = Server(command, run.folder, run.environment(slack, url))
                try:
                    figures[f"start.{name}_ms"].append(server.ready() * 1000)
                    figures[f"memory.{name}_ready_mb"].append(server.megabytes())
                    bot = Slack(members, slack.signing_secret, app_id=slack.workspace.app_id)
                    requests = [bot.mql() for _ in range(run.effort.commands)]
                    load.saturate(server.port, requests, says=says, seconds=60)
                    figures[f"memory.{name}_mb"].append(server.megabytes())
                finally:
                    server.stop()
    run.results["start.of_bare"] = ratio(figures["start.baton_ms"], figures["start.bare_ms"])
    run.results["memory.of_bare"] = ratio(figures["memory.baton_mb"], figures["memory.bare_mb"])
    for name, values in figures.items():
        run.results[name] = statistics.median(values)
