"""What Slack says of people and groups, what happens while it says nothing, and two who change the agreement at
once."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.sandbox import DeliveryFault, Fault, Person
from bot.slack.gateway import Gateway
from bot.slack.installation import Foreign, Installation
from tests.scenario.test_security import counted
from tests.scenario.world import World, form_of

ONE_KIND = pytest.mark.parametrize("kind", ["sqlite-http"])
BOB = "Bob Ray, Globex, bob@globex.com"


def open_setup(world: World, person: Person) -> None:
    world.command(person, "/baton", "setup")
    assert person.view is not None, world.told(person)
    assert person.view.title == "Set up Baton"


# Two who change the agreement at once.


def test_a_stale_set_up_form_undoes_nobodys_change_and_comes_back_with_both(world: World) -> None:
    people = {"marketers": [], "reps": [], "managers": [world.olga.id, world.mia.id]}
    world.apply(people=people)
    open_setup(world, world.olga)
    open_setup(world, world.mia)
    world.mia.submit(accept_hours="7", country="DE")
    world.olga.submit(contact_hours="9")
    assert (
        f"{world.mia.mention} changed the agreement while you had the form open; version 3"
        in form_of(world.olga).plain()
    )
    assert "`sla.accept_hours`: was 4.0, is now 7.0" in form_of(world.olga).plain()
    assert "`sla.contact_hours`: was 8.0, is now 8.0; you entered 9.0" in form_of(world.olga).plain()
    terms = world.baton.queries.terms(world.slack.team_id)
    assert (terms.version, terms.agreement.sla.accept_hours, terms.agreement.sla.contact_hours) == (3, 7, 8)
    world.olga.submit()
    terms = world.baton.queries.terms(world.slack.team_id)
    assert (terms.version, terms.agreement.sla.accept_hours, terms.agreement.sla.contact_hours) == (4, 7, 9)
    assert terms.agreement.holidays.country == "DE"


@ONE_KIND
def test_what_two_change_alike_is_asked_about_and_the_last_word_counts(world: World) -> None:
    world.apply(people={"managers": [world.olga.id, world.mia.id]})
    open_setup(world, world.olga)
    open_setup(world, world.mia)
    world.mia.submit(accept_hours="7")
    world.olga.submit(accept_hours="2")
    assert "`sla.accept_hours`: was 4.0, is now 7.0; you entered 2.0" in form_of(world.olga).plain()
    open_setup(world, world.mia)
    world.mia.submit(accept_hours="3")
    world.olga.submit()
    assert "was 7.0, is now 3.0; you entered 2.0" in form_of(world.olga).plain(), "changed again meanwhile"
    world.olga.submit()
    assert world.baton.queries.terms(world.slack.team_id).agreement.sla.accept_hours == 2


def test_of_three_first_set_ups_sent_together_one_counts_and_the_others_hear_of_it(empty: World) -> None:
    world = empty
    three = (world.mia, world.dana, world.olga)
    for hours, person in enumerate(three, start=1):
        open_setup(world, person)
        person.fill("accept_hours", str(hours))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda person: person.submit(), three))
    words = [form_of(person).plain() for person in three]
    assert [("is set up (agreement version 1)" in said) for said in words].count(True) == 1
    terms = world.baton.queries.terms(world.slack.team_id)
    winner = next(person for person, said in zip(three, words, strict=True) if "is set up" in said)
    assert [f"{winner.mention} set Baton up while you had the form open" in said for said in words].count(True) == 2
    assert (terms.version, terms.managers) == (1, (winner.id,))


@ONE_KIND
def test_before_anything_is_agreed_members_set_up_and_nobody_else(empty: World) -> None:
    for facts in ({"is_restricted": True}, {"team_id": "T0PARTNER"}, {"is_bot": True}):
        nobody = empty.slack.person("-".join(facts), **facts)
        assert "Only members of this workspace can set up Baton" in empty.command(nobody, "/baton", "setup")
        assert nobody.view is None
    open_setup(empty, empty.mia)


# Groups.


def empty_group(world: World) -> str:
    return world.slack.usergroup("empty").id


def unknown_group(_world: World) -> str:
    return "S0NOWHERE"


def refused_group(world: World) -> str:
    world.slack.faults.add("usergroups.users.list", Fault.refused("missing_scope"), times=None)
    return world.slack.usergroup("sales", world.dana).id


@pytest.mark.parametrize("group", [empty_group, unknown_group, refused_group])
def test_a_group_of_which_slack_tells_no_members_is_nobody(world: World, group: Callable[[World], str]) -> None:
    admin = world.slack.person("ada", is_admin=True)
    named = group(world)
    world.apply(people={"marketers": [named], "reps": [named], "managers": [named]})
    for person in world.team.everyone:
        assert "Nobody manages here now" in world.command(person, "/baton", "setup")
        assert person.view is None
        assert "Only marketers and managers can flag leads" in world.command(person, "/mql", BOB)
    open_setup(world, admin)
    admin.submit(managers=[world.olga.id])
    open_setup(world, world.olga)


@ONE_KIND
def test_a_group_stands_for_those_whom_slack_told_last_until_it_says_that_it_is_gone(world: World) -> None:
    group = world.slack.usergroup("managers", world.olga)
    world.apply(people={"managers": [group.id]})
    world.slack.faults.add("usergroups.users.list", Fault.server_error(), times=None)
    world.later(hours=7)
    open_setup(world, world.olga)
    world.slack.faults.clear()
    del world.slack.workspace.usergroups[group.id]
    world.later(hours=7)
    assert "Nobody manages here now" in world.command(world.olga, "/baton", "setup")


@ONE_KIND
def test_where_all_managers_have_left_an_owner_of_the_workspace_sets_up(world: World) -> None:
    owner = world.slack.person("owen", is_owner=True)
    assert "Only managers can change the agreement" in world.command(owner, "/baton", "setup")
    world.olga.change(deleted=True)
    open_setup(world, owner)
    assert "Nobody manages here now" in world.command(world.mia, "/baton", "setup")


# What Slack said before something changed, and what arrives after it.


def zone_of(world: World, person: Person) -> str | None:
    return world.baton.queries.terms(world.slack.team_id).people[person.id].timezone


def test_an_event_that_arrives_after_a_newer_one_changes_no_profile(world: World) -> None:
    world.slack.faults.add_delivery(DeliveryFault.hold(), event="user_change")
    world.dana.change(tz="Europe/London")
    world.later(minutes=1)
    world.dana.change(tz="Europe/Paris")
    assert world.slack.faults.release() == 1
    assert zone_of(world, world.dana) == "Europe/Paris"


@pytest.mark.parametrize("comes", [True, False], ids=["came back", "left again"])
def test_an_event_that_arrives_late_neither_sends_a_member_away_nor_lets_one_in(world: World, *, comes: bool) -> None:
    late, then = (world.dana.leave, world.dana.join) if comes else (world.dana.join, world.dana.leave)
    if not comes:
        world.dana.leave(world.leads)
    world.slack.faults.add_delivery(DeliveryFault.hold())
    late(world.leads)
    then(world.leads)
    world.later(minutes=5)
    assert world.slack.faults.release() == 1
    world.tick()
    assert world.baton.queries.terms(world.slack.team_id).people[world.dana.id].in_channel is comes


def asked_while(world: World, method: str, change: Callable[[], object], **about: str) -> None:
    """Looks everybody up. While Slack's answer to this question is on its way, makes a change."""
    world.slack.clock.advance(timedelta(hours=7))
    before = len(world.slack.log.calls(method, **about))
    world.slack.faults.add(method, Fault.slow(0.3), times=None)
    with ThreadPoolExecutor(1) as pool:
        looked_up = pool.submit(world.baton.roster_sync.run)
        world.slack.wait_for(lambda: len(world.slack.log.calls(method, **about)) > before)
        world.slack.faults.clear()
        change()
        looked_up.result()


