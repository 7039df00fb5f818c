"""The targets: what the figures of the bench should be."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

# By figure. `*` stands for any characters.
AT_LEAST = {"*.of_limit": 0.75}
AT_MOST = {
    "*.p50_of_limit": 2,
    "*.p95_of_limit": 2,
    "*.cpu_of_limit": 1.25,
    "*.1m_of_10k": 1.5,
    "card.*p99_ms": 250,
    "start.of_bare": 2,
    "memory.of_bare": 2,
    "dispatch.of_one": 1.3,
    "drain.of_floor": 1.5,
    "drain.refused": 0,
    "page.ready_ms": 3000,
    "page.click_ms": 300,
}


def verdict(figures: Mapping[str, float | str]) -> list[str]:
    """Returns the lines that say which targets are missed, or that all are met."""
    judged = list(_judged(figures))
    missed = [f"  {name} is {figure:g}, {target}" for name, figure, target, met in judged if not met]
    if missed:
        return [f"Targets: {len(missed)} of {len(judged)} missed.", *missed]
    return [f"Targets: all {len(judged)} met." if judged else "None of these figures has a target."]


def _judged(figures: Mapping[str, float | str]) -> Iterator[tuple[str, float, str, bool]]:
    """Yields each figure that has a target: its name, the figure, the target in words, and whether it is met."""
    for name, figure in figures.items():
        if isinstance(figure, str):
            continue
        for pattern, least in AT_LEAST.items():
            if fnmatchcase(name, pattern):
                yield name, figure, f"at least {least:g} is wanted", figure >= least
        for pattern, most in AT_MOST.items():
            if fnmatchcase(name, pattern):
                yield name, figure, f"at most {most:g} is wanted", figure <= most
