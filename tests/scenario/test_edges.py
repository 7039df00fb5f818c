"""Unusual combinations: first days, other channels, other Slacks, promises of marketing, digests at other times."""

from datetime import timedelta

import pytest

from bot.sandbox import Fault
from models.rules.agreement import Agreement
from models.rules.callers import program
from tests.scenario.world import World

ONE_KIND = pytest.mark.parametrize("kind", ["sqlite-http"])
JANE = "Jane Doe, Acme, jane@acme.com"


def _set_up_with_defaults(world: World) -> None:
    """Sets up without naming anybody. The clock has not ticked before the first lead."""
    world.command(world.olga, "/baton", "setup")
    world.olga.submit(digest_channel=world.leads.id)
    world.olga.close()
    world.slack.invite_bot(world.leads)


def test_with_the_defaults_the_first_lead_goes_to_a_person_and_never_to_baton(empty: World) -> None:
    empty.baton.installation.identify()
    _set_up_with_defaults(empty)
    for n in range(4):
        empty.command(empty.mia, "/mql", f"Jane Doe, Acme, jane{n}@acme.com")
        empty.tick()
    owners = {empty.handoff(n).handoff.owner for n in range(1, 5)}
    assert empty.slack.bot_user_id not in owners
    assert owners <= {person.id for person in empty.team.everyone}


@ONE_KIND
def test_a_lead_can_only_be_offered_to_somebody_who_can_take_it(world: World) -> None:
    for nobody in (world.mia.mention, f"<@{world.slack.bot_user_id}>", "<@U0NOBODY>"):
        world.command(world.mia, "/mql", f"{JANE} {nobody}")
        assert world.mia.view is not None
        assert "whom you asked for can't be offered leads" in world.mia.view.plain()
        world.mia.close()
    said = world.command(world.mia, "/mql", f'{JANE} "met {world.olga.mention} at the fair"')
    assert "Flagged as #1" in said
    assert world.handoff(1).handoff.owner in (world.dana.id, world.raj.id), "whoever is spoken of is not asked for"


@ONE_KIND
def test_a_card_that_could_not_be_shown_goes_to_the_channel_that_is_named_next(world: World) -> None:
    world.slack.archive(world.leads)
    world.mia.command("/mql", JANE)
    world.tick()
    assert world.cards() == []
    another = world.slack.channel("more-leads")
    world.apply(handoff_channel=another.id)
    world.tick()
    assert [one.plain().splitlines()[1] for one in world.slack.messages(another)] == ["Jane Doe · Acme"]


@ONE_KIND
def test_a_card_follows_again_once_its_channel_is_out_of_the_archive(world: World) -> None:
    number = world.flag(to=world.dana)
    world.slack.archive(world.leads)
    world.dana.command("/accept", str(number))
    world.tick()
    assert "Waiting for" in world.card(number).plain()
    world.slack.unarchive(world.leads)
    world.tick()
    assert "has it" in world.card(number).plain()


@ONE_KIND
def test_what_app_home_can_not_do_is_said_in_a_window(world: World) -> None:
    number = world.flag(to=world.dana)
    home = world.raj.open_home()
    assert home is not None
    world.accept(number)
    world.raj.click(home, "Accept", stale=True)
    assert world.raj.view is not None
    assert "can't be accepted" in world.raj.view.plain()


@ONE_KIND
def test_a_lead_that_comes_back_to_somebody_is_a_new_message_to_them(world: World) -> None:
    number = world.flag(to=world.raj)
    world.accept(number, by=world.dana)
    before = len(world.dms(world.raj))
    world.form(world.dana, number, "Return…")
    world.dana.submit(note="rather for Raj")
    world.tick()
    assert len(world.dms(world.raj)) == before + 1
    assert world.dm(world.raj).plain().startswith("*A lead for you:*")


@ONE_KIND
def test_marketing_is_reminded_of_a_rejection_that_it_has_not_answered(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, "too_small", "three people", by=world.dana)
    world.later(days=2)
    assert "waits for your answer: Company too small" in world.dm(world.mia).plain()
    world.mia.click(world.dm(world.mia), "Understood")
    world.tick()
    assert "Done" in world.dm(world.mia).plain()


@ONE_KIND
def test_to_flag_a_rejected_lead_again_answers_the_rejection(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, by=world.dana)
    world.flag(f"{JANE}, +49 30 123456")
    world.later(days=2)
    assert not any("waits for your answer" in one.plain() for one in world.dms(world.mia))


@ONE_KIND
def test_a_digest_of_the_running_week_is_an_extra_one_and_the_weeks_own_still_comes(world: World) -> None:
    from models.rules.week import Week  # noqa: PLC0415 - only here

    world.flag()
    assert world.baton.digests.post(world.baton.installation.identify().team_id, Week(2026, 47), at=world.now)
    world.tick()
    assert "week 47 so far" in world.digest_messages()[0].plain()
    world.later(days=7)
    assert "Handoffs, week 47 ·" in world.digest_messages()[-1].plain()


