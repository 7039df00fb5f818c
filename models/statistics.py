"""What numbers can tell apart from chance: shares, and Fisher's exact test. Pure, standard library only."""

from functools import lru_cache
from math import exp, fsum, lgamma
from sys import float_info
from typing import NamedTuple

CHANCE = 0.001
"""A change is spoken of only if chance alone makes one as unlikely less often than this."""
_ROUNDING = 1e-7
"""Two tables whose probabilities differ by less than this share of them are equally likely: the rest is rounding."""


class Share(NamedTuple):
    """`part` of `whole`. The rate of nothing is None, never 0."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None


NOTHING = Share(0, 0)


def beyond_chance(now: Share, before: Share) -> bool:
    """Whether two shares differ by more than chance explains: by an exact two-sided test at CHANCE."""
    return fisher(now, before) < CHANCE


@lru_cache(maxsize=1024)  # a digest asks for each pair several times, and each time some thousand logarithms
def fisher(one: Share, other: Share) -> float:
    """How likely two shares at least as far apart are where both groups are alike: Fisher's exact test, two-sided.

    Adds up the hypergeometric probabilities of all tables with these margins that are no likelier than the one seen
    (R. A. Fisher, Statistical Methods for Research Workers, 1934). Above 0, at most 1; 1 where a group is
    empty.
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
    """The logarithm of in how many ways the first group can have `part` of all parts."""
    return _log_choose(one.whole, part) + _log_choose(other.whole, one.part + other.part - part)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
