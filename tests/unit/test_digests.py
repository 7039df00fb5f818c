"""The weekly digest comes once per week and workspace, whatever restarts, whoever runs the clock, whatever time it
is."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from models.reports.digest import CATCH_UP, LATE_AFTER, covered, is_late
from models.rules.agreement import DigestTime
from models.rules.week import Week
from models.storage.store import Store
from models.storage.tables import DigestRun, Workspace
from tests.monday import TEN
from tests.unit.office import Office, agreement, hours
from tests.unit.processes import processes, run_digests, threads

# TEN is 16 November 2026, in week 47. Office applies its agreement thirty days before. In UTC.
APPLIED = TEN - timedelta(days=30)


def start_at(office: Office, at: datetime) -> None:
    """Records that the clock job has run until this time."""
    while office.digests.run_due(at=at):
        pass


def runs(office: Office) -> dict[str, DigestRun]:
    with office.store.read() as session:
        return {
            week: run
            for week in (str(Week.of(date(2026, 1, 1) + timedelta(weeks=n))) for n in range(-5, 60))
            if (run := session.get(DigestRun, (office.id, week)))
        }


def next_due(office: Office) -> datetime | None:
    with office.store.read() as session:
        return session.get_one(Workspace, office.id).next_digest_at


def test_the_digest_of_the_past_week_is_posted_once_on_monday_at_nine(office: Office) -> None:
    start_at(office, TEN - hours(2))
    assert office.digests.run_due(at=TEN - hours(1)) == 1
    assert office.digests.run_due(at=TEN - hours(1)) == 0
    assert office.digests.run_due(at=TEN + timedelta(days=6)) == 0
    assert {"digest:2026-W46", "digest_details:2026-W46"} <= office.outbox().keys()
    assert office.outbox()["digest:2026-W46"].lane == "C0BOSS"
    assert next_due(office) == TEN + timedelta(days=7) - hours(1)


def test_nothing_is_due_before_its_time(office: Office) -> None:
    start_at(office, TEN - hours(2))
    assert office.digests.run_due(at=TEN - hours(1) - timedelta(microseconds=1)) == 0


def test_missed_weeks_are_made_good_oldest_first_and_the_oldest_of_many_are_left_out(office: Office) -> None:
    at = APPLIED + timedelta(weeks=10)
    assert office.digests.run_due(at=at) == CATCH_UP
    assert list(runs(office)) == ["2026-W48", "2026-W49", "2026-W50", "2026-W51"]
    due = next_due(office)
    assert due is not None
    assert due > at


def test_a_digest_that_comes_late_says_so(office: Office) -> None:
    start_at(office, TEN - hours(2))
    office.digests.run_due(at=TEN - hours(1) + LATE_AFTER)
    assert not is_late(runs(office)["2026-W46"])
    office.digests.run_due(at=TEN - hours(1) + timedelta(days=7) + LATE_AFTER + timedelta(seconds=1))
    assert is_late(runs(office)["2026-W47"])


def test_a_digest_posted_by_hand_is_not_posted_again_by_the_clock(office: Office) -> None:
    start_at(office, TEN - hours(2))
    assert office.digests.post(office.id, Week(2026, 46), at=TEN - hours(2))
    assert not office.digests.post(office.id, Week(2026, 46), at=TEN - hours(2))
    assert office.digests.run_due(at=TEN) == 0
    assert next_due(office) == TEN + timedelta(days=7) - hours(1)


def test_many_threads_post_it_once(office: Office) -> None:
    start_at(office, TEN - hours(2))
    assert sum(threads([lambda: office.digests.run_due(at=TEN)] * 6)) == 1
    assert office.outbox()["digest:2026-W46"].wanted == 1


def test_two_processes_post_it_once(office: Office, database_url: str) -> None:
    start_at(office, TEN - hours(2))
    assert sum(processes(run_digests, [(database_url, TEN), (database_url, TEN)])) == 1
    assert office.outbox()["digest:2026-W46"].wanted == 1


def test_a_change_of_the_day_neither_skips_nor_repeats_a_week(office: Office) -> None:
    start_at(office, TEN)
    office.apply(agreement(digest=DigestTime(day="wednesday", time=time(9))), at=TEN + hours(1))
    for day in range(1, 15):
        office.digests.run_due(at=TEN + timedelta(days=day))
    assert list(runs(office))[-3:] == ["2026-W45", "2026-W46", "2026-W47"]


def test_an_overdue_digest_is_still_owed_after_a_change_of_the_agreement(office: Office) -> None:
    start_at(office, TEN - hours(2))
    office.apply(agreement(currency="USD"), at=TEN + hours(1))
    assert office.digests.run_due(at=TEN + hours(1)) == 1
    assert "2026-W46" in runs(office)


def test_each_workspace_has_its_own_digest_in_its_own_zone(office: Office, store: Store) -> None:
    tokyo = Office(store, "T2", agreed=agreement(timezone="Asia/Tokyo"))
    for each in (office, tokyo):
        start_at(each, TEN - timedelta(days=1))
    assert office.digests.run_due(at=datetime(2026, 11, 16, 0, tzinfo=UTC)) == 1
    assert "2026-W46" in runs(tokyo)
    assert "2026-W46" not in runs(office)


@pytest.mark.parametrize(
    ("zone", "first", "weeks", "hours_between"),
    [
        ("Europe/Berlin", datetime(2026, 3, 22, 12, tzinfo=UTC), ["2026-W12", "2026-W13", "2026-W14"], [167, 168]),
        ("Europe/Berlin", datetime(2026, 10, 18, 12, tzinfo=UTC), ["2026-W42", "2026-W43", "2026-W44"], [169, 168]),
        ("America/New_York", datetime(2026, 3, 1, 12, tzinfo=UTC), ["2026-W09", "2026-W10", "2026-W11"], [167, 168]),
        ("America/New_York", datetime(2026, 10, 25, 12, tzinfo=UTC), ["2026-W43", "2026-W44", "2026-W45"], [169, 168]),
        ("UTC", datetime(2026, 12, 27, 12, tzinfo=UTC), ["2026-W52", "2026-W53", "2027-W01"], [168, 168]),
    ],
    ids=["Berlin in spring", "Berlin in autumn", "New York in spring", "New York in autumn", "a week 53"],
)
def test_every_week_is_posted_once_at_nine_by_the_clock_on_the_wall(
    store: Store, zone: str, first: datetime, weeks: list[str], hours_between: list[int]
) -> None:
    office = Office(store)
    office.id = "TZONE"
    office.apply(agreement(timezone=zone), at=first)
    at = first
    while at < first + timedelta(days=17):
        office.digests.run_due(at=at)
        at += hours(1)
    found = runs(office)
    assert list(found) == weeks
    moments = [run.due_at for run in found.values()]
    assert [(b - a) / hours(1) for a, b in pairwise(moments)] == hours_between
    assert {
        moment.astimezone(office.queries.terms(office.id).agreement.zone).strftime("%A %H:%M") for moment in moments
    } == {"Monday 09:00"}


def test_a_digest_on_sunday_is_about_the_week_before_the_one_that_still_runs(office: Office) -> None:
    terms = office.queries.terms(office.id)
    assert covered(terms, datetime(2026, 11, 22, 9, tzinfo=UTC)) == Week(2026, 46)
    assert covered(terms, datetime(2026, 11, 23, 9, tzinfo=UTC)) == Week(2026, 47)


def test_the_numbers_come_with_the_terms_and_the_run(office: Office) -> None:
    start_at(office, TEN)
    office.flag()
    numbers, terms, run = office.digests.numbers(office.id, Week(2026, 47), as_of=TEN)
    assert (numbers.this_week.flagged, terms.version, run) == (1, 1, None)
    assert office.digests.numbers(office.id, Week(2026, 46), as_of=TEN)[2] is not None


# Weeks.


def test_a_week_reads_as_it_is_written() -> None:
    assert str(Week.parse("2026-w5")) == "2026-W05"
    assert Week.parse("2026-W53").monday == date(2026, 12, 28)
    assert Week(2027, 1).back(1) == Week(2026, 53)


@pytest.mark.parametrize(
    "text", ["", "47", "2026-47", "2026-W00", "2025-W53", "2026-W54", "-W1", "2026-W", "99999-W01"]
)
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Week.parse(text)


@pytest.mark.parametrize(("week", "length"), [("2026-W13", 167), ("2026-W43", 169), ("2026-W47", 168)])
def test_a_week_is_as_long_as_it_was(week: str, length: int) -> None:
    zone = agreement(timezone="Europe/Berlin").zone
    span = Week.parse(week).span(zone)
    assert (span.end - span.start) == hours(length)
    assert Week.parse(week).back(-1).span(zone).start == span.end
