"""Ladders: who hears of a promise, and when, as people write it in the agreement. Pure.

A step is a share of the promised time (`50% owner`). For a promise that ends at a moment of its own, such as the day of
a close, a step is working time from that moment on (`0 owner`, `+8h manager`).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise


class What(StrEnum):
    """What is promised about a handoff."""

    # Sales accepts or rejects the lead.
    ANSWER = "answer"
    # Sales makes the first contact.
    CONTACT = "contact"
    # Sales qualifies or disqualifies the lead.
    OUTCOME = "outcome"
    # Sales wins or loses the deal.
    CLOSE = "close"
    # Marketing answers a rejection.
    REPLY = "reply"
    # Marketing corrects a lead that was rejected for its data, or answers otherwise.
    FIX = "fix"
    # Marketing contacts a lead again after its time in nurture.
    RECALL = "recall"
    # A manager rules on a contested rejection.
    RULING = "ruling"


# What sales owes, in the order of the handoff's states.
SALES = (What.ANSWER, What.CONTACT, What.OUTCOME, What.CLOSE)
# What marketing owes after a rejection.
REPLIES = (What.REPLY, What.FIX)
# What ends at a moment of its own, and not after an agreed time.
BY_A_MOMENT = (What.CLOSE, What.RECALL)


class Hearer(StrEnum):
    """Who hears of a promise."""

    # The person who owes it.
    OWNER = "owner"
    # The managers. If there are none: the person who flagged the lead.
    MANAGER = "manager"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a ladder: at `percent` of the promised time these hear or, if that is None, at this working time
    `after` the promise is due."""

    percent: int | None = None
    after: timedelta = timedelta()
    hear: tuple[Hearer, ...]


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """How long a promise runs, in business time, and its steps in order. `within` is None if it ends at a moment of its
    own."""

    within: timedelta | None = None
    steps: tuple[Step, ...] = ()

    def moment(self, one: Step) -> timedelta:
        """Returns the business time from the begin of the promise to this step or, if the promise ends at a moment of
        its own, from that moment."""
        return one.after if one.percent is None or self.within is None else self.within * one.percent / 100


# How many ladders a process keeps, and how many steps: an agreement has a dozen ladders at most.
LADDERS_KEPT = 256
_THREE = ("50% owner", "100% owner", "150% manager")
# The ladders that hold if the agreement has no others.
DEFAULT_STEPS: Mapping[What, tuple[str, ...]] = {
    What.ANSWER: _THREE,
    What.CONTACT: _THREE,
    What.OUTCOME: _THREE,
    What.CLOSE: ("0 owner", "+8h manager"),
    What.REPLY: ("100% owner",),
    What.FIX: ("100% owner",),
    What.RECALL: ("0 owner",),
    What.RULING: (),
}
_LENGTH = re.compile(r"(\d{1,5})\s?([mh])", re.ASCII)
_STEP = re.compile(r"(?:(\d{1,4})%|0|\+\s?(\d{1,5}\s?[mh]))\s+(\S.*)", re.ASCII)


NO_TIME = "write minutes or hours of working time, such as 15m or 4h"

# `read_length` and `read_steps` read what was checked when it was applied. Whatever they once read they must always
# read. What is not allowed, or not allowed any more, `length`, `step` and `steps` refuse.


def read_length(text: str) -> timedelta:
    """Returns business time that is written as `15m` or `4h`. Raises ValueError."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise ValueError(NO_TIME)
    return timedelta(minutes=int(found[1])) if found[2] == "m" else timedelta(hours=int(found[1]))


def length(text: str) -> timedelta:
    """Returns the same. Raises ValueError also for no time at all."""
    found = read_length(text)
    if not found:
        raise ValueError(NO_TIME)
    return found


def read_steps(texts: Iterable[str]) -> tuple[Step, ...]:
    """Returns the steps of a ladder from their texts. Passes over who is not known any more, and over a step that is
    none any more or that nobody hears then."""
    found = (_read_step(text) for text in texts)
    return tuple(one for one, _ in filter(None, found) if one.hear)


def step(text: str) -> Step:
    """Returns a step from its text. Raises ValueError also for a step that can't be meant."""
    read = _read_step(text)
    if read is None:
        raise ValueError(f"“{text}” is no step; write when and who, such as 150% manager, 0 owner or +8h manager")
    found, unknown = read
    if unknown or len(set(found.hear)) < len(found.hear):
        raise ValueError(f"“{text}” names “{[*unknown, *found.hear][0]}”; owner and manager can hear, each once")
    if "+" in text and not found.after:
        raise ValueError(NO_TIME)
    return found


@lru_cache(maxsize=LADDERS_KEPT)
def _read_step(text: str) -> tuple[Step, tuple[str, ...]] | None:
    """Returns a step with those who hear that are known, and the names that are not. None if the text is no step."""
    found = _STEP.fullmatch(text.strip())
    if found is None:
        return None
    percent, after, who = found.groups()
    names = [name.strip() for name in who.split(",")]
    one = Step(
        percent=int(percent) if percent else None,
        after=read_length(after) if after else timedelta(),
        hear=tuple(Hearer(name) for name in names if name in set(Hearer)),
    )
    return one, tuple(name for name in names if name not in set(Hearer))


def written(one: Step) -> str:
    """Returns a step as text. `step` gives the step back."""
    who = ", ".join(one.hear)
    if one.percent is not None:
        return f"{one.percent}% {who}"
    minutes = one.after // timedelta(minutes=1)
    if not minutes:
        return f"0 {who}"
    return f"+{minutes // 60}h {who}" if minutes % 60 == 0 else f"+{minutes}m {who}"


@lru_cache(maxsize=LADDERS_KEPT)
def steps(what: What, texts: tuple[str, ...]) -> tuple[Step, ...]:
    """Returns the steps of a ladder for this promise. Raises ValueError if they do not fit the promise or each
    other."""
    found = tuple(step(text) for text in texts)
    by_a_moment = what in BY_A_MOMENT
    if any((one.percent is None) is not by_a_moment for one in found):
        how = "times from the day, such as 0 owner and +8h manager" if by_a_moment else "shares, such as 50% owner"
        raise ValueError(f"the steps of {what} are {how}")
    places = [(one.percent or 0, one.after) for one in found]
    if any(later <= earlier for earlier, later in pairwise(places)):
        raise ValueError("each step comes later than the one before it")
    if not any(one.percent in (None, 100) and not one.after and Hearer.OWNER in one.hear for one in found):
        due = "0 owner" if by_a_moment else "100% owner"
        raise ValueError(f"one step is {due}: whoever owes it hears when it is due")
    return found


def same_source(source: str) -> str:
    """Returns the key that all spellings of one source share: “Webinar”, “webinar” and “ WEBINAR” are one."""
    return " ".join(unicodedata.normalize("NFKC", source).casefold().split())
