"""What holds in every month that is played, and that the page with the table shows what the program prints."""

from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from models.errors import PersonId
from models.rules.nudging import BUDGET, PAUSES
from models.rules.worktime import between, is_open, next_opening
from tests.simulation.nudging import HEAD, PROMISES, Months, Reminder, line

AGREEMENT = Path(__file__).parents[2] / "docs/agreement.md"


@pytest.fixture(params=PROMISES, scope="module")
def played(request: pytest.FixtureRequest) -> Months:
    """Two weeks of 30 leads a day."""
    months = Months(PROMISES[request.param], leads_a_day=30, weeks=1)
    months.play()
    return months


def test_people_hear_in_their_hours_and_beyond_the_budget_only_what_would_be_over_by_the_morning(
    played: Months,
) -> None:
    days: dict[tuple[PersonId, date], list[Reminder]] = defaultdict(list)
    for person, reminders in played.reminders.items():
        for one in reminders:
            if one.sent_at:
                assert is_open(played.terms.calendar(person, at=one.sent_at), one.sent_at)
                days[person, played.day(person, one.sent_at)].append(one)
    assert any(len(sent) >= BUDGET for sent in days.values()), "nobody was near the budget, so nothing is shown"
    for (person, _), sent in days.items():
        for one in sent[BUDGET:]:
            calendar = played.terms.calendar(person, at=one.begun_at)
            assert one.shortest < between(calendar, one.begun_at, next_opening(calendar, one.begun_at))


def test_every_step_is_heard_soon_or_in_the_morning_to_which_it_was_put_off_unless_nothing_waits_any_more(
    played: Months,
) -> None:
    waiting = [one for reminders in played.reminders.values() for one in reminders if one.waits]
    assert all(one.due_at >= played.ends_at for one in waiting)
    ahead = {step for one in waiting for _, step in one.about}
    for step in played.steps:
        assert (step.heard_at is not None) + step.moot + (step in ahead) == 1
        calendar = played.terms.calendar(step.person, at=step.at)
        if step.heard_at and step.held:
            assert step.heard_at == next_opening(calendar, step.at)
        elif step.heard_at:
            assert step.heard_at >= step.at
            assert between(calendar, step.at, step.heard_at) <= PAUSES[-1]


def test_the_page_has_the_table() -> None:
    """What is quick to play is compared."""
    page = AGREEMENT.read_text("utf-8").splitlines()
    for one in (*HEAD, *(line(2, promised) for promised in PROMISES)):
        assert one in page
