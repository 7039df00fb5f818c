"""Fisher's exact test: against tables worked out by hand, against exact fractions, and by its properties."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.statistics import Share, beyond_chance, fisher

SHARES = st.integers(0, 40).flatmap(lambda whole: st.builds(Share, st.integers(0, whole), st.just(whole)))


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [
        (Share(3, 4), Share(1, 4), Fraction(34, 70)),  # the lady tasting tea, two-sided
        (Share(4, 4), Share(0, 4), Fraction(2, 70)),
        (Share(2, 2), Share(0, 2), Fraction(1, 3)),
        (Share(0, 3), Share(3, 3), Fraction(1, 10)),
        (Share(1, 1), Share(0, 1), Fraction(1)),
        (Share(5, 10), Share(50, 100), Fraction(1)),
        (Share(0, 0), Share(3, 8), Fraction(1)),
        (Share(0, 0), Share(0, 0), Fraction(1)),
        (Share(0, 5), Share(0, 9), Fraction(1)),
    ],
)
def test_it_gives_what_counting_by_hand_gives(one: Share, other: Share, p: Fraction) -> None:
    assert fisher(one, other) == pytest.approx(float(p), rel=1e-12)


@given(SHARES, SHARES)
def test_it_is_the_exact_sum_over_all_tables_with_the_same_margins(one: Share, other: Share) -> None:
    parts, all_of_them = one.part + other.part, one.whole + other.whole
    ways = {
        part: comb(one.whole, part) * comb(other.whole, parts - part) for part in range(one.whole + 1) if parts >= part
    }
    exact = Fraction(sum(way for way in ways.values() if way <= ways[one.part]), comb(all_of_them, parts))
    assert fisher(one, other) == pytest.approx(float(exact), rel=1e-9)


@given(SHARES, SHARES)
def test_it_is_a_probability_and_does_not_care_which_group_comes_first_nor_what_is_counted(
    one: Share, other: Share
) -> None:
    p = fisher(one, other)
    assert 0 < p <= 1
    assert fisher(other, one) == pytest.approx(p, rel=1e-9)
    assert fisher(Share(one.whole - one.part, one.whole), Share(other.whole - other.part, other.whole)) == (
        pytest.approx(p, rel=1e-9)
    )
    assert fisher(Share(one.part, one.part + other.part), Share(one.whole - one.part, sum_of_rest(one, other))) == (
        pytest.approx(p, rel=1e-9)
    ), "rows and columns exchanged"


def sum_of_rest(one: Share, other: Share) -> int:
    return one.whole + other.whole - one.part - other.part


@given(st.integers(1, 30), st.integers(1, 30))
def test_the_further_two_shares_are_apart_the_smaller_it_is(one: int, other: int) -> None:
    parts = min(one, other)
    apart = [fisher(Share(part, one), Share(parts - part, other)) for part in range(parts + 1)]
    least = min(range(parts + 1), key=lambda part: abs(part / one - (parts - part) / other))
    for nearer, further in [(part, part + 1) for part in range(least + 1, parts)]:
        assert apart[further] <= apart[nearer] * (1 + 1e-9)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_company_of_any_size_gets_an_answer(part: int, more: int) -> None:
    assert 0 < fisher(Share(min(part, 2000), 2000), Share(part, part + more)) <= 1


def test_a_handful_never_tells_and_a_landslide_does() -> None:
    assert not beyond_chance(Share(5, 6), Share(3, 6)), "from 50 % to 83 %"
    assert not beyond_chance(Share(4, 4), Share(0, 4))
    assert beyond_chance(Share(2, 20), Share(120, 200))
