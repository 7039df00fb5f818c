"""Ladders as people write them in the agreement, and what an agreement without any means."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadAgreement
from models.rules import ladders
from models.rules.agreement import Agreement, Sla
from models.rules.ladders import BY_A_MOMENT, DEFAULT_STEPS, Hearer, Ladder, Step, What, step, steps, written
from models.rules.toml import explained, parse

HERE = 'handoff_channel = "C1"\n'
OWNER, MANAGER = Hearer.OWNER, Hearer.MANAGER
hearers = st.lists(st.sampled_from(Hearer), min_size=1, unique=True).map(tuple)
minutes = st.integers(1, 60_000).map(lambda count: timedelta(minutes=count))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("50% owner", Step(percent=50, hear=(OWNER,))),
        ("100% owner, manager", Step(percent=100, hear=(OWNER, MANAGER))),
        ("  150%   manager ", Step(percent=150, hear=(MANAGER,))),
        ("0 owner", Step(hear=(OWNER,))),
        ("+8h manager", Step(after=timedelta(hours=8), hear=(MANAGER,))),
        ("+30m owner,manager", Step(after=timedelta(minutes=30), hear=(OWNER, MANAGER))),
    ],
)
def test_a_step_says_when_and_who(text: str, meant: Step) -> None:
    assert step(text) == meant


@given(one=st.builds(Step, percent=st.integers(0, 9999), hear=hearers) | st.builds(Step, after=minutes, hear=hearers))
def test_a_step_that_is_written_reads_back_as_the_same(one: Step) -> None:
    assert step(written(one)) == one


@given(text=st.text() | st.from_regex(r"[0-9+%mh ,a-z]{0,20}"))
def test_whatever_is_written_is_a_step_or_refused(text: str) -> None:
    try:
        one = step(text)
    except ValueError:
        return
    assert step(written(one)) == one


@given(hours=st.floats(0, 1000, exclude_min=True), source=st.text())
def test_the_hours_of_an_agreement_without_ladders_mean_the_ladders_that_were_fixed_before(
    hours: float, source: str
) -> None:
    sla = Sla(accept_hours=hours, contact_hours=hours, outcome_hours=hours, answer_hours=hours)
    agreed = Agreement.model_construct(handoff_channel="C1", sla=sla, promises=())
    whole = timedelta(hours=hours)
    for what in (What.ANSWER, What.CONTACT, What.OUTCOME):
        ladder = agreed.ladder(what, source=source)
        assert [(ladder.moment(one), one.hear) for one in ladder.steps] == [
            (whole / 2, (OWNER,)),
            (whole, (OWNER,)),
            (whole * 1.5, (MANAGER,)),
        ]
    for what in (What.REPLY, What.FIX):
        ladder = agreed.ladder(what, source=source)
        assert [(ladder.moment(one), one.hear) for one in ladder.steps] == [(whole, (OWNER,))]
    closes = [(timedelta(), (OWNER,)), (timedelta(hours=8), (MANAGER,))]
    for what, meant in ((What.CLOSE, closes), (What.RECALL, closes[:1]), (What.RULING, [])):
        ladder = agreed.ladder(what, source=source)
        assert (ladder.within, [(one.after, one.hear) for one in ladder.steps]) == (None, meant)


LADDERS = """
[[promises]]
what = "answer"
when = { source = ["Demo request", "phone"] }
within = "15m"
ladder = ["50% owner", "100% owner, manager"]
[[promises]]
what = "answer"
when = { source = ["webinar"] }
ladder = ["100% owner"]
[[promises]]
what = "answer"
within = "2h"
ladder = ["25% owner", "100% owner"]
[[promises]]
what = "close"
ladder = ["0 owner, manager"]
"""


@pytest.mark.parametrize(
    ("what", "source", "minutes", "texts"),
    [
        (What.ANSWER, " demo  REQUEST ", 15, ("50% owner", "100% owner, manager")),
        (What.ANSWER, "phone", 15, ("50% owner", "100% owner, manager")),
        (What.ANSWER, "Webinar", 120, ("100% owner",)),
        (What.ANSWER, "", 120, ("25% owner", "100% owner")),
        (What.CONTACT, "phone", 480, DEFAULT_STEPS[What.CONTACT]),
        (What.CLOSE, "phone", None, ("0 owner, manager",)),
    ],
)
def test_of_the_ladders_for_a_promise_the_first_that_fits_the_source_holds(
    what: What, source: str, minutes: int | None, texts: tuple[str, ...]
) -> None:
    within = timedelta(minutes=minutes) if minutes else None
    agreed = parse(HERE + LADDERS)
    assert agreed.ladder(what, source=source) == Ladder(within=within, steps=steps(what, texts))
    assert parse(explained(agreed)) == agreed


def test_the_hours_that_hold_for_all_stand_in_one_place() -> None:
    agreed = parse(HERE + LADDERS)
    assert agreed.sla.accept_hours == 2
    assert [entry.within for entry in agreed.promises] == ["15m", None, None, None]
    assert parse(f"{HERE}sla.accept_hours = 2\n{LADDERS}") == agreed


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ('what = "answer"\nladder = ["200% next rep"]', "promises.0", "names “next rep”; owner and manager can hear"),
        ('what = "answer"\nladder = ["100% owner, owner"]', "promises.0", "each once"),
        ('what = "answer"\nladder = ["half owner"]', "promises.0", "“half owner” is no step; write when and who"),
        ('what = "answer"\nladder = ["50% owner", "50% manager"]', "promises.0", "comes later than the one before"),
        ('what = "answer"\nladder = ["50% owner", "100% manager"]', "promises.0", "one step is 100% owner"),
        ('what = "answer"\nladder = ["0 owner"]', "promises.0", "the steps of answer are shares, such as 50% owner"),
        ('what = "close"\nladder = ["100% owner"]', "promises.0", "the steps of close are times from the day"),
        ('what = "recall"\nladder = ["+8h owner"]', "promises.0", "one step is 0 owner"),
        ('what = "close"\nwithin = "4h"', "promises.0", "ends at a moment of its own"),
        ('what = "ruling"', "promises.0.what", "a ruling has no ladder"),
        ('what = "lunch"', "promises.0.what", "input should be 'answer'"),
        ('ladder = ["100% owner"]', "promises.0.what", "this key is missing"),
        ('what = "answer"\nwithin = "soon"', "promises.0.within", "such as 15m or 4h"),
        ('what = "answer"\nwithin = "0m"', "promises.0.within", "such as 15m or 4h"),
        ('what = "answer"\nwhen = { score = 3 }', "promises.0.when.score", "there is no such key"),
        ('what = "answer"\nwhen = { source = [] }', "promises.0.when.source", "at least 1 item"),
        ('what = "answer"\nwhen = {source = ["a"]}\nwithin = "9999h"', "promises.0.within", "promise less"),
        (
            'what = "answer"\nladder = ["100% owner", "9999% manager"]\n[sla]\naccept_hours = 900',
            "promises.0.ladder",
            "",
        ),
        ('what = "close"\nladder = ["0 owner", "+9999h manager"]', "promises.0.ladder", "200 of these working weeks"),
        (
            'what = "answer"\nwithin = "3h"\n[sla]\naccept_hours = 4',
            "promises.0.within",
            "sla.accept_hours says 4 hours",
        ),
        ('what = "answer"\n[[promises]]\nwhat = "answer"', "promises.1", "never holds: an entry above it"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_key_and_what_would(text: str, key: str, words: str) -> None:
    with pytest.raises(BadAgreement) as refused:
        parse(f"{HERE}[[promises]]\n{text}")
    assert any(problem.key == key and words in problem.words for problem in refused.value.problems), refused.value


@pytest.mark.parametrize("what", [what for what in What if what is not What.RULING])
def test_the_usual_ladders_can_be_written(what: What) -> None:
    found = steps(what, DEFAULT_STEPS[what])
    assert [written(one) for one in found] == list(DEFAULT_STEPS[what])
    assert all((one.percent is None) == (what in BY_A_MOMENT) for one in found)


@given(text=st.text())
def test_a_length_is_minutes_or_hours(text: str) -> None:
    with pytest.raises(ValueError, match="such as 15m or 4h"):
        ladders.length(f"{text}d")
