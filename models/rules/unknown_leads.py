"""Unknown leads: the chat still shows their cards, but the database does not know them, because an older backup of it
was restored. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

# The largest number that a card is believed to have. Above it, numbers would soon run out.
LARGEST_SHOWN = 10**9


class SeenCard(NamedTuple):
    """A card that the chat shows: the id and the number of its handoff, and its timestamp."""

    handoff: int
    number: int
    ts: str


class UnknownNumbers(NamedTuple):
    """The numbers of unknown leads, from the first to the last."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"


def newly_unknown(unknown: Sequence[SeenCard], *, newest: int, told: int) -> UnknownNumbers | None:
    """Returns the unknown leads of which nobody was told yet, or None.

    `unknown` are the cards whose handoff the database does not know. `newest` is the latest number that it gave, `told`
    the last number that was found before (0: none was). Every number from `newest` up to that of a card is an unknown
    lead's, also where its own card was not seen.
    """
    fresh = [card.number for card in unknown if card.number > told]
    if not fresh:
        return None
    last = max(fresh)
    return UnknownNumbers(min(*fresh, newest + 1) if last > newest else min(fresh), last)
