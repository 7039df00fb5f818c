"""Where a reason sends a lead. Each destination has one entry, which says all that is its own. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter

from models.rules.ladders import What


class Destination(StrEnum):
    """What happens to a lead that is refused for a reason."""

    FIX = "fix"
    REROUTE = "reroute"
    NURTURE = "nurture"
    ARCHIVE = "archive"


@dataclass(frozen=True, kw_only=True)
class DestinationEntry:
    """What is a destination's own.

    `words` say what happens to the lead now, after "it is". They may name the facts `marketer`, who flagged the lead,
    `number` and `rep` of the next handoff, and `until`, the end of nurture. The last ones name no fact but `marketer`.
    """

    words: tuple[str, ...]
    # What marketing owes after a rejection.
    owed: What | None = What.REPLY
    # The lead is in nurture for the `nurture_days` of the reason. Then whoever flagged it owes that they come back.
    nurtures: bool = False
    archives: bool = False
    # A new handoff begins at once, with somebody else.
    offers_again: bool = False

    def phrase(self, facts: Mapping[str, str]) -> str:
        """Returns the first words of which all facts are known."""
        return next(words.format_map(facts) for words in self.words if named(words) <= facts.keys())


def named(words: str) -> set[str]:
    """Returns the facts that these words name."""
    return {name for _, name, _, _ in Formatter().parse(words) if name}


ENTRIES: Mapping[Destination, DestinationEntry] = {
    Destination.FIX: DestinationEntry(words=("back with {marketer} to fix",), owed=What.FIX),
    Destination.REROUTE: DestinationEntry(
        words=("offered again as #{number} to {rep}", "offered again"), owed=None, offers_again=True
    ),
    Destination.NURTURE: DestinationEntry(words=("in nurture until {until}", "back in nurture"), nurtures=True),
    Destination.ARCHIVE: DestinationEntry(words=("archived",), archives=True),
}
if missing := set(Destination) - ENTRIES.keys():
    raise LookupError(f"models/rules/destinations.py: ENTRIES has no entry for {', '.join(sorted(missing))}")


def _listed(destinations: Iterable[Destination]) -> str:
    *others, last = destinations
    return f"{', '.join(others)} or {last}" if others else last


# The names as sentences list them.
NAMES = _listed(Destination)
NURTURING = _listed(destination for destination, entry in ENTRIES.items() if entry.nurtures)
