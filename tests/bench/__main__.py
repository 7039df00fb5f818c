"""`make bench`: what Baton costs, compared with what it is built on, on SQLite and on Postgres."""

import os
import platform
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.bench import answers, bases, card, dispatch, drain, growth, page, start
from tests.bench.load import WrongAnswer
from tests.bench.results import Results
from tests.bench.run import FULL, QUICK, Run
from tests.bench.targets import verdict

ANSWERS = ("mql", "accept", "click")
GROWTH = ("digest", "sweep", "home")
OTHERS = {
    "card": card.measure,
    "start": start.measure,
    "dispatch": dispatch.measure,
    "drain": drain.measure,
    "page": page.measure,
}
PARTS = (*ANSWERS, *OTHERS, *GROWTH)
BUILD = Path("build")

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"Some of: {', '.join(PARTS)}. Without: all.")] = None,
    database: Annotated[str, typer.Option(help="sqlite or postgres; without: both.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Measure little: to see that it works.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the databases in build/bench.")] = False,
) -> None:
    """Measure, print a table and which targets are missed, and write build/bench.json."""
    chosen = parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        raise typer.BadParameter(f"there is no {', '.join(unknown)}; there is {', '.join(PARTS)}")
    out, results, begun = Console(highlight=False, markup=False, soft_wrap=True), Results(), time.monotonic()

    def progress(step: str) -> None:
        out.print(f"{time.monotonic() - begun:4.0f} s  {step}")

    with bases.bases(BUILD / "bench", keep=keep) as made:
        run = Run(
            results=results,
            bases=made,
            folder=made.folder,
            kinds=tuple(kind for kind in bases.KINDS if database in ("", kind)),
            effort=QUICK if quick else FULL,
            progress=progress,
        )
        try:
            measure(run, chosen)
        except WrongAnswer as wrong:
            raise SystemExit(f"What is not done can't be measured: {wrong}") from wrong
    results.show(out)
    results.write(BUILD / "bench.json")
    for line in verdict(results.figures):
        out.print(line)


def measure(run: Run, chosen: list[str]) -> None:
    """Measures the chosen parts, in their order."""
    run.results["machine.cpus"] = os.cpu_count() or 0
    run.results["machine.python"] = platform.python_version()
    for kind in run.kinds:
        for name, answer in bases.about(kind, run.bases.new(kind, "empty")).items():
            run.results[f"{kind}.{name}"] = answer
        if some := [part for part in ANSWERS if part in chosen]:
            answers.measure(run, kind, some)
        if some := [part for part in GROWTH if part in chosen]:
            growth.measure(run, kind, some)
    for part, act in OTHERS.items():
        if part in chosen:
            act(run)


if __name__ == "__main__":
    app()
