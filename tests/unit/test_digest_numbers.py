"""Every number that is counted for the digest stands in it or in its thread, and is described in docs/numbers.md."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, get_args, get_type_hints

from bot.slack.views import digest
from models.reports.counting import WEEKS_BEFORE
from models.reports.numbers import QUOTES
from models.rules import digest_numbers
from models.rules.digest_numbers import SMALL, DigestNumbers, Money
from models.rules.statistics import CHANCE, Share
from models.rules.week import Week
from tests.unit.test_views import MANAGERS, numbers

PAGE = Path(__file__).parents[2] / "docs/numbers.md"
# The reasons are counted beside the quotes, so a quote does not repeat its own.
NOT_SHOWN = {"Quote.reason"}
# What the numbers are about, and where cards are.
NO_NUMBERS = {"week", "as_of", "chat_url", "cards"}


def others(value: Any) -> Iterator[tuple[frozenset[str], list[Any]]]:
    """Yields, for each single thing in a value, the names of the fields in which it stands, and the whole value with
    something else in its place: the small changes first, which are possible everywhere."""
    match value:
        case Week():
            yield frozenset(), [value.back(1)]
        case Share():
            yield frozenset(), [Share(0, value.whole), Share(1, 2)]
        case datetime():
            yield frozenset(), [value + timedelta(days=1)]
        case str():
            yield frozenset(), [f"{value}x"]
        case int() | None:
            yield frozenset(), [(value or 0) + 1, (value or 0) + 100_000]
        case tuple():
            for index, part in enumerate(value):
                for names, changed in others(part):
                    yield names, [(*value[:index], one, *value[index + 1 :]) for one in changed]
        case _ if is_dataclass(value) and not isinstance(value, type):
            for field in fields(value):
                for names, changed in others(getattr(value, field.name)):
                    name = f"{type(value).__name__}.{field.name}"
                    yield names | {name}, [replace(value, **{field.name: one}) for one in changed]
        case _:
            raise TypeError(f"say how a {type(value).__name__} can be changed")


def shown(week: DigestNumbers) -> tuple[object, ...]:
    return digest.digest(week, MANAGERS), digest.details(week, MANAGERS)


def inside(kind: Any) -> frozenset[str]:
    """Returns the names of the numbers in what a field holds, one or several of it."""
    of = next((one for one in (kind, *get_args(kind)) if is_dataclass(one)), None)
    return frozenset(name for name, hint in get_type_hints(of).items() if hint is not str) if of else frozenset()


def test_every_number_that_is_counted_is_shown() -> None:
    made = numbers()
    made = replace(made, outcomes=replace(made.outcomes, won_value=(Money(currency="EUR", cents=100),)))
    before, known, seen = shown(made), set(NOT_SHOWN), set(NOT_SHOWN)
    for names, changed in others(made):
        known |= names
        if any(shown(one) != before for one in changed):
            seen |= names
    here = [one for one in vars(digest_numbers).values() if getattr(one, "__module__", "") == digest_numbers.__name__]
    empty = {f"{one.__name__}.{field.name}" for one in here for field in fields(one)} - known
    assert not empty, f"the example has nothing in {', '.join(sorted(empty))}: fill it in `numbers` of test_views.py"
    assert known == seen, (
        f"neither the digest nor its thread says {', '.join(sorted(known - seen))}: "
        "give it a line in bot/slack/views/digest_lines.py"
    )


def test_every_number_that_is_counted_is_described() -> None:
    """A row of the table names the fields that it is about. Fields that hold the same numbers may share them."""
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    named = [set(re.findall(r"`(\w+)`", row[2])) for row in rows if len(row) == 3]
    held = {name: inside(hint) for name, hint in get_type_hints(DigestNumbers).items() if name not in NO_NUMBERS}
    missing = set(held) - set(chain(*named))
    for name, numbers_in_it in held.items():
        alike = {other for other in held if held[other] == numbers_in_it}
        missing |= {f"{name}.{one}" for one in numbers_in_it - set(chain(*(row for row in named if row & alike)))}
    assert not missing, f"no row of the table in docs/numbers.md is about {', '.join(sorted(missing))}"
    unknown = set(chain(*named)) - set(held).union(*held.values())
    assert not unknown, f"docs/numbers.md names what is not counted: {', '.join(sorted(unknown))}"


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    words = {5: "five", 8: "eight", 9: "nine", 10: "ten"}
    said = (
        f"up to {words[QUOTES]} notes",
        f"the largest wins of each currency, {words[QUOTES]} at most",
        f"in its first spelling of the {words[WEEKS_BEFORE + 1]} weeks",
        f"test against the {words[WEEKS_BEFORE]} weeks before gives p < {CHANCE}",
        f"Rates of fewer than {words[SMALL]} come as counts",
        f"ranked on fewer than {words[SMALL]} handoffs",
    )
    page = PAGE.read_text("utf-8")
    assert [one for one in said if one not in page] == []
