"""The audit notices what the clock job does not do. Managers hear of it once, by a way that still works."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.doctor import examine
from bot.sandbox import Fault
from jobs.audit import Auditor
from models.due.findings import FindingKind
from models.storage.tables import Promise, RepLoad
from tests.monday import MONDAY
from tests.scenario.world import Machine, World

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def counted(world: World) -> dict[str, float]:
    """Returns the alarm metric by problem, without zeros."""
    found = {
        problem.value: world.baton.registry.get_sample_value("baton_alarms", {"problem": problem.value}) or 0
        for problem in FindingKind
    }
    return {problem: count for problem, count in found.items() if count}


def test_while_all_is_well_nobody_is_alarmed(world: World) -> None:
    world.flag_many(3)
    world.day_by_day(MONDAY + timedelta(days=8), step=timedelta(hours=3))
    assert world.alarms(world.olga) == []


def test_reminders_that_nobody_writes_are_told_to_the_managers_once_and_what_they_read_follows(world: World) -> None:
    number = world.flag(to=world.dana)
    world.watch(minutes=126, without=("nudge",))
    [alarm] = world.alarms(world.olga)
    assert alarm.plain().startswith("*One reminder is overdue since")
    assert "`baton doctor`" in alarm.plain()
    assert f"#{number} Jane Doe, Acme" in alarm.plain()
    assert counted(world) == {"reminders": 1}
    assert "One reminder is overdue" in world.olga.command("/baton", "status", channel=world.leads).text
    assert [one.subject for one in examine(world.baton) if not one.well] == ["reminders"]

    world.watch(minutes=30, without=("nudge",))
    assert [one.ts for one in world.alarms(world.olga)] == [alarm.ts]
    world.watch(minutes=2)
    assert [one.plain() for one in world.alarms(world.olga)] == ["This is over: all is well again."]
    assert counted(world) == {}
    assert len([one for one in world.dms(world.dana) if "waits for you" in one.plain()]) == 1


def test_an_open_lead_on_which_nobody_promised_anything_is_told_to_the_managers_until_one_begins(world: World) -> None:
    number = world.flag(to=world.dana)
    with world.baton.store.write() as session:
        session.execute(sa.update(Promise).values(state="released", released="withdrawn", next_step_at=None))
    world.watch(minutes=6)
    [alarm] = world.alarms(world.olga)
    assert alarm.plain().startswith("*One open lead has no promise on the next move, since")
    assert f"#{number}" in alarm.plain()
    assert alarm.buttons == ["Hand to…", "Take it", "Details"]
    assert counted(world) == {"forgotten": 1}
    assert [one.subject for one in examine(world.baton) if not one.well] == ["forgotten"]

    assert world.olga.click(alarm, "Take it").ok
    world.watch(minutes=1)
    assert [one.plain() for one in world.alarms(world.olga)] == ["This is over: all is well again."]
    assert counted(world) == {}


def test_a_load_that_differs_from_the_handoffs_is_told_until_it_is_counted_again(
    world: World,
) -> None:
    world.flag(to=world.dana)
    world.watch(minutes=6)
    assert counted(world) == {}
    with world.baton.store.write() as session:
        session.execute(sa.update(RepLoad).values(open_handoffs=RepLoad.open_handoffs + 2))
    world.watch(minutes=2)
    [alarm] = world.alarms(world.olga)
    assert alarm.plain().startswith("*I count the open leads of one person wrong")
    assert counted(world) == {"loads": 1}
    [told] = [one for one in examine(world.baton) if not one.well]
    assert (told.subject, "has 2 fewer than counted" in told.state) == ("loads", True)

    again = re.search(r"```sql\n(UPDATE rep_load .*?)```", OPERATIONS, re.DOTALL)
    assert again is not None
    with world.baton.store.write() as session:
        session.execute(sa.text(again[1].strip().removesuffix(";")))
    world.watch(minutes=2)
    assert [one.plain() for one in world.alarms(world.olga)] == ["This is over: all is well again."]
    assert counted(world) == {}


def test_after_a_break_the_clock_may_catch_up_before_anybody_is_alarmed(world: World) -> None:
    world.flag(to=world.dana)
    world.slack.clock.advance(timedelta(days=3))
    world.watch(minutes=4, without=("nudge", "deliver"))
    assert counted(world) == {"reminders": 1}, "the metric tells what is"
    assert world.baton.queue.counts(at=world.now)["due"] == 0, "nobody is written to yet"
    world.watch(minutes=1)
    assert world.alarms(world.olga) == []


def test_two_clocks_whose_machines_disagree_on_the_time_raise_alarms_all_the_same(world: World) -> None:
    ahead = Machine(world.slack)
    ahead.wrong_by = timedelta(minutes=3)
    other = Auditor(audit=world.baton.audit, queue=world.baton.queue, clock=ahead, counters=world.baton.counters)
    world.flag(to=world.dana)
    for _ in range(130):
        world.watch(minutes=1, without=("nudge",))
        other.run()
    assert "One reminder is overdue" in world.alarms(world.olga)[0].plain()


def test_a_channel_that_slack_holds_up_for_long_is_told_to_the_managers(world: World) -> None:
    world.watch(minutes=6)
    world.slack.faults.add("chat.postMessage", Fault.rate_limited(20), channel=world.leads, times=None)
    world.flag(to=world.dana, elsewhere=True)
    world.watch(minutes=8)
    assert world.alarms(world.olga) == [], "a pause is no alarm"
    world.watch(minutes=4)
    [alarm] = world.alarms(world.olga)
    assert "One message waits to be sent" in alarm.plain()
    world.slack.faults.clear()
    world.watch(minutes=2)
    assert "This is over" in world.alarms(world.olga)[0].plain()
    assert "Waiting for" in world.card(1).plain()


def test_while_slack_takes_nothing_there_is_a_metric_and_afterwards_no_flood(world: World) -> None:
    world.watch(minutes=6)
    world.slack.revoke_token()
    world.flag(to=world.dana, elsewhere=True)
    world.watch(minutes=40)
    assert counted(world) == {"messages": 2}
    waited = world.baton.registry.get_sample_value("baton_outbox_longest_wait_seconds")
    assert waited is not None
    assert 39 * 60 <= waited <= 41 * 60
    world.slack.workspace.token_fault = None
    world.watch(minutes=10)
    assert counted(world) == {}
    assert "Waiting for" in world.card(1).plain()
    assert len(world.dms(world.dana)) == 1
    told = [one.plain() for one in world.alarms(world.olga)]
    assert told in ([], ["This is over: all is well again."]), "whether she heard at all depends on what went out first"


@pytest.mark.parametrize(("left_out", "missing"), [("digest", 1), ("deliver", 2)])
def test_a_digest_that_is_not_written_or_not_sent_is_missed(world: World, left_out: str, missing: int) -> None:
    world.at(datetime(2026, 11, 23, 7, 50, tzinfo=UTC))
    world.watch(minutes=25, without=(left_out,))
    assert counted(world) == {"digest": missing}
    world.watch(minutes=1)
    assert counted(world) == {}
    assert len(world.digest_messages()) == 1


def test_a_digest_that_slack_refuses_is_missed_and_the_managers_hear_why(world: World) -> None:
    world.at(datetime(2026, 11, 23, 7, 50, tzinfo=UTC))
    world.slack.archive(world.digests)
    world.watch(minutes=25)
    [alarm] = world.alarms(world.olga)
    assert "The weekly digest that was due" in alarm.plain()
    assert "The channel is archived. Unarchive it, or name another one" in alarm.plain()
    world.slack.unarchive(world.digests)
    world.slack.invite_bot(world.digests)
    world.watch(minutes=9)  # its details wait for it, and may come so much later
    assert len(world.digest_messages()) == 1
    assert "This is over" in world.alarms(world.olga)[0].plain()


@pytest.mark.parametrize("fault", [Fault.rate_limited(20), Fault.refused("restricted_action")])
def test_a_digest_whose_details_are_held_up_or_refused_is_incomplete(world: World, fault: Fault) -> None:
    world.at(datetime(2026, 11, 23, 7, 50, tzinfo=UTC))
    world.slack.faults.add("chat.postMessage", Fault.slow(0), channel=world.digests)  # Slack accepts the digest itself
    world.slack.faults.add("chat.postMessage", fault, channel=world.digests, times=None)
    world.watch(minutes=25)
    assert len(world.digest_messages()) == 1
    assert counted(world) == {"digest": 1}
    assert "The weekly digest that was due" in world.alarms(world.olga)[0].plain()


def test_an_alarm_that_lasts_is_told_once_a_day(world: World) -> None:
    world.slack.archive(world.leads)
    world.flag(to=world.dana, elsewhere=True)
    world.day_by_day(MONDAY + timedelta(days=2), step=timedelta(hours=1))
    told = [datetime.fromtimestamp(float(one.ts), UTC) for one in world.alarms(world.olga)]
    assert [(at.day, at.hour) for at in told] == [(16, 10), (17, 8), (18, 8)], "at once, then when her day begins"
