"""What differs from chance: shares, and Fisher's exact test. Pure, standard library only."""

from functools import lru_cache
from math import exp, fsum, lgamma
from sys import float_info
from typing import NamedTuple

# The digest reports a change only if chance alone makes one as unlikely less often than this (a probability).
CHANCE = 0.001
# Two tables count as equally likely if the logarithms of their probabilities differ by no more than this. A smaller
# difference is rounding.
_ROUNDING = 1e-7


class Share(NamedTuple):
    """`part` of `whole`. The rate of an empty whole is None, never 0."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None


NOTHING = Share(0, 0)


def beyond_chance(now: Share, before: Share) -> bool:
    """True if two shares differ by more than chance explains, by an exact two-sided test at CHANCE."""
    return fisher(now, before) < CHANCE


@lru_cache(maxsize=1024)  # a digest asks for each pair several times, and each call takes some thousand logarithms
def fisher(one: Share, other: Share) -> float:
    """Returns how likely it is that two shares are at least this far apart if both groups are alike: Fisher's exact
    test, two-sided.

    Adds up the hypergeometric probabilities of all tables with these margins that are no likelier than the observed one
    (R. A. Fisher, Statistical Methods for Research Workers, 1934). The result is above 0 and at most 1. It is 1 if a
    group is empty.
    """
    parts = one.part + other.part
    seen = _log_weight(one.part, one, other)
    ways = [
        _log_weight(part, one, other) - seen for part in range(max(0, parts - other.whole), min(parts, one.whole) + 1)
    ]
    most = max(ways)
    weights = [exp(way - most) for way in ways]
    as_unlikely = fsum(weight for way, weight in zip(ways, weights, strict=True) if way <= _ROUNDING)
    return max(min(1.0, as_unlikely / fsum(weights)), float_info.min)


def _log_weight(part: int, one: Share, other: Share) -> float:
    """Returns the logarithm of the number of ways in which the first group can have `part` of all parts."""
    return _log_choose(one.whole, part) + _log_choose(other.whole, one.part + other.part - part)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
