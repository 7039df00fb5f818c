"""Time that jumps, nights on which clocks change, days on which nothing ran: nothing comes twice, nothing is
skipped."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.app import AUDIT_SECONDS
from bot.sandbox import Fault, Message, Person
from tests.scenario.processes import Installation
from tests.scenario.world import JANE, Team, World

TWO_HOURS = timedelta(hours=2)


def reminders(world: World, person: Person) -> list[Message]:
    words = ("waits for you", "wait for you", "Newer reminder below")
    return [one for one in world.dms(person) if any(word in one.plain() for word in words)]


@pytest.mark.parametrize("wrong_by", [TWO_HOURS, -TWO_HOURS], ids=["ahead", "behind"])
def test_a_machine_whose_time_is_wrong_for_a_while_reminds_once_of_each_step(world: World, wrong_by: timedelta) -> None:
    number = world.flag(to=world.dana)
    world.watch(minutes=60, every=5)
    world.machine.wrong_by = wrong_by
    world.watch(minutes=15, every=5)
    world.machine.wrong_by = timedelta()
    world.watch(minutes=50, every=5)
    assert len(reminders(world, world.dana)) == 1, "half of the time was over at some point"
    world.watch(minutes=120, every=5)
    assert len(reminders(world, world.dana)) == 2
    assert "an answer was due" in reminders(world, world.dana)[-1].plain()
    world.watch(minutes=120, every=5)
    assert [one.plain().split("\n")[0] for one in world.dms(world.olga)] == ["*A lead of somebody else's is late*"]
    world.accept(number)
    assert "has it" in world.card(number).plain()


def test_a_reminder_written_by_a_clock_that_was_ahead_does_not_silence_the_next(world: World) -> None:
    world.flag(to=world.dana)
    world.machine.wrong_by = TWO_HOURS
    world.watch(minutes=5)
    world.machine.wrong_by = timedelta()
    other = world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana)
    world.watch(minutes=125, every=5)
    assert f"#{other}" in reminders(world, world.dana)[-1].plain()


def test_a_worker_that_died_does_not_keep_its_messages_when_the_time_then_goes_back(world: World) -> None:
    world.mia.command("/mql", f"{JANE} {world.dana.mention}", channel=world.leads)
    assert len(world.baton.queue.claim(at=world.now, limit=10)) == 2, "and then it died"
    world.machine.wrong_by = -TWO_HOURS
    world.watch(minutes=3)
    assert "Waiting for" in world.card(1).plain()
    assert len(world.dms(world.dana)) == 1


def test_a_message_that_was_put_off_is_tried_again_soon_when_the_time_then_goes_back(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.rate_limited(30), channel=world.leads)
    number = world.flag(to=world.dana)
    assert world.cards() == []
    world.machine.wrong_by = -TWO_HOURS
    world.watch(minutes=2)
    assert "Waiting for" in world.card(number).plain()


def test_a_lost_answer_is_found_in_slacks_history_also_by_a_machine_whose_time_is_ahead(world: World) -> None:
    world.machine.wrong_by = TWO_HOURS
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    number = world.flag(to=world.dana)
    world.watch(minutes=5)
    assert "Waiting for" in world.card(number).plain()


HOW_FAR = [timedelta(minutes=15), timedelta(hours=4), timedelta(days=40), timedelta(days=-40)]


@pytest.mark.parametrize("wrong_by", HOW_FAR, ids=str)
@pytest.mark.parametrize("corrected", [False, True], ids=["still wrong", "corrected"])
def test_a_lost_answer_is_found_however_far_off_the_machines_time_was_when_it_posted(
    world: World, wrong_by: timedelta, corrected: bool
) -> None:
    for n in range(3):
        world.mia.say(world.leads, f"before {n}")
    world.machine.wrong_by = wrong_by
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    number = world.flag(to=world.dana)
    if corrected:
        world.machine.wrong_by = timedelta()
    world.watch(minutes=8)
    assert "Waiting for" in world.card(number).plain(), "there is one"
    assert world.baton.registry.get_sample_value("baton_messages_adopted_total") == 1
    assert world.baton.registry.get_sample_value("baton_messages_unreconciled_total") == 0


def test_where_a_clock_was_far_ahead_before_slack_told_its_time_a_message_that_may_be_there_twice_is_counted(
    world: World,
) -> None:
    world.machine.wrong_by = timedelta(hours=4)
    world.slack.faults.add("chat.postMessage", Fault.drop_before(), channel=world.leads)
    world.mia.command("/mql", f"{JANE} {world.dana.mention}", channel=world.leads)
    world.tick()
    with world.baton.store.write() as session:  # as an older version of Baton leaves it
        session.execute(sa.text("UPDATE outbox SET tried_at = NULL"))
    world.watch(minutes=2)
    assert "Waiting for" in world.card(1).plain()
    assert world.baton.registry.get_sample_value("baton_messages_unreconciled_total") == 1


def mended(world: World) -> float:
    return world.baton.registry.get_sample_value("baton_times_mended_total") or 0


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(minutes=14)], ids=str)
def test_what_was_written_by_a_clock_that_was_ahead_goes_out_as_soon_as_it_is_corrected(
    world: World, ahead: timedelta
) -> None:
    first = world.flag(to=world.dana)
    world.machine.wrong_by = ahead
    world.slack.faults.add("chat.update", Fault.server_error(), channel=world.leads)
    said = world.dana.command("/accept", str(first), channel=world.leads)
    assert "is yours" in said.text
    world.mia.command("/mql", f"Bob Ray, Globex, bob@globex.com {world.dana.mention}", channel=world.leads)
    world.baton.deliverer.settle()  # the delivery has seen the wrong time
    world.mia.command("/mql", f"Cid Lee, Initech, cid@initech.com {world.dana.mention}", channel=world.leads)
    world.machine.wrong_by = timedelta()
    world.baton.deliverer.settle()
    assert "has it" in world.card(first).plain()
    assert "Waiting for" in world.card(3).plain()
    assert mended(world) >= 2


def test_what_another_machine_wrote_whose_clock_is_ahead_goes_out_with_the_next_audit(world: World) -> None:
    world.machine.wrong_by = timedelta(minutes=14)
    world.mia.command("/mql", f"{JANE} {world.dana.mention}", channel=world.leads)
    world.machine.wrong_by = timedelta()  # this machine's clock was never wrong
    world.baton.deliverer.settle()
    assert world.cards() == []
    world.later(seconds=AUDIT_SECONDS)
    assert "Waiting for" in world.card(1).plain()
    assert mended(world) >= 2


def test_appointments_stay_where_they_are_when_the_time_goes_back(world: World) -> None:
    world.at(datetime(2026, 11, 16, 20, tzinfo=UTC))
    world.flag(to=world.dana)
    world.reject(1, by=world.dana)
    world.machine.wrong_by = timedelta(minutes=14)
    world.tick()
    world.machine.wrong_by = timedelta()
    world.watch(minutes=60, every=5)
    assert [one for one in world.dms(world.mia) if "over" in one.plain().lower()] == []


def test_a_digest_comes_once_though_the_time_jumps_over_it_and_back(world: World) -> None:
    world.at(datetime(2026, 11, 23, 7, tzinfo=UTC))
    world.machine.wrong_by = TWO_HOURS
    world.watch(minutes=5)
    assert len(world.digest_messages()) == 1
    world.machine.wrong_by = timedelta()
    world.watch(minutes=120, every=5)
    world.machine.wrong_by = -TWO_HOURS
    world.watch(minutes=130, every=5)
    world.machine.wrong_by = timedelta()
    world.at(datetime(2026, 11, 30, 7, 59, tzinfo=UTC))
    assert len(world.digest_messages()) == 1
    world.watch(minutes=2)
    assert [one.plain().split(" · ")[0] for one in world.digest_messages()] == [
        "Handoffs, week 47",
        "Handoffs, week 48",
    ]


@pytest.mark.parametrize(
    ("night", "expected"),
    [
        (datetime(2027, 3, 28, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (datetime(2027, 10, 31, tzinfo=UTC), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
    ids=["a half past two that there is not", "a half past two that comes twice"],
)
def test_a_digest_in_the_night_on_which_clocks_change_comes_once(
    world: World, night: datetime, expected: datetime
) -> None:
    world.at(night - timedelta(days=9))
    world.apply(digest={"day": "sunday", "time": "02:30"})
    world.at(night - timedelta(hours=1))
    before = len(world.digest_messages())
    for _ in range(12):
        world.slack.clock.advance(timedelta(minutes=30))
        world.tick()
        told = len(world.digest_messages()) - before
        assert told == (world.now >= expected)
    world.at(night + timedelta(days=6))
    assert len(world.digest_messages()) == before + 1


@pytest.mark.parametrize("night", [datetime(2027, 3, 28, tzinfo=UTC), datetime(2027, 10, 31, tzinfo=UTC)])
def test_who_works_through_the_night_on_which_clocks_change_is_reminded_once_of_each_step(
    world: World, night: datetime
) -> None:
    world.at(night - timedelta(hours=2))
    everyday = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    world.apply(working={"days": everyday, "opens": "00:00", "closes": "00:00"})
    world.flag(to=world.dana)
    flagged = world.now
    world.day_by_day(night + timedelta(hours=5), step=timedelta(minutes=10))
    told = [datetime.fromtimestamp(float(one.ts), UTC) - flagged for one in reminders(world, world.dana)]
    hours = [round(after / timedelta(hours=1)) for after in told]
    assert hours == [2, 4], "half and full of four hours that really passed"
    told = [datetime.fromtimestamp(float(one.ts), UTC) - flagged for one in world.dms(world.olga)]
    assert [round(after / timedelta(hours=1)) for after in told] == [6], "one and a half"


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_killed_before_a_weekend_and_started_after_the_digest_was_due(installed: tuple[Team, Installation]) -> None:
    team, installation = installed
    team.slack.clock.set(datetime(2026, 11, 20, 14, tzinfo=UTC))
    with installation.serving():
        for n in range(6):
            team.mia.command(
                "/mql", f"Lead {n}, Company {n}, lead{n}@company{n}.com {team.dana.mention}", channel=team.leads
            )
        team.slack.wait_for(lambda: len(_written(team, team.dana)) == 6, timeout=30)
    team.slack.clock.set(datetime(2026, 11, 23, 14, 55, tzinfo=UTC))
    with installation.serving() as server:
        team.slack.wait_for(lambda: _digests(team) and len(_written(team, team.dana)) == 7, timeout=30)
        team.slack.wait_for(lambda: _written(team, team.olga), timeout=30)
        assert server.terminate()[0] == 0
    [digest] = _digests(team)
    assert "This digest is late: I was not running when it was due." in digest.plain()
    assert _written(team, team.dana)[-1].plain().startswith("*6 leads wait for you*")
    assert [one.plain().split("\n")[0] for one in _written(team, team.olga)] == ["*6 leads of others are late*"]
    assert _written(team, team.raj) == []


def _written(team: Team, person: Person) -> list[Message]:
    return [one for one in person.direct_messages() if one.user == team.slack.bot_user_id]


def _digests(team: Team) -> list[Message]:
    bot = team.slack.bot_user_id
    return [one for one in team.slack.messages(team.digests) if one.user == bot and not one.is_reply]
