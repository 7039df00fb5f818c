"""Faults in real processes while a company works with the bot: the short form of `make chaos`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.faults import rounds
from tests.faults.rounds import Field

SEED = "1"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=["sqlite", "postgres"])
def field(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Field]:
    """A company and its fleet: one `serve` on SQLite; two web processes and two clocks on Postgres."""
    sqlite = request.param == "sqlite"
    url = databases.sqlite(tmp_path) if sqlite else databases.postgres()
    with rounds.field(tmp_path, url, SEED, webs=1 if sqlite else 2, clocks=0 if sqlite else 2) as made:
        yield made
    databases.drop(url)


def test_killed_at_any_point_nothing_is_lost_or_doubled_and_what_is_shown_is_what_is_written(field: Field) -> None:
    outcome = rounds.kills(field, times=15 if len(field.fleet.everyone) == 1 else 35, messages=40)
    assert outcome.problems == []


def test_a_clock_stopped_in_the_middle_of_a_send_past_its_lease_is_overtaken_and_fenced_off(tmp_path: Path) -> None:
    url = databases.postgres()
    with rounds.field(tmp_path, url, SEED, webs=2, clocks=2) as field:
        outcome = rounds.stops(field, times=3)
    databases.drop(url)
    assert outcome.problems == []


def test_one_that_is_alone_and_stopped_past_its_lease_goes_on_where_it_was(tmp_path: Path) -> None:
    with rounds.field(tmp_path, databases.sqlite(tmp_path), SEED, webs=1, clocks=0) as field:
        outcome = rounds.pauses(field, times=1)
    assert outcome.problems == []


def test_asked_to_end_in_the_middle_of_its_work_it_ends_soon_and_leaves_nothing_half_done(field: Field) -> None:
    outcome = rounds.ends(field, times=4)
    assert outcome.problems == []


@pytest.mark.parametrize(("kind", "webs", "clocks"), [("sqlite", 1, 0), ("postgres", 4, 1)])
def test_of_four_reps_who_want_the_same_leads_in_one_or_several_processes_one_wins_each(
    tmp_path: Path, kind: str, webs: int, clocks: int
) -> None:
    url = databases.sqlite(tmp_path) if kind == "sqlite" else databases.postgres()
    with rounds.field(tmp_path, url, SEED, webs=webs, clocks=clocks) as field:
        outcome = rounds.races(field, leads=50)
    databases.drop(url)
    assert outcome.problems == []
    assert outcome.acts >= 50 + 4 * 50
