"""The weekly digest: at the agreed time, once, with the numbers of what was played."""

from datetime import UTC, datetime, timedelta

import pytest

from models.week import Week
from tests.scenario.world import World

NEXT_MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""Nine in Berlin."""


def play_a_week(world: World) -> None:
    """Ten leads: six accepted (one of them won, one lost, one disqualified), three rejected, one not answered."""
    numbers = [
        world.flag(f"Lead {n}, Company {n}, lead{n}@company{n}.com, source={source}", to=world.dana)
        for n, source in enumerate(["webinar"] * 6 + ["fair"] * 4, start=1)
    ]
    world.later(hours=1)
    for number in numbers[:6]:
        world.accept(number)
    for number in numbers[6:8]:
        world.reject(number, "bad_data", f"number {number} does not exist", by=world.dana)
    world.reject(numbers[8], "too_small", "", by=world.dana)
    world.mia.click(world.dm(world.mia), "Understood")
    world.won(numbers[0], by=world.dana, value="12,000")
    world.form(world.dana, numbers[1], "Qualify…")
    world.dana.submit(value="8,000")
    world.tick()
    world.form(world.dana, numbers[1], "Lost…")
    world.dana.submit()
    world.tick()
    world.click(world.dana, numbers[2], "Log contact")
    world.form(world.dana, numbers[2], "Disqualify…")
    world.dana.submit(reason="no_need")
    world.tick()
    world.react(world.dana, numbers[0], "star")
    world.react(world.dana, numbers[3], "-1")


def test_the_digest_tells_what_was_played(world: World) -> None:
    play_a_week(world)
    world.at(NEXT_MONDAY - timedelta(minutes=1))
    assert world.digest_messages() == []
    world.at(NEXT_MONDAY + timedelta(minutes=1))
    [digest] = world.digest_messages()
    said = digest.plain()
    assert said.startswith("Handoffs, week 47 · 16 to 22 November")
    assert "Sales accepted 67 % of the handoffs it answered (6 of 9)." in said
    assert "answer in 4 h: 90 % (9 of 10)" in said
    assert "contact in 8 h: 50 % (3 of 6, few)" in said
    assert "*10 handoffs* flagged" in said
    assert "6 accepted, 3 rejected, 1 without an answer." in said
    assert "webinar: 6 (few) · accepted 100 % · 2 SQL, 20,000 €" in said
    assert "fair: 4 (few) · accepted 0 %" in said
    assert "*Why sales said no*: Contact data wrong or missing 2, Company too small 1 (too few to rank)" in said
    assert f"“number 7 does not exist” {world.dana.mention} on #7" in said
    assert "2 SQL (20,000 €), 1 won (12,000 €), 1 lost, 1 disqualified." in said
    assert "great lead 1, poor 1" in said
    assert f"Company 1, 12,000 € (#1, flagged by {world.mia.mention}, closed by {world.dana.mention}" in said
    assert "*Open now*: 4, of which late 4" in said
    assert "sales owes an answer to 1 handoff (1 overdue), marketing to 2 rejections (2 overdue)." in said
    assert "Flagged: " in said, "the picture"
    assert "this digest is late" not in said.lower()
    [details] = world.slack.thread(digest)
    assert "All numbers" in details.plain()
    world.later(days=1)
    assert len(world.digest_messages()) == 1


def test_a_quiet_week_says_so_shortly(world: World) -> None:
    world.at(NEXT_MONDAY)
    [digest] = world.digest_messages()
    assert digest.plain() == (
        "Handoffs, week 47 · 16 to 22 November\nA quiet week: no lead was flagged.\n*Open now*: 0."
    )


def test_after_downtime_the_digest_is_caught_up_and_says_that_it_is_late(world: World) -> None:
    world.flag(to=world.dana)
    world.at(NEXT_MONDAY + timedelta(days=8))
    digests = world.digest_messages()
    assert [one.plain().split(" · ")[0] for one in digests] == ["Handoffs, week 47", "Handoffs, week 48"]
    for one in digests:
        assert "This digest is late: I was not running when it was due." in one.plain()
    world.at(NEXT_MONDAY + timedelta(days=14))
    assert "late" not in world.digest_messages()[-1].plain().split("*Open now*")[0]


def test_a_long_downtime_is_made_good_for_four_weeks_only(world: World) -> None:
    world.at(NEXT_MONDAY + timedelta(weeks=9))
    weeks = [one.plain().split(" · ")[0].rsplit(" ", 1)[1] for one in world.digest_messages()]
    assert weeks == ["53", "1", "2", "3"], "2026 has 53 weeks"


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_the_digest_keeps_its_local_time_when_the_clocks_change(world: World) -> None:
    world.at(datetime(2026, 3, 16, 9, tzinfo=UTC))
    world.apply(digest={"day": "monday", "time": "08:30"})
    for day, hour in ((23, 7), (30, 6)):
        due = datetime(2026, 3, day, hour, 30, tzinfo=UTC)
        before = len(world.digest_messages())
        world.at(due - timedelta(minutes=1))
        assert len(world.digest_messages()) == before
        world.at(due + timedelta(minutes=1))
        assert len(world.digest_messages()) == before + 1, "half past eight in Berlin, before and after"


def test_several_ticks_and_several_clocks_write_one_digest(world: World) -> None:
    world.slack.clock.set(NEXT_MONDAY)
    world.tick()
    week = Week(2026, 47)
    assert world.baton.digests.post(world.slack.team_id, week, at=world.now) is False
    world.tick()
    assert len(world.digest_messages()) == 1


def test_nobody_reads_of_their_lateness_in_the_digest_before_they_have_heard_of_it(world: World) -> None:
    world.at(datetime(2026, 11, 23, 7, tzinfo=UTC))
    people = {"marketers": [world.mia.id], "reps": [world.raj.id], "managers": [world.olga.id]}
    world.apply(people=people, sla={"accept_hours": 0.01}, digest={"day": "monday", "time": "10:01"})
    world.at(datetime(2026, 11, 23, 8, 59, 30, tzinfo=UTC))
    world.flag()
    world.slack.clock.set(datetime(2026, 11, 23, 9, 2, tzinfo=UTC))
    for job in world.baton._jobs():
        if job.name == "digest":
            job.run()
    world.baton.deliverer.settle()
    [digest] = world.digest_messages()
    assert "*Open now*: 1." in digest.plain()


def test_the_digest_of_a_team_in_another_channel_goes_where_the_agreement_says(world: World) -> None:
    world.apply(digest_channel=world.leads.id)
    world.at(NEXT_MONDAY)
    assert world.digest_messages() == []
    assert any("Handoffs, week 47" in one.plain() for one in world.slack.messages(world.leads))
