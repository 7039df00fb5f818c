"""`make chaos`: long rounds on both databases. `make chaos SEEDS="7 8"` repeats these seeds.

A seed decides what people and the faults choose. The machine decides what coincides with what.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tests import databases
from tests.faults import postgres, rounds
from tests.faults.rounds import Field, Outcome

SEEDS = 20
KILLS = 25
# The least number of messages that the bot writes in a round with kills. With a new primary it is a fifth.
MESSAGES = 500
STOPS = 3
ENDS = 6
# Blows to Postgres. They alternate: one restarts it, the next cuts all connections.
BLOWS = 100
# The leads of all races together. In a race all reps want a lead.
LEADS = 10_000


@dataclass(frozen=True)
class Installed:
    """Which processes run, on which database. Without clocks the web processes also run the jobs, like one `serve`."""

    database: str
    webs: int
    clocks: int

    def __str__(self) -> str:
        processes = self.webs + self.clocks
        return f"{self.database} with {processes} process{'es' if processes > 1 else ''}"


SQLITE = Installed("sqlite", 1, 0)
FENCED = Installed("postgres", 2, 2)
INSTALLED = (SQLITE, FENCED, Installed("postgres", 1, 1), FENCED)
RACED = (SQLITE, *(Installed("postgres", webs, 1) for webs in (2, 4, 8)))

Done = Callable[[], None]
Round = tuple[str, str, int, Callable[[str, Done], Outcome]]


def main() -> int:
    """Plays the rounds. Returns 0 if nothing went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default=" ".join(str(n) for n in range(1, SEEDS + 1)), help="which to play")
    parser.add_argument("--only", default="", help="only rounds whose name has this in it")
    parser.add_argument("--leads", type=int, default=LEADS, help="how many all reps want")
    given = parser.parse_args()
    out = Console()
    started, failed, blows, messages, acts = time.monotonic(), 0, 0, 0, 0
    try:
        for name, seed, times, play in _rounds(given.seeds.split(), given.leads):
            if given.only not in name:
                continue
            outcome = _played(out, f"{name}, seed {seed}", times, lambda done, play=play, seed=seed: play(seed, done))  # type: ignore[misc]  # defaults bind them
            failed += bool(outcome.problems)
            blows, messages, acts = blows + times, messages + outcome.messages, acts + outcome.acts
    finally:
        databases.stop()
    minutes = (time.monotonic() - started) / 60
    verdict = (
        f"[red]{failed} rounds went wrong[/]" if failed else "[green]nothing was lost, doubled or shown wrongly[/]"
    )
    out.print(f"{verdict}: {acts:,} acts, {messages:,} messages, {blows:,} blows and races, {minutes:.0f} min")
    return 1 if failed else 0


def _rounds(seeds: list[str], leads: int) -> Iterator[Round]:
    """Yields name, seed, number of blows, and the function that plays it."""
    for seed in seeds:
        installed = INSTALLED[int(seed) % len(INSTALLED)]  # chosen by the seed, so that a repeated seed uses the same
        yield f"kills on {installed}", seed, KILLS, _on(installed, _kills)
    for seed in seeds[:4]:
        installed = INSTALLED[int(seed) % 2]
        yield f"stopped past the lease, on {FENCED}", seed, STOPS, _on(FENCED, _stops)
        yield f"asked to end on {installed}", seed, ENDS, _on(installed, _ends)
    for seed in seeds[:2]:
        yield f"stopped past the lease, alone, on {SQLITE}", seed, STOPS, _on(SQLITE, _pauses)
    yield "postgres restarted and cut off", seeds[0], BLOWS, _restarts
    yield "a standby becomes the primary", seeds[0], 1, _failover
    for installed in RACED:
        each = leads // len(RACED)
        yield f"all want all leads on {installed}", seeds[0], each, _on(installed, partial(_races, leads=each))


def _played(out: Console, title: str, times: int, play: Callable[[Done], Outcome]) -> Outcome:
    started = time.monotonic()
    with Progress(console=out, transient=True) as progress:
        task = progress.add_task(title, total=times)
        try:
            outcome = play(lambda: progress.advance(task))
        except (AssertionError, TimeoutError) as error:  # the bot did not recover: record it, and go on
            outcome = Outcome(problems=[f"it did not recover: {error!r}"], messages=0, acts=0)
    mark = "[red]✗[/]" if outcome.problems else "[green]✓[/]"
    seconds = time.monotonic() - started
    out.print(f"{mark} {title}: {times} times, {outcome.messages} messages, {outcome.acts} acts, {seconds:.0f} s")
    for problem in outcome.problems:
        out.print(f"    {problem}", markup=False)
    return outcome


@contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="baton-chaos-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def _on(installed: Installed, play: Callable[[Field, Done], Outcome]) -> Callable[[str, Done], Outcome]:
    """Returns a function that plays on these processes, with a database of their kind."""

    def played(seed: str, done: Done) -> Outcome:
        with _folder() as folder:
            url = databases.sqlite(folder) if installed.database == "sqlite" else databases.postgres()
            with rounds.field(folder, url, seed, webs=installed.webs, clocks=installed.clocks) as field:
                outcome = play(field, done)
            databases.drop(url)
        return outcome

    return played


def _kills(field: Field, done: Done) -> Outcome:
    return rounds.kills(field, times=KILLS, messages=MESSAGES, done=done)


def _stops(field: Field, done: Done) -> Outcome:
    return rounds.stops(field, times=STOPS, done=done)


def _pauses(field: Field, done: Done) -> Outcome:
    return rounds.pauses(field, times=STOPS, done=done)


def _ends(field: Field, done: Done) -> Outcome:
    return rounds.ends(field, times=ENDS, done=done)


def _restarts(seed: str, done: Done) -> Outcome:
    with (
        _folder() as folder,
        postgres.running() as server,
        rounds.field(folder, server.new_database(), seed, webs=2, clocks=2) as field,
    ):
        return rounds.blows(field, server.restart, server.cut, times=BLOWS, done=done)


def _failover(seed: str, done: Done) -> Outcome:
    with (
        _folder() as folder,
        postgres.followed() as pair,
        rounds.field(folder, pair.url, seed, webs=2, clocks=2) as field,
    ):
        return rounds.blows(field, pair.fail_over, times=1, messages=MESSAGES // 5, done=done)


def _races(field: Field, done: Done, *, leads: int) -> Outcome:
    return rounds.races(field, leads=leads, done=done)


if __name__ == "__main__":
    sys.exit(main())
