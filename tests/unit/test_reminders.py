"""Nobody can forget a lead: who hears of what is waiting, when, and how often."""

from datetime import UTC, datetime, timedelta

from models.rules.lifecycle import Move
from models.storage.tables import Outbox
from tests.monday import TEN
from tests.unit.office import DANA, MAX, MIA, REX, Office, agreement, hours, lead
from tests.unit.processes import processes, remind, threads

MINUTE = timedelta(minutes=1)


def nudges(office: Office) -> list[tuple[str, datetime]]:
    """Returns the receivers and times of the reminders, oldest first."""
    return [(row.lane, row.due_at) for row in office.outbox(kind="nudge").values()]


def deliver(office: Office, *, at: datetime) -> list[Outbox]:
    """Shows what is due. Returns the reminders that are new."""
    rows = office.queue.claim(at=at, limit=1000)
    for row in rows:
        office.queue.shown(row, channel="D1", ts=row.ts or f"{at.timestamp():.6f}", fingerprint="f")
    return [row for row in rows if row.kind == "nudge" and row.ts is None]


def run(office: Office, *, start: datetime, end: datetime, step: timedelta = timedelta(minutes=30)) -> list[Outbox]:
    """Runs the clock jobs and the delivery from start to end. Returns the reminders that were sent."""
    sent = []
    while start <= end:
        while office.reminders.remind(at=start):
            pass
        sent += deliver(office, at=start)
        start += step
    return sent


def test_at_half_of_the_time_the_owner_is_reminded_and_not_before(office: Office) -> None:
    office.flag(rep=DANA)
    assert office.reminders.remind(at=TEN + hours(2) - MINUTE) == 0
    assert office.reminders.remind(at=TEN + hours(2)) == 1
    assert nudges(office) == [(DANA, TEN + hours(2))]
    assert office.reminders.remind(at=TEN + hours(2)) == 0


def test_half_then_late_then_the_manager_then_every_working_day(office: Office) -> None:
    number = office.flag(rep=DANA)
    sent = run(office, start=TEN, end=TEN + timedelta(days=2, hours=7))
    assert [(row.lane, row.due_at - TEN) for row in sent] == [
        (DANA, hours(2)),
        (DANA, hours(4)),
        (MAX, hours(6)),
        (DANA, hours(23)),
        (MAX, hours(23)),
        (DANA, hours(47)),
        (MAX, hours(47)),
    ]
    to_max = [row for row in sent if row.lane == MAX]
    said = [office.queries.nudge(row, by=office.caller(MAX), at=TEN + timedelta(days=3)) for row in to_max]
    assert [[one.number for one in reminder.late_with_others] for reminder in said] == [[number]] * 3


def test_a_ladder_of_the_agreement_says_who_hears_when_and_for_which_leads(office: Office) -> None:
    ladder = ("25% owner", "100% owner, manager", "300% manager")
    fast = {"what": "answer", "when": {"source": ["Demo request"]}, "within": "1h", "ladder": ladder}
    office.apply(agreement(promises=(fast,)))
    office.flag(lead(source="demo  request"), rep=DANA)
    office.flag(lead(source="webinar"), rep=REX)
    sent = run(office, start=TEN, end=TEN + hours(4), step=5 * MINUTE)
    assert [(row.lane, row.due_at - TEN) for row in sent] == [
        (DANA, 15 * MINUTE),
        (DANA, hours(1)),
        (MAX, hours(1)),
        (REX, hours(2)),
        (MAX, hours(3)),
        (REX, hours(4)),
    ]


def test_what_somebody_has_done_is_not_spoken_of(office: Office) -> None:
    number = office.flag(rep=DANA)
    office.move(Move.REJECT, number, DANA, reason="too_small", at=TEN + hours(1))
    sent = run(office, start=TEN, end=TEN + timedelta(days=3))
    assert {row.lane for row in sent} == {MIA}, "it is marketing now that owes an answer"


def test_what_waits_for_one_person_comes_in_one_message(office: Office) -> None:
    for _ in range(5):
        office.flag(rep=DANA)
    office.flag(rep=REX)
    assert office.reminders.remind(at=TEN + hours(2)) == 6
    assert nudges(office) == [(DANA, TEN + hours(2)), (REX, TEN + hours(2))]


def test_what_comes_up_within_minutes_of_a_message_waits_and_comes_together(office: Office) -> None:
    for minutes in range(4):
        office.flag(rep=DANA, at=TEN + minutes * MINUTE)
    sent = run(office, start=TEN + hours(2), end=TEN + hours(3), step=MINUTE)
    assert [row.due_at - TEN - hours(2) for row in sent] == [0 * MINUTE, 5 * MINUTE]


def test_a_person_hears_of_it_in_their_own_working_hours(office: Office) -> None:
    office.roster.person_changed(office.id, MAX, timezone="America/Los_Angeles")
    office.flag(rep=DANA)
    office.reminders.remind(at=TEN + hours(6.1))
    nine_in_los_angeles = datetime(2026, 11, 16, 17, tzinfo=UTC)
    assert nudges(office) == [(DANA, TEN + hours(6.1)), (MAX, nine_in_los_angeles)]


def test_whoever_has_gone_away_meanwhile_hears_of_it_when_they_are_back(office: Office) -> None:
    office.flag(rep=DANA)
    back = TEN + timedelta(days=2)
    office.roster.person_changed(office.id, DANA, away_until=back)
    office.reminders.remind(at=TEN + hours(2))
    assert nudges(office) == [(DANA, back)]


def test_somebody_who_is_away_for_good_holds_up_nobodys_reminders(office: Office) -> None:
    office.flag(rep=DANA)
    office.flag(rep=REX)
    office.roster.person_changed(office.id, DANA, away_until=datetime(2199, 1, 1, tzinfo=UTC))
    assert office.reminders.remind(at=TEN + hours(2)) == 2
    assert (REX, TEN + hours(2)) in nudges(office)


def test_after_a_weekend_of_downtime_everybody_gets_one_message_and_no_storm(office: Office) -> None:
    friday = TEN + timedelta(days=4)
    for index in range(30):
        office.flag(rep=DANA if index % 2 else REX, at=friday + index * MINUTE)
    after = friday + timedelta(days=3)
    sent = run(office, start=after, end=after + MINUTE, step=MINUTE)
    assert sorted(row.lane for row in sent) == [DANA, MAX, REX]


def test_more_than_a_batch_is_said_in_one_message(office: Office) -> None:
    for _ in range(210):
        office.flag(rep=DANA)
    sent = run(office, start=TEN + hours(2), end=TEN + hours(3), step=10 * MINUTE)
    assert [row.lane for row in sent] == [DANA]
    assert len(office.queries.nudge(sent[0], by=office.caller(DANA), at=TEN + hours(3)).owed) == 210


def test_threads_that_run_the_clock_at_once_say_each_thing_once(office: Office) -> None:
    for _ in range(10):
        office.flag()
    spoken = threads([lambda: office.reminders.remind(at=TEN + hours(2))] * 4)
    assert sum(spoken) == 10
    assert [lane for lane, _ in nudges(office) if lane == DANA].count(DANA) == 1
    assert {lane for lane, _ in nudges(office)} == {DANA, REX}


def test_two_clock_processes_say_each_thing_once(office: Office, database_url: str) -> None:
    for _ in range(10):
        office.flag()
    at = TEN + hours(2)
    assert sum(processes(remind, [(database_url, at), (database_url, at)])) == 10
    assert sorted(lane for lane, _ in nudges(office)) == [DANA, REX]