@ONE_KIND
def test_a_file_read_at_every_start_does_not_undo_what_was_changed_in_slack(world: World) -> None:
    apply, read = world.baton.agreements.apply, program(world.slack.team_id, "FILE")

    def file(hours: float) -> Agreement:
        return world.team.agreement(sla={"accept_hours": hours})

    assert apply(file(2), by=read, at=world.now, unless_seen=True) == 2
    assert apply(file(3), by=world.caller(world.olga), at=world.now) == 3
    assert apply(file(2), by=read, at=world.now, unless_seen=True) == 3, "the same file again"
    assert apply(file(5), by=read, at=world.now, unless_seen=True) == 4, "the file was changed"


@ONE_KIND
@pytest.mark.parametrize("code", ["not_found", "method_not_supported", "feature_not_enabled", "unknown_method"])
def test_without_conversations_open_messages_go_to_the_person_all_the_same(world: World, code: str) -> None:
    world.slack.faults.add("conversations.open", Fault.refused(code), times=None)
    number = world.flag(to=world.dana)
    assert f"#{number} Jane Doe" in world.dm(world.dana).plain()


@ONE_KIND
def test_an_answer_that_is_not_slacks_is_no_answer(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.server_error(502), times=3)
    number = world.flag(to=world.dana)
    for _ in range(5):
        world.later(seconds=30)
    assert "Waiting for" in world.card(number).plain()
    assert len(world.cards()) == 1


@ONE_KIND
def test_hours_without_slack_cost_no_message(world: World) -> None:
    world.slack.faults.add(None, Fault.drop_before(), times=None)
    world.mia.command("/mql", f"{JANE} {world.dana.mention}", channel=world.leads)
    for _ in range(40):
        world.later(minutes=8)
    world.slack.faults.clear()
    world.later(minutes=8)
    assert len(world.cards()) == 1
    assert "A lead for you" in world.dms(world.dana)[0].plain()


@ONE_KIND
def test_somebody_whose_status_says_vacation_gets_no_new_leads(world: World) -> None:
    world.dana.change(status_emoji=":palm_tree:", status_text="On vacation")
    owners = {world.handoff(number).handoff.owner for number in world.flag_many(3)}
    assert owners == {world.raj.id}


@ONE_KIND
def test_the_manager_s_reminder_follows_what_the_others_do(world: World) -> None:
    number = world.flag(to=world.dana)
    world.later(hours=6, minutes=30)
    assert "A lead of somebody else's is late" in world.dm(world.olga).plain()
    world.accept(number, by=world.raj)
    world.tick()
    assert "Done" in world.dm(world.olga).plain()


def test_the_time_between_two_messages_is_short_where_promises_are(world: World) -> None:
    world.apply(sla={"accept_hours": 0.02})
    number = world.flag(to=world.dana)
    for _ in range(8):
        world.later(seconds=15)
    older, newest = [one.plain() for one in world.dms(world.dana)][-2:]
    assert "waits for you" in newest
    assert older.startswith(f"Newer reminder below. This one was about #{number}.")
    facts = world.handoff(number)
    assert facts.due_at == facts.handoff.flagged_at + timedelta(seconds=72)


@ONE_KIND
def test_where_nobody_manages_roles_still_hold_and_the_marketer_hears_of_what_is_late(world: World) -> None:
    team = world.team
    people = {"marketers": [team.mia.id], "reps": [team.dana.id, team.raj.id], "managers": []}
    agreement = team.agreement(people=people)
    world.baton.agreements.apply(agreement, by=program(world.slack.team_id, "FILE"), at=world.now)
    number = world.flag(to=world.dana)
    assert "Only reps and managers can accept" in world.command(world.mia, "/accept", str(number))
    world.later(hours=6, minutes=30)
    assert "A lead of somebody else's is late" in world.dm(world.mia).plain()
    world.reject(number, by=world.dana)
    world.form(world.mia, number, "Contest…")
    world.mia.submit(note="the number is right")
    assert world.mia.view is not None
    assert "Nobody manages here" in world.mia.view.plain()


@ONE_KIND
def test_what_changes_of_the_company_is_kept_only_of_those_who_take_part(world: World) -> None:
    strangers = [world.slack.person(f"stranger{number}") for number in range(3)]
    before = world.baton.queries.terms(world.slack.team_id)
    for person in (*strangers, world.raj):
        person.change(status_text="coffee")
    world.slack.settle()
    assert world.baton.queries.terms(world.slack.team_id) is before
    world.raj.change(tz="America/New_York")
    world.slack.settle()
    after = world.baton.queries.terms(world.slack.team_id)
    assert after.people[world.raj.id].timezone == "America/New_York"
    assert after.people.keys() == before.people.keys()
