"""The results: one flat list of figures, shown as a table and written as JSON."""

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table


class Results:
    """Figures by name, in the order in which they were measured. The table shows ratios in bold."""

    def __init__(self) -> None:
        self._figures: dict[str, float | str] = {}

    def __setitem__(self, name: str, figure: float | str) -> None:
        self._figures[name] = round(figure, 3) if isinstance(figure, float) else figure

    @property
    def figures(self) -> Mapping[str, float | str]:
        return self._figures

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(self._figures, indent=2) + "\n", "utf-8")

    def show(self, out: Console) -> None:
        table = Table("figure", "value", box=None, pad_edge=False)
        for name, figure in self._figures.items():
            style = "bold" if "of_" in name else "dim"
            table.add_row(name, f"{figure:g}" if isinstance(figure, float) else str(figure), style=style)
        out.print(table)


def percentile(seconds: Iterable[float], share: float) -> float:
    """Returns a percentile by nearest rank. `share` is between 0 and 1."""
    ascending = sorted(seconds)
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


def ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """Returns the median of the ratios of the rounds. What slows the machine for a while slows both sides of a
    round."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))