def test_a_profile_that_was_asked_for_before_it_changed_does_not_bring_the_old_one_back(world: World) -> None:
    asked_while(world, "users.info", lambda: world.dana.change(tz="Europe/Paris"), user=world.dana.id)
    assert zone_of(world, world.dana) == "Europe/Paris"


def test_a_list_of_members_that_was_asked_for_before_somebody_came_does_not_send_them_away(world: World) -> None:
    nina = world.slack.person("nina")
    asked_while(world, "conversations.members", lambda: nina.join(world.leads))
    people = world.baton.queries.terms(world.slack.team_id).people
    assert people[nina.id].in_channel
    world.slack.clock.advance(timedelta(minutes=1))
    before = len(world.slack.log.calls("conversations.members"))
    world.baton.roster_sync.run()
    assert len(world.slack.log.calls("conversations.members")) == before + 1, "asked again soon"
    world.baton.roster_sync.run()
    assert len(world.slack.log.calls("conversations.members")) == before + 1, "but not forever"


# What kind of person somebody is.


def test_somebody_new_is_looked_up_at_once_and_told_so_while_slack_does_not_answer(world: World) -> None:
    world.apply(people={"managers": [world.olga.id]})
    nina = world.slack.person("nina")
    world.slack.faults.add("users.info", Fault.server_error(), times=1)
    said = world.command(nina, "/mql", BOB)
    assert (
        said
        == f"Slack has not told me yet who {nina.mention} is here, so nothing was done. Please try again in a minute."
    )
    assert world.cards() == []
    assert "Flagged as #1" in world.command(nina, "/mql", BOB)
    calls = len(world.slack.log.calls("users.info"))
    assert "Flagged as #2" in world.command(nina, "/mql", "Cid Lee, Initech, cid@initech.com")
    assert len(world.slack.log.calls("users.info")) == calls, "asked once"


