"""`data_visualization` blocks as SVG, with their numbers in words for people who can't see them."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from bot.demo.playground.mrkdwn import escaped

Json = dict[str, Any]
# The size and the margins of a chart, in units of its SVG.
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 220, 40, 28, 10
# How many colors there are: one for each series that a chart may have. The style sheet defines them.
COLORS = 6


def chart(block: Json) -> str:
    """Returns the picture with its legend. Its label says the numbers to screen readers."""
    made = block["chart"]
    if made["type"] == "pie":
        names = [f"{one['label']}: {_number(one['value'])}" for one in made["segments"]]
        picture = _pie([float(one["value"]) for one in made["segments"]])
    else:
        names = [one["name"] for one in made["series"]]
        picture = _axes(made)
    legend = "".join(
        f'<span><i class="series-{position % COLORS}"></i>{escaped(name)}</span>' for position, name in enumerate(names)
    )
    return (
        f'<figure class="chart"><figcaption>{escaped(block["title"])}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escaped(_in_words(block))}">{picture}</svg>'
        f'<div class="legend" aria-hidden="true">{legend}</div></figure>'
    )


def _in_words(block: Json) -> str:
    made = block["chart"]
    if made["type"] == "pie":
        parts = [f"{one['label']} {_number(one['value'])}" for one in made["segments"]]
    else:
        parts = [
            f"{one['name']}: " + ", ".join(f"{point['label']} {_number(point['value'])}" for point in one["data"])
            for one in made["series"]
        ]
    return f"{block['title']}. {'; '.join(parts)}"


def _pie(values: Sequence[float]) -> str:
    total, turned, radius = sum(values), 0.0, HEIGHT / 2 - TOP
    if len(values) == 1:
        return f'<circle class="series-0" cx="{WIDTH / 2}" cy="{HEIGHT / 2}" r="{radius}"/>'
    made = []
    for position, value in enumerate(values):
        start, turned = turned, turned + value / total * math.tau
        ends = [(WIDTH / 2 + radius * math.sin(a), HEIGHT / 2 - radius * math.cos(a)) for a in (start, turned)]
        large = int(turned - start > math.pi)
        made.append(
            f'<path class="series-{position % COLORS}" d="M{WIDTH / 2},{HEIGHT / 2} L{_at(*ends[0])} '
            f'A{radius},{radius} 0 {large} 1 {_at(*ends[1])} Z"/>'
        )
    return "".join(made)


def _axes(made: Json) -> str:
    categories: list[str] = made["axis_config"]["categories"]
    series = [{point["label"]: float(point["value"]) for point in one["data"]} for one in made["series"]]
    values = [value for one in series for value in one.values()]
    top, low = _round_up(max([*values, 1.0])), min([*values, 0.0])
    step = (WIDTH - LEFT) / len(categories)

    def y(value: float) -> float:
        return TOP + (top - value) / (top - low) * (HEIGHT - BOTTOM - TOP)

    grid = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        f'<text class="axis" text-anchor="end" x="{LEFT - 6}" y="{y(value) + 4:.1f}">{_number(value)}</text>'
        for value in (0.0, top / 2, top)
    )
    words = "".join(
        f'<text class="axis" text-anchor="middle" x="{LEFT + step * (at + 0.5):.1f}" y="{HEIGHT - 8}">'
        f"{escaped(name)}</text>"
        for at, name in enumerate(categories)
    )
    draw = _bars if made["type"] == "bar" else _lines
    drawn = draw(
        [[(LEFT + step * at, y(one[name])) for at, name in enumerate(categories)] for one in series], step, y(0)
    )
    area = _areas(series, categories, step, y) if made["type"] == "area" else ""
    return grid + words + area + drawn


def _bars(series: list[list[tuple[float, float]]], step: float, base: float) -> str:
    width = step * 0.7 / len(series)
    return "".join(
        f'<rect class="series-{position % COLORS}" rx="2" x="{x + step * 0.15 + width * position:.1f}" '
        f'y="{min(y, base):.1f}" width="{width:.1f}" height="{abs(base - y):.1f}"/>'
        for position, points in enumerate(series)
        for x, y in points
    )


def _lines(series: list[list[tuple[float, float]]], step: float, _base: float) -> str:
    made = []
    for position, points in enumerate(series):
        shifted = [(x + step / 2, y) for x, y in points]
        made += [
            f'<line class="line series-{position % COLORS}" x1="{a[0]:.1f}" y1="{a[1]:.1f}" '
            f'x2="{b[0]:.1f}" y2="{b[1]:.1f}"/>'
            for a, b in pairwise(shifted)
        ]
        made += [f'<circle class="series-{position % COLORS}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in shifted]
    return "".join(made)


def _areas(series: list[dict[str, float]], categories: list[str], step: float, y: Any) -> str:
    made = []
    for position, one in enumerate(series):
        points = [(LEFT + step * (at + 0.5), y(one[name])) for at, name in enumerate(categories)]
        edge = " ".join(_at(*point) for point in [*points, (points[-1][0], y(0.0)), (points[0][0], y(0.0))])
        made.append(f'<polygon class="area series-{position % COLORS}" points="{edge}"/>')
    return "".join(made)


def _at(x: float, y: float) -> str:
    return f"{x:.1f},{y:.1f}"


def _round_up(value: float) -> float:
    """Returns a round number for the top of a scale, at or above `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= value)


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
