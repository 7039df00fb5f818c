"""Slack repeats itself, late and out of order: everything has one effect."""

import pytest

from bot.sandbox import DeliveryFault, Fault
from tests.scenario.world import EVERYWHERE, JANE, World


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_four_copies_of_everything_have_one_effect(world: World) -> None:
    answer = world.mia.command("/mql", f"{JANE} {world.dana.mention}", channel=world.leads, duplicates=4)
    assert [one.status for one in answer.deliveries] == [200] * 4
    world.tick()
    assert len(world.cards()) == 1

    world.dana.click(world.card(1), "Accept", duplicates=4)
    world.tick()
    world.dana.click(world.card(1), "Log contact", duplicates=4)
    world.tick()
    assert "1 attempt ·" in world.card(1).plain()

    world.later(minutes=10)
    world.slack.faults.add_delivery(DeliveryFault.duplicate(4), event="reaction_added")
    world.react(world.dana, 1, "telephone_receiver")
    assert "2 attempts" in world.card(1).plain()

    world.slack.faults.add_delivery(DeliveryFault.duplicate(4), event="message")
    world.mia.say(world.leads, "she prefers e-mail", thread=world.card(1))
    world.tick()
    assert "1 comment" in world.card(1).plain()

    world.form(world.dana, 1, "Qualify…")
    world.dana.submit(value="12,000", duplicates=4)
    world.tick()
    assert world.moves(1) == ["flag", "accept", "contact", "contact", "qualify"]
    assert len(world.cards()) == 1
    assert len(world.dms(world.dana)) == 1
    assert len(world.dms(world.mia)) == 2, "that it is accepted, and that it is qualified"


def test_a_form_sent_four_times_flags_one_lead(world: World) -> None:
    world.command(world.mia, "/mql")
    answer = world.mia.submit(name="Jane Doe", company="Acme", email="jane@acme.com", duplicates=4)
    assert answer.ok
    assert world.mia.view is not None
    assert "Flagged as #1" in world.mia.view.plain()
    world.tick()
    assert len(world.cards()) == 1
    assert world.handoff(1).earlier == ()


def test_a_copy_that_arrives_a_day_later_changes_nothing(world: World) -> None:
    number = world.flag(to=world.dana)
    world.slack.faults.add_delivery(DeliveryFault.hold(), event="reaction_added")
    card = world.card(number)
    world.dana.react(card, "white_check_mark")
    assert world.slack.faults.held == 1
    world.accept(number, by=world.raj)
    world.later(days=1)
    assert world.slack.faults.release() == 1
    world.tick()
    assert f"{world.raj.mention} has it" in world.card(number).plain()
    assert world.moves(number) == ["flag", "accept"]
    assert f"{world.raj.mention} accepted it" in world.told(world.dana)


def test_feedback_that_overtakes_its_removal_stays_removed(world: World) -> None:
    number = world.flag(to=world.dana)
    for event in ("reaction_added", "reaction_removed"):
        world.slack.faults.add_delivery(DeliveryFault.hold(), event=event)
    world.dana.react(world.card(number), "star")
    world.dana.unreact(world.card(number), "star")
    assert world.slack.faults.release(reverse=True) == 2
    world.tick()
    assert "great lead" not in world.card(number).plain()
    world.react(world.dana, number, "star")
    assert "great lead 1" in world.card(number).plain()


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_late_copy_of_a_refused_command_stays_refused(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    refused = world.raj.command("/accept", str(number), channel=world.leads)
    assert "can't be accepted" in refused.text
    world.form(world.dana, number, "Return…")
    world.dana.submit(note="no time after all")
    world.tick()
    assert "Waiting for" in world.card(number).plain()
    world.again("slash_commands")
    assert "Waiting for" in world.card(number).plain()
    assert world.moves(number) == ["flag", "accept", "return"]


def test_a_late_copy_of_a_click_does_not_undo_what_came_after_it(world: World) -> None:
    number = world.flag(to=world.dana)
    world.click(world.dana, number, "Accept")
    copy = world.slack.log.deliveries("interactive")[-1]
    world.form(world.dana, number, "Return…")
    world.dana.submit(note="no time after all")
    world.tick()
    answered = len(world.dana.sees(world.leads))
    world.slack.log.add_delivery(copy)
    world.again("interactive")
    assert world.moves(number) == ["flag", "accept", "return"]
    assert len(world.dana.sees(world.leads)) == answered, "an echo is not answered"


def test_a_late_copy_of_the_set_up_does_not_undo_what_was_agreed_after_it(world: World) -> None:
    for hours in ("6", "7"):
        world.command(world.olga, "/baton", "setup")
        world.olga.submit(accept_hours=hours)
    first, _ = world.slack.log.deliveries("interactive")
    world.slack.log.add_delivery(first)
    world.again("interactive")
    assert world.baton.queries.terms(world.slack.team_id).agreement.sla.accept_hours == 7


def test_a_reaction_that_overtakes_the_cards_own_record_is_delivered_again_and_counts(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    world.mia.command("/mql", f"{JANE} {world.dana.mention}", channel=world.leads)
    world.tick()
    world.slack.log.clear()
    world.dana.react(world.card(1), "white_check_mark")
    assert {one.status for one in world.slack.log.deliveries(event="reaction_added")} == {503}, "not known yet"
    world.later(seconds=20)
    world.later(minutes=1)
    world.slack.settle()
    world.tick()
    assert f"{world.dana.mention} has it" in world.card(1).plain()
    assert world.slack.log.deliveries(event="reaction_added")[-1].status == 200


def test_a_message_of_ours_that_is_not_a_card_has_no_meaning_for_reactions(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    news = world.dm(world.mia)
    world.mia.react(news, "x")
    world.tick()
    assert world.moves(number) == ["flag", "accept"]


def test_a_reaction_on_a_stranger_s_message_is_none_of_ours(world: World) -> None:
    number = world.flag(to=world.dana)
    theirs = world.raj.say(world.leads, "lunch?")
    world.dana.react(theirs, "white_check_mark")
    world.tick()
    assert world.moves(number) == ["flag"]
    assert [one.status for one in world.slack.log.deliveries(event="reaction_added")] == [200]


@pytest.mark.parametrize("kind", ["sqlite-socket"])
def test_after_slack_has_closed_the_socket_the_bot_comes_back_and_goes_on(world: World) -> None:
    number = world.flag(to=world.dana)
    before = len(world.slack.log.calls("apps.connections.open"))
    world.slack.disconnect_sockets()
    world.slack.wait_for(lambda: len(world.slack.log.calls("apps.connections.open")) > before and world.slack.sockets)
    world.accept(number)
    assert "has it" in world.card(number).plain()
