"""Nobody can forget a lead: reminders come in people's own hours, and never as a flood."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox import Fault, Message, Person
from tests.monday import MONDAY
from tests.scenario.world import World


def nudges(world: World, person: Person) -> list[Message]:
    """Returns the reminders: new ones, folded ones, and those that became “done”."""
    words = ("wait for you", "waits for you", "is late", "are late", "Newer reminder below")
    return [one for one in world.dms(person) if any(word in one.plain().split("\n")[0] for word in words)]


def test_a_reminder_at_half_of_the_time_a_breach_at_the_full_and_the_manager_at_one_and_a_half(world: World) -> None:
    number = world.flag(to=world.dana)
    world.later(hours=1, minutes=55)
    assert nudges(world, world.dana) == []
    world.later(minutes=6)
    [half] = nudges(world, world.dana)
    assert half.plain().startswith("*One lead waits for you*")
    assert f"#{number}* Jane Doe, Acme · accept by" in half.plain()
    assert "(1 h 59 min left)" in half.plain()
    assert half.buttons == ["Accept", "Reject…"]
    assert nudges(world, world.olga) == []

    world.later(hours=2)
    assert "an answer was due" in nudges(world, world.dana)[-1].plain()
    assert nudges(world, world.olga) == [], "the owner hears of it first"

    world.later(hours=2)
    [escalated] = nudges(world, world.olga)
    assert escalated.plain().startswith("*A lead of somebody else's is late*")
    assert f"with {world.dana.mention}" in escalated.plain()

    assert world.dana.click(nudges(world, world.dana)[-1], "Accept").ok
    world.tick()
    assert "has it" in world.card(number).plain()
    assert "Done: nothing of this waits for you any more." in nudges(world, world.dana)[-1].plain()


def test_everything_that_waits_for_a_person_is_one_message_and_it_follows_what_is_done(world: World) -> None:
    numbers = world.flag_many(3, to=world.dana)
    world.later(hours=2, minutes=1)
    [nudge] = nudges(world, world.dana)
    assert nudge.plain().startswith("*3 leads wait for you*")
    world.accept(numbers[0])
    [nudge] = nudges(world, world.dana)
    assert nudge.plain().startswith("*2 leads wait for you*")
    for number in numbers[1:]:
        world.accept(number)
    assert nudges(world, world.dana)[0].plain() == "Done: nothing of this waits for you any more."


def test_reminders_come_in_the_persons_own_hours(world: World) -> None:
    world.at(datetime(2026, 11, 16, 14, 30, tzinfo=UTC))
    number = world.flag(to=world.dana)
    world.day_by_day(datetime(2026, 11, 17, 7, 59, tzinfo=UTC))
    assert nudges(world, world.dana) == []
    world.at(datetime(2026, 11, 17, 8, 31, tzinfo=UTC))
    assert len(nudges(world, world.dana)) == 1, "half an hour on the second morning makes two of four hours"
    assert f"#{number}" in nudges(world, world.dana)[0].plain()


def _disturb_not(person: Person, *, until: datetime) -> None:
    person.change(
        dnd={
            "dnd_enabled": True,
            "next_dnd_start_ts": int(MONDAY.timestamp()),
            "next_dnd_end_ts": int(until.timestamp()),
        }
    )


def test_no_reminder_while_a_person_wants_no_disturbance(world: World) -> None:
    quiet = MONDAY + timedelta(hours=3)
    _disturb_not(world.dana, until=quiet)
    world.flag(to=world.dana)
    world.later(hours=2, minutes=10)
    assert nudges(world, world.dana) == []
    world.at(quiet + timedelta(minutes=1))
    assert len(nudges(world, world.dana)) == 1


def test_slack_is_asked_of_all_who_are_reminded_at_once_whether_they_want_no_disturbance(world: World) -> None:
    _disturb_not(world.dana, until=MONDAY + timedelta(hours=3))
    world.flag(to=world.dana)
    world.flag("Bob Ray, Globex, bob@globex.com", to=world.raj)
    world.later(hours=2, minutes=10)
    assert (len(nudges(world, world.dana)), len(nudges(world, world.raj))) == (0, 1)
    [asked] = world.slack.log.calls("dnd.teamInfo")
    assert set(asked.arguments["users"].split(",")) == {world.dana.id, world.raj.id}
    assert not world.slack.log.calls("dnd.info")


def test_where_one_spoils_the_question_each_is_asked_of_alone(world: World) -> None:
    world.slack.faults.add("dnd.teamInfo", Fault.refused("user_not_visible"), times=None)
    _disturb_not(world.dana, until=MONDAY + timedelta(hours=3))
    world.flag(to=world.dana)
    world.flag("Bob Ray, Globex, bob@globex.com", to=world.raj)
    world.later(hours=2, minutes=10)
    assert (len(nudges(world, world.dana)), len(nudges(world, world.raj))) == (0, 1)


def _limit_what_is_asked(world: World) -> None:
    for method in ("dnd.info", "dnd.teamInfo"):
        world.slack.faults.add(method, Fault.rate_limited(30), times=None)


def test_while_slack_limits_the_question_a_reminder_waits_for_the_answer(world: World) -> None:
    ends = MONDAY + timedelta(hours=3)
    _disturb_not(world.dana, until=ends)
    world.flag(to=world.dana)
    _limit_what_is_asked(world)
    world.later(hours=2, minutes=10)
    world.later(seconds=31)
    assert len(world.slack.log.calls("dnd.info")) == 1, "by the steady clock the pause is not over"
    world.machine.passed += 31
    world.slack.faults.clear()
    world.later(seconds=31)
    assert len(world.slack.log.calls("dnd.info")) == 2
    world.at(ends - timedelta(minutes=1))
    assert nudges(world, world.dana) == []
    world.at(ends + timedelta(minutes=1))
    assert len(nudges(world, world.dana)) == 1


def test_but_not_for_long(world: World) -> None:
    world.flag(to=world.dana)
    _limit_what_is_asked(world)
    world.later(hours=2, minutes=10)
    world.later(minutes=4)
    assert nudges(world, world.dana) == []
    world.later(minutes=1)
    assert len(nudges(world, world.dana)) == 1


def test_other_messages_to_the_person_do_not_wait_with_it(world: World) -> None:
    world.flag(to=world.dana)
    _limit_what_is_asked(world)
    world.later(hours=2, minutes=10)
    world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana)
    assert "Bob Ray" in world.dm(world.dana).plain()


def test_after_a_weekend_of_downtime_there_is_one_message_a_person_and_no_storm(world: World) -> None:
    world.at(datetime(2026, 11, 20, 14, tzinfo=UTC))
    world.flag_many(8, to=world.dana)
    before = {person.name: len(world.dms(person)) for person in world.team.everyone}
    world.at(datetime(2026, 11, 23, 15, 55, tzinfo=UTC))
    new = {person.name: len(world.dms(person)) - before[person.name] for person in world.team.everyone}
    assert new == {"mia": 0, "dana": 1, "raj": 0, "olga": 1}
    assert nudges(world, world.dana)[0].plain().startswith("*8 leads wait for you*")
    world.later(minutes=1)
    assert len(nudges(world, world.dana)) == 1


def test_a_lead_that_nobody_moves_comes_up_once_every_working_day(world: World) -> None:
    world.flag(to=world.dana)
    world.day_by_day(datetime(2026, 11, 20, 17, tzinfo=UTC), step=timedelta(hours=1))
    days = [datetime.fromtimestamp(float(one.ts), UTC).day for one in nudges(world, world.dana)]
    assert days == [16, 16, 17, 18, 19, 20], "half, full; then once a day"
    days = [datetime.fromtimestamp(float(one.ts), UTC).day for one in nudges(world, world.olga)]
    assert days == [16, 17, 18, 19, 20], "at one and a half; then once a day"


def test_first_contact_is_reminded_of_too(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.later(hours=4, minutes=1)
    [nudge] = nudges(world, world.dana)
    assert "first contact by" in nudge.plain()
    assert nudge.buttons == ["Log contact", "Return…"]
    assert world.dana.click(nudge, "Log contact").ok
    world.tick()
    assert "1 attempt" in world.card(number).plain()


@pytest.mark.parametrize("kind", ["sqlite-http"])
@pytest.mark.parametrize(
    ("friday", "monday_due"),
    [
        (datetime(2026, 3, 27, 14, tzinfo=UTC), datetime(2026, 3, 30, 9, tzinfo=UTC)),
        (datetime(2026, 10, 23, 13, tzinfo=UTC), datetime(2026, 10, 26, 10, tzinfo=UTC)),
    ],
    ids=["clocks go forward", "clocks go back"],
)
def test_the_weekend_on_which_clocks_change_costs_and_gives_nothing(
    world: World, friday: datetime, monday_due: datetime
) -> None:
    world.at(friday)
    number = world.flag(to=world.dana)
    assert f"{monday_due:%Y-%m-%d %H:%M} UTC" in world.card(number).plain(), "two hours on Friday, two on Monday"
    world.at(monday_due - timedelta(hours=2, minutes=1))
    assert nudges(world, world.dana) == [], "before nine in Berlin nobody is written to"
    world.at(monday_due - timedelta(hours=1, minutes=59))
    assert len(nudges(world, world.dana)) == 1