@ONE_KIND
def test_a_reaction_of_somebody_new_counts_once_slack_has_said_who_they_are(world: World) -> None:
    world.apply(people={"marketers": [world.mia.id], "managers": [world.olga.id]})
    number = world.flag(to=world.dana)
    nina = world.slack.person("nina")
    world.slack.faults.add("users.info", Fault.server_error(), times=2)
    world.react(nina, number, "star")
    assert world.handoff(number).feedback == ()
    world.later(minutes=2)
    assert [one.person for one in world.handoff(number).feedback] == [nina.id]


@ONE_KIND
def test_whom_the_agreement_names_goes_on_while_slack_says_nothing(empty: World) -> None:
    empty.slack.faults.add("users.info", Fault.server_error(), times=None)
    empty.apply()
    assert "Flagged as #1" in empty.command(empty.mia, "/mql", BOB)
    assert "is yours" in empty.command(empty.dana, "/accept", "1")


@ONE_KIND
def test_who_becomes_a_guest_is_none_of_everybody_from_the_next_moment_on(world: World) -> None:
    world.apply(people={"managers": [world.olga.id]})
    assert "Flagged as #1" in world.command(world.mia, "/mql", BOB)
    world.mia.change(is_restricted=True)
    assert "Only marketers and managers can flag leads" in world.command(
        world.mia, "/mql", "Cid Lee, Initech, cid@initech.com"
    )
    world.apply(people={"marketers": [world.mia.id], "managers": [world.olga.id]})
    assert "Flagged as #2" in world.command(world.mia, "/mql", "Cid Lee, Initech, cid@initech.com"), "named"


def test_leads_are_offered_in_turn_to_members_alone(world: World) -> None:
    slack = world.slack
    others = [
        slack.person("gus", is_restricted=True),
        slack.person("gina", is_ultra_restricted=True),
        slack.person("stan", team_id="T0PARTNER"),
        slack.person("robot", is_bot=True),
    ]
    slack.invite(world.leads, *others)
    world.apply(people={"marketers": [world.mia.id], "managers": [world.olga.id]})
    owners = {world.handoff(number).handoff.owner for number in world.flag_many(6)}
    assert owners == {world.dana.id, world.raj.id}
    for nobody in others:
        world.command(world.mia, "/mql", f"{BOB} {nobody.mention}")
        assert world.mia.view is not None
        assert "whom you asked for can't be offered leads" in world.mia.view.plain()
        world.mia.close()
    gus = others[0]
    world.apply(people={"marketers": [world.mia.id], "reps": [gus.id], "managers": [world.olga.id]})
    assert world.handoff(world.flag(BOB)).handoff.owner == gus.id, "a guest who is named"


# People who no longer have a part.


