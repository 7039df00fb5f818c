"""`make bench`: what Baton costs beside what it stands on, on SQLite and on Postgres."""

import os
import platform
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.bench import answers
from tests.bench.answers import Effort
from tests.bench.bases import KINDS, bases, opened, version
from tests.bench.results import Results

REQUESTS = ("mql", "accept", "click")
PARTS = REQUESTS
BUILD = Path("build")


def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"Some of: {', '.join(PARTS)}. Otherwise all.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Measure little: to see that it works.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the databases in build/bench.")] = False,
) -> None:
    chosen = parts or list(PARTS)
    out = Console()
    results = Results()
    effort = Effort(rounds=1, saturated_seconds=0.5, steady_seconds=0.5) if quick else Effort(rounds=3, saturated_seconds=2, steady_seconds=3)
    with bases(BUILD / "bench", keep=keep) as made, out.status("") as status:
        results["machine"] = f"{os.cpu_count()} CPUs, Python {platform.python_version()}, {platform.system()}"
        for kind in KINDS:
            answers.measure(results, made, (BUILD / "bench").resolve(), kind=kind, requests=[r for r in REQUESTS if r in chosen], effort=effort, progress=status.update)
    results.write(BUILD / "bench.json")
    results.show(out)


if __name__ == "__main__":
    typer.run(main)
