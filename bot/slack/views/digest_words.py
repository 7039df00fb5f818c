"""Words that the lines of the digest are made of."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.slack.text import escape, listing, money, percent, permalink, span
from bot.slack.views.blocks import SECTION
from models.rules.agreement import Agreement
from models.rules.digest_numbers import SMALL, Amounts, DigestNumbers, Kept
from models.rules.statistics import Share

# Returns how a handoff is named, from its number: as a link to its card, if the card's place is known.
Reference = Callable[[int], str]


def references(numbers: DigestNumbers) -> Reference:
    addresses = {card.number: permalink(numbers.chat_url, card.channel, card.ts) for card in numbers.cards}

    def named(number: int) -> str:
        address = addresses.get(number)
        return f"<{address}|#{number}>" if address else f"#{number}"

    return named


def some(handoffs: Sequence[int], most: int, named: Reference) -> str:
    shown, more = handoffs[:most], len(handoffs[most:])
    return listing([*map(named, shown), *([f"{more} more"] if more else [])])


def in_paragraphs(lines: Sequence[str]) -> list[str]:
    """Returns the lines in as few paragraphs as possible, none of them split."""
    paragraphs = [""]
    for line in lines:
        longer = f"{paragraphs[-1]}\n{line}".strip()
        paragraphs[-1:] = [longer] if len(longer) <= SECTION else [paragraphs[-1], line]
    return paragraphs


def source_name(name: str) -> str:
    return escape(name, 60) or "no source"


def weeks_before(numbers: DigestNumbers) -> str:
    weeks = len(numbers.trend) - 1
    return f"{weeks} weeks before" if weeks != 1 else "week before"


def with_value(words: str, value: Amounts, agreement: Agreement) -> str:
    return f"{words} ({amounts(value, agreement)})" if value else words


def amounts(amounts: Amounts, agreement: Agreement) -> str:
    return listing([money(one.cents, one.currency or agreement.currency) for one in amounts])


def rate(share: Share, *, of: str = "") -> str:
    """Returns a share: 71 % (24 of 34). Of a few, only the count: 3 of 4."""
    counted = f"{share.part} of {share.whole}" + (f" {of}" if of else "")
    return counted if share.whole < SMALL else f"{percent(share.rate)} ({counted})"


def length(seconds: int | None) -> str:
    return "–" if seconds is None else span(timedelta(seconds=seconds))


def in_time(kept: Kept) -> str:
    """Returns the time in which it was promised: in 4 h. If not all that fell due had the same: in time."""
    return f"in {promised_time(kept) or 'time'}"


def promised_time(kept: Kept) -> str:
    """Returns the time that was promised, if all that fell due had the same: 15 min, 2.5 h. Else nothing."""
    minutes = (kept.promised or 0) / 60
    return f"{minutes:g} min" if 0 < minutes < 60 else f"{minutes / 60:g} h" if minutes else ""


def leads(count: int) -> str:
    return f"{count} lead{plural(count)}"


def handoffs(count: int) -> str:
    return f"{count} handoff{plural(count)}"


def were(count: int) -> str:
    return "was" if count == 1 else "were"


def plural(count: int) -> str:
    return "" if count == 1 else "s"