def test_a_rep_who_was_taken_out_of_the_agreement_works_leads_no_more_and_managers_hear_of_them(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.apply(
        people={"marketers": [world.mia.id], "reps": [world.raj.id], "managers": [world.olga.id]},
    )
    world.click(world.dana, number, "Log contact")
    assert "the agreement does not name you as a rep any more" in world.told(world.dana)
    assert "A manager can, or hand it on." in world.told(world.dana)
    assert world.moves(number) == ["flag", "accept"]
    world.later(minutes=6)
    alarm = next(one for one in world.dms(world.olga) if "is no rep any more" in one.text)
    assert f"{world.dana.mention} is no rep any more, and has the next move on one lead." in alarm.plain()
    assert "Only reps and managers can accept" in world.command(world.dana, "/accept", str(world.flag(BOB)))


def test_what_was_written_to_somebody_who_may_see_leads_no_more_is_not_shown_on(world: World) -> None:
    number = world.flag(to=world.dana)
    assert "Jane Doe" in world.dm(world.dana).plain()
    world.apply(people={"marketers": [world.mia.id], "reps": [world.raj.id], "managers": [world.olga.id]})
    world.dana.leave(world.leads)
    world.accept(number, by=world.raj)
    assert all("Jane" not in one.plain() for one in world.dms(world.dana))
    assert "You take no part in the handoff any more" in world.dm(world.dana).plain()
    assert "Leads are shown only to those who take part" in world.command(world.dana, "/baton", f"lead {number}")


@ONE_KIND
def test_feedback_is_what_reps_and_managers_say_and_not_who_flagged_the_lead(world: World) -> None:
    number = world.flag(by=world.olga, to=world.dana)
    for person, emoji in itertools.product((world.mia, world.olga, world.dana, world.raj), ("star",)):
        world.react(person, number, emoji)
    assert {one.person for one in world.handoff(number).feedback} == {world.dana.id, world.raj.id}
    assert "great lead 2" in world.card(number).plain()
    assert world.told(world.mia) == ""
    world.apply(people={"marketers": [world.mia.id], "reps": [world.raj.id], "managers": [world.olga.id]})
    world.unreact(world.dana, number, "star")
    assert {one.person for one in world.handoff(number).feedback} == {world.raj.id}, "taken back all the same"


# Payloads of other installations.


@ONE_KIND
def test_in_a_shared_channel_slack_names_our_installation_and_the_others_team(world: World) -> None:
    number = world.flag(to=world.dana)
    world.slack.invite(world.leads, world.slack.person("stan", team_id="T0PARTNER"))
    card = world.card(number)
    event = {
        "type": "reaction_added",
        "user": world.dana.id,
        "reaction": "star",
        "item": {"type": "message", "channel": world.leads.id, "ts": card.ts},
        "event_ts": world.slack.workspace.next_ts(),
    }
    wrapped = world.slack.wrap(event)
    assert wrapped["is_ext_shared_channel"] is True
    world.slack.deliver("events_api", {**wrapped, "team_id": "T0PARTNER"})
    assert len(world.handoff(number).feedback) == 1
    alien = [{**wrapped["authorizations"][0], "team_id": "T0PARTNER"}]
    before = counted(world, "foreign_payload")
    world.slack.deliver("events_api", {**wrapped, "team_id": "T0PARTNER", "authorizations": alien, "event_id": "Ev2"})
    assert counted(world, "foreign_payload") == before + 1


@pytest.mark.parametrize("foreign", [{"team_id": "T0ELSEWHERE"}, {"app_id": "A0ELSEWHERE"}])
def test_a_payload_of_another_installation_or_app_does_nothing_and_is_counted(
    world: World, foreign: dict[str, str]
) -> None:
    number = world.flag(to=world.dana)
    with world.slack.misdirected(**foreign):
        said = world.dana.command("/accept", str(number), channel=world.leads).text
        world.dana.click(world.card(number), "Accept")
        world.dana.react(world.card(number), "white_check_mark")
        world.dana.say(world.leads, "hm", thread=world.card(number))
    assert said == "I serve another workspace or app than this came from, so nothing was done."
    world.tick()
    assert world.moves(number) == ["flag"]
    assert world.handoff(number).comments == ()
    assert counted(world, "foreign_payload") >= 4


@ONE_KIND
def test_before_slack_has_answered_after_a_start_what_it_said_before_counts(world: World) -> None:
    slack = world.slack
    steady = world.machine.steady
    gateway = Gateway(slack.bot_token, "http://127.0.0.1:9/api/", steady=steady)
    installation = Installation(gateway, world.baton.roster, steady=steady)
    ours = {"command": "/mql", "team_id": slack.team_id, "api_app_id": slack.workspace.app_id}
    assert installation.foreign({**ours, "team_id": "T0ELSEWHERE"}) is None, "nothing was ever said"
    installation.remember()
    assert installation.foreign(ours) is None
    assert installation.foreign({**ours, "team_id": "T0ELSEWHERE"}) is Foreign.WORKSPACE
    assert installation.foreign({**ours, "api_app_id": "A0ELSEWHERE"}) is Foreign.APP


@ONE_KIND
def test_refusals_for_lack_of_right_are_counted(world: World) -> None:
    number = world.flag(to=world.dana)
    before = counted(world, "not_allowed")
    world.command(world.mia, "/accept", str(number))
    world.click(world.mia, number, "Reject…")
    world.command(world.dana, "/mql", BOB)
    assert counted(world, "not_allowed") == before + 3
