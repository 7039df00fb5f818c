"""What a week's numbers say, and above all what they do not say: with a few leads a week, rates vary by chance."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.digest_numbers import DigestNumbers, Kept, OwnerLoad, Rejections, SourceRow, Volume
from models.rules.findings import Gist, Missed, Shifted, Subject, gist, is_quiet, missed, shifted, topics
from models.rules.statistics import Share
from tests.unit.test_views import numbers

SOURCES = ("webinar", "fair", "ads")
ACCEPTANCE = 0.61


def week_of(trend: list[dict[str, Volume]]) -> DigestNumbers:
    """Returns the numbers of the last of these weeks. They have only the answers by source."""
    before = {source: sum((week[source] for week in trend[:-1]), start=Volume()) for source in SOURCES}
    return replace(
        numbers(0),
        trend=tuple(sum(week.values(), start=Volume()) for week in trend),
        accept=Kept(),
        contact=Kept(),
        answers=Kept(),
        rejections=Rejections(),
        owners=(),
        sources=tuple(
            SourceRow(source=source, week=trend[-1][source], before=before[source], qualified=0) for source in SOURCES
        ),
    )


def weeks(chance: random.Random, *, acceptance: float = ACCEPTANCE, leads: int = 10) -> Iterator[dict[str, Volume]]:
    """Yields weeks in which each source brings `leads` leads. Each lead is accepted with the same chance."""
    while True:
        accepted = {source: sum(chance.random() < acceptance for _ in range(leads)) for source in SOURCES}
        yield {source: Volume(flagged=leads, accepted=n, rejected=leads - n) for source, n in accepted.items()}


def test_where_nothing_ever_changes_a_change_is_hardly_ever_claimed() -> None:
    """Three sources have ten leads a week each, at an acceptance of 61 %, for twenty years. A plain comparison with the
    week before would claim a change in nearly every week."""
    claimed = 0
    for year in range(20):
        lived = weeks(random.Random(year))
        trend = [next(lived) for _ in range(9)]
        for _ in range(52):
            claimed += bool(shifted(week_of(trend)))
            trend = [*trend[1:], next(lived)]
    assert claimed <= 2, f"{claimed} of 1040 weeks"


def test_a_landslide_is_found_and_the_surest_change_comes_first() -> None:
    steady = weeks(random.Random(1))
    trend = [next(steady) for _ in range(8)]
    fallen = Volume(flagged=10, accepted=0, rejected=10)
    now = week_of([*trend, next(steady) | {"fair": fallen, "ads": fallen}])
    found = shifted(now)
    assert found[0].subject is Subject.ACCEPTANCE
    assert {one.name for one in found[1:]} == {"fair", "ads"}
    assert not any(one.rose for one in found)
    assert topics(now) == found


@pytest.mark.parametrize(("part", "rose"), [(30, True), (2, False)])
def test_it_rose_or_fell_as_its_rate_did(part: int, rose: bool) -> None:
    now = replace(week_of([dict.fromkeys(SOURCES, Volume())]), accept=Kept(due=30, kept=part, before=Share(80, 160)))
    [found] = shifted(now)
    assert (found.subject, found.rose) == (Subject.ANSWERS, rose)


def test_a_reason_that_becomes_frequent_is_found_also_if_it_was_never_given_before() -> None:
    now = replace(
        week_of([dict.fromkeys(SOURCES, Volume())]),
        rejections=Rejections(by_reason=(("bad_data", 12), ("too_small", 3)), before=(("too_small", 40),)),
    )
    assert {(one.subject, one.name, one.rose) for one in shifted(now)} == {
        (Subject.REASON, "bad_data", True),
        (Subject.REASON, "too_small", False),
    }


def test_what_was_not_kept_is_told_in_full_and_first() -> None:
    late = replace(numbers(0), owners=(OwnerLoad(person="U1", open=15, late=14),))
    assert missed(late) == (
        Missed(subject=Subject.ANSWERS, share=Share(4, 34)),
        Missed(subject=Subject.CONTACTS, share=Share(4, 19)),
        Missed(subject=Subject.LATE, share=Share(14, 15)),
    )
    assert topics(late) == missed(late)


def test_a_promise_that_was_both_missed_and_moved_is_one_topic() -> None:
    worse = replace(numbers(0), accept=Kept(due=34, kept=10, before=Share(150, 160)), contact=Kept())
    assert [(type(one), one.subject) for one in topics(worse)] == [(Shifted, Subject.ANSWERS)]


def test_a_week_in_which_nothing_happened_is_not_quiet_while_leads_are_late() -> None:
    nothing = replace(
        week_of([dict.fromkeys(SOURCES, Volume())]),
        outcomes=replace(numbers(0).outcomes, qualified=0, won=0, lost=0, disqualified=0),
        feedback=(),
        owners=(OwnerLoad(person="U1", open=3),),
    )
    assert is_quiet(nothing)
    assert not is_quiet(replace(nothing, owners=(OwnerLoad(person="U1", open=3, late=1),)))
    assert not is_quiet(replace(nothing, feedback=(("great", 1),)))


def test_a_week_comes_to_the_worst_that_happened_in_it() -> None:
    nothing = replace(
        week_of([dict.fromkeys(SOURCES, Volume())]),
        outcomes=replace(numbers(0).outcomes, qualified=0, won=0, lost=0, disqualified=0),
        feedback=(),
    )
    won = replace(nothing, contact=Kept(due=2, kept=2), outcomes=replace(nothing.outcomes, won=3))
    flagged = replace(won, trend=(Volume(flagged=4),))
    answered = replace(flagged, accept=Kept(due=4, kept=4))
    missed_one = replace(answered, contact=Kept(due=2, kept=1))
    weeks = (nothing, won, flagged, answered, missed_one)
    assert [gist(week) for week in weeks] == [
        Gist.QUIET,
        Gist.NONE_FLAGGED,
        Gist.FLAGGED,
        Gist.ANSWERED,
        Gist.MISSED,
    ]


@given(now=st.integers(0, 9), before=st.integers(0, 9))
def test_single_digits_alone_never_move(now: int, before: int) -> None:
    """Of two numbers below ten, a difference of any size occurs by chance much more often than once in a thousand."""
    few = Kept(due=6, kept=min(now, 6), before=Share(min(before, 6), 6))
    told = replace(week_of([dict.fromkeys(SOURCES, Volume())]), accept=few)
    assert shifted(told) == ()
