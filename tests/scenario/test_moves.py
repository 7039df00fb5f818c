"""Sales answers and works leads: by command, by button, by reaction, by form."""

from datetime import timedelta

import pytest

from tests.scenario.world import EVERYWHERE, World


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_lead_is_accepted_by_command_by_button_by_reaction_and_from_the_direct_message(world: World) -> None:
    by_command, by_button, by_reaction, from_message = world.flag_many(4, to=world.dana)
    said = world.command(world.dana, "/accept", f"#{by_command} calling at noon")
    assert f"#{by_command} Lead 1, Company 1 is yours. First contact by" in said
    world.click(world.dana, by_button, "Accept")
    world.react(world.dana, by_reaction, "white_check_mark")
    assert world.dana.click(world.dm(world.dana), "Accept").ok
    world.tick()
    for number in (by_command, by_button, by_reaction, from_message):
        card = world.card(number)
        assert f"{world.dana.mention} has it" in card.plain()
        assert card.buttons == ["Log contact", "Qualify…", "Return…", "Edit…", "Details"]
        assert [one.text for one in world.dms(world.mia)].count(news_of(world, number)) == 1
    assert [one.buttons for one in world.dms(world.dana)] == [
        ["Log contact", "Qualify…", "Return…", "Edit…", "Details"]
    ] * 4, "the message to the owner follows, a second is not needed"


def news_of(world: World, number: int) -> str:
    said = " · “calling at noon”" if number == 1 else ""
    return f"{world.dana.mention} accepted #{number} Lead {number}, Company {number}{said}."


def test_whoever_accepts_has_it_and_the_one_it_was_offered_to_is_told(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number, by=world.raj)
    assert f"{world.raj.mention} has it" in world.card(number).plain()
    assert world.dm(world.dana).plain().startswith("*No longer with you:*")
    assert world.dm(world.dana).buttons == []
    assert world.dm(world.raj).plain().startswith("*Yours to contact:*")


def test_a_lead_is_rejected_by_command_by_form_and_by_reaction_and_always_with_a_reason(world: World) -> None:
    numbers = by_command, by_form, by_reaction, asked = world.flag_many(4, to=world.dana)
    said = world.command(world.dana, "/reject", f"{by_command} bad-data “phone number does not exist”")
    assert f"#{by_command} Lead 1, Company 1 is rejected; {world.mia.mention} hears why." in said

    world.form(world.dana, by_form, "Reject…")
    world.dana.submit(reason="bad_data", note="phone number does not exist")

    world.react(world.dana, by_reaction, "x")
    assert f"Say why you reject #{by_reaction} Lead 3" in world.told(world.dana)
    assert "Waiting for" in world.card(by_reaction).plain(), "nothing is rejected without a reason"
    assert world.dana.click(world.whisper(world.dana), "Reject…").ok
    world.dana.submit(reason="bad_data", note="phone number does not exist")

    assert world.command(world.dana, "/reject", str(asked)) == ""
    world.dana.submit(reason="bad_data", note="phone number does not exist")
    world.tick()
    for number in numbers:
        shown = world.card(number).plain()
        why = "Contact data wrong or missing · “phone number does not exist”"
        assert f"Rejected by {world.dana.mention}*: {why}" in shown
        assert f"back with {world.mia.mention} to fix" in shown


def test_not_my_territory_offers_the_lead_to_the_next_rep(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, "wrong_region", "she is in London", by=world.dana)
    again = number + 1
    assert f"offered again as #{again} to {world.raj.mention}" in world.card(number).plain()
    assert f"Waiting for {world.raj.mention}" in world.card(again).plain()
    assert world.dm(world.raj).buttons == ["Accept", "Reject…", "Edit…", "Details"]


def test_when_every_rep_gave_it_back_it_goes_to_the_manager_never_nowhere(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, "wrong_region", by=world.dana)
    world.reject(number + 1, "wrong_region", by=world.raj)
    assert f"Waiting for {world.olga.mention}" in world.card(number + 2).plain()
    assert world.dm(world.olga).plain().startswith("*A lead for you:*")


def test_a_returned_lead_goes_to_somebody_else_and_its_card_stays_one_message(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.form(world.dana, number, "Return…")
    world.dana.submit(note="on holiday from tomorrow")
    world.tick()
    assert f"Waiting for {world.raj.mention}" in world.card(number).plain()
    assert world.dm(world.raj).plain().startswith("*A lead for you:*")
    assert "No longer with you" in world.dm(world.dana).plain()


def test_every_attempt_is_counted_and_the_lead_can_be_given_up_with_a_reason(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    for attempt in (1, 2):
        world.later(minutes=10)
        world.click(world.dana, number, "Log contact")
        assert f"{attempt} attempt" in world.card(number).plain()
    world.form(world.dana, number, "Disqualify…")
    world.dana.submit(reason="unreachable")
    assert world.dana.view is not None
    assert "counts after 6 logged attempts" in world.dana.view.errors["reason"]
    world.dana.submit(reason="no_budget", note="maybe next year")
    world.tick()
    card = world.card(number)
    assert f"Disqualified by {world.dana.mention}*: No budget · “maybe next year” · in nurture until" in card.plain()
    assert card.buttons == ["Edit…", "Details"]
    assert "disqualified" in world.dm(world.mia).plain()


def test_a_lost_lead_says_so_and_the_marketer_reads_what_decided_it(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.form(world.dana, number, "Qualify…")
    world.dana.submit(value="9.500,50 €", expected_close=(world.now + timedelta(days=20)).date())
    world.tick()
    assert "9,500.50 €" in world.card(number).plain()
    world.form(world.dana, number, "Lost…")
    world.dana.submit(note="chose the incumbent")
    world.tick()
    assert "*Lost*" in world.card(number).plain()
    assert "lost #1 Jane Doe, Acme · “chose the incumbent”" in world.dm(world.mia).text


def test_a_withdrawn_lead_asks_nothing_of_anybody(world: World) -> None:
    number = world.flag(to=world.dana)
    world.click(world.mia, number, "Withdraw")
    assert f"Withdrawn by {world.mia.mention}" in world.card(number).plain()
    assert world.dm(world.dana).buttons == []
    assert world.command(world.dana, "/baton", "mine") == "Nothing waits for you."


def test_an_upheld_rejection_stands_and_both_are_told(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, by=world.dana)
    world.form(world.mia, number, "Contest…")
    world.mia.submit(note="the number works")
    world.tick()
    assert world.olga.click(world.dm(world.olga), "Uphold").ok
    world.tick()
    assert "upheld the rejection" in world.dm(world.mia).plain()
    assert "Rejected by" in world.card(number).plain()
    assert " · contested" not in world.card(number).plain(), "nothing is open about it any more"


def test_understood_answers_a_rejection(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, by=world.dana)
    assert f"#{number}" in world.command(world.mia, "/baton", "mine")
    assert world.mia.click(world.dm(world.mia), "Understood").ok
    world.tick()
    assert "Understood" not in world.card(number).buttons
    assert world.command(world.mia, "/baton", "mine") == "Nothing waits for you."


def test_feedback_is_given_and_taken_back_by_reaction(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.react(world.dana, number, "star")
    world.react(world.raj, number, "star")
    world.react(world.raj, number, "-1")
    assert "great lead 2 · poor 1" in world.card(number).plain()
    world.unreact(world.dana, number, "star")
    world.unreact(world.raj, number, "-1")
    assert "great lead 1" in world.card(number).plain()
    assert "poor" not in world.card(number).plain()


def test_a_reaction_without_a_meaning_changes_nothing(world: World) -> None:
    number = world.flag(to=world.dana)
    before = world.card(number)
    world.react(world.dana, number, "eyes")
    assert world.card(number).plain() == before.plain()
    assert world.card(number).edited == before.edited


def test_contact_is_logged_by_reaction_and_a_taken_back_move_is_explained(world: World) -> None:
    number = world.flag(to=world.dana)
    world.react(world.dana, number, "white_check_mark")
    world.react(world.dana, number, "telephone_receiver")
    assert "1 attempt" in world.card(number).plain()
    world.unreact(world.dana, number, "telephone_receiver")
    assert "does not undo the move" in world.told(world.dana)
    assert "1 attempt" in world.card(number).plain()


def test_replies_in_the_thread_are_kept_as_comments_and_follow_edits_and_deletions(world: World) -> None:
    number = world.flag(to=world.dana)
    card = world.card(number)
    first = world.dana.say(world.leads, "left a <voicemail> & will retry", thread=card)
    world.mia.say(world.leads, "she prefers e-mail", thread=card)
    world.tick()
    assert "2 comments" in world.card(number).plain()
    world.dana.edit(first, "reached her assistant")
    world.tick()
    details = world.form(world.mia, number, "Details").plain()
    assert "“reached her assistant”" in details
    assert "voicemail" not in details
    world.dana.delete(first)
    world.tick()
    assert "1 comment" in world.card(number).plain()
    world.mia.say(world.leads, "not about any lead")
    world.tick()
    assert [entry.text for entry in world.handoff(number).comments] == ["she prefers e-mail"]


def test_details_tell_the_whole_history(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.react(world.dana, number, "star")
    details = world.form(world.olga, number, "Details")
    assert details.title == f"Handoff #{number}"
    assert f"{world.mia.mention} flagged it" in details.plain()
    assert "named by the marketer" in details.plain()
    assert f"{world.dana.mention} accepted it" in details.plain()
    assert f"{world.dana.mention}: great lead" in details.plain()


# Lists and home.


def test_the_commands_alone_list_what_can_be_chosen_with_buttons_that_work(world: World) -> None:
    number = world.flag(to=world.dana)
    other = world.flag("Bob Ray, Globex, bob@globex.com", to=world.raj)
    answer = world.dana.command("/accept", channel=world.leads)
    assert "Offered to you" in answer.text
    assert "Offered to others" in answer.text
    assert f"#{other}* Bob Ray, Globex" in answer.text
    assert answer.message is not None
    mine = next(block for block, one in answer.message.elements() if one["value"] == str(world.id_of(number)))
    assert world.dana.click(answer.message, "Accept", block=mine).ok
    world.tick()
    assert f"{world.dana.mention} has it" in world.card(number).plain()
    assert f"#{number} Jane Doe, Acme is yours" in world.told(world.dana)

    listed = world.dana.command("/reject", channel=world.leads).message
    assert listed is not None
    assert world.dana.click(listed, "Reject…").ok
    world.dana.submit(reason="too_small")
    world.tick()
    assert "Company too small · archived" in world.card(other).plain()
    assert world.command(world.dana, "/accept") == "No lead waits to be accepted or rejected."


def test_baton_commands_answer_the_caller_alone(world: World) -> None:
    number = world.flag(to=world.dana)
    assert "/accept 42 [note]" in world.command(world.raj, "/baton", "help")
    assert "/accept 42 [note]" in world.command(world.raj, "/baton")
    assert "I don't know “frobnicate”." in world.command(world.raj, "/baton", "frobnicate")
    assert "You have the next move" in world.command(world.dana, "/baton", "mine")
    assert world.command(world.raj, "/baton", "mine") == "Nothing waits for you."
    assert "Jane Doe · Acme" in world.command(world.raj, "/baton", f"lead {number}")
    assert f"*#{number}* Jane Doe, Acme" in world.command(world.raj, "/baton", "lead Jane")
    assert "no handoff #99 here" in world.command(world.raj, "/baton", "lead 99")
    status = world.command(world.raj, "/baton", "status")
    assert "1 handoff open, 0 late." in status
    assert "Agreement version 1" in status
    assert "given up: 0." in status


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_app_home_shows_what_waits_and_its_buttons_work(world: World) -> None:
    number = world.flag(to=world.dana)
    home = world.dana.open_home()
    assert home is not None
    assert "You have the next move" in home.plain()
    assert world.dana.click(home, "Accept").ok
    world.tick()
    assert f"{world.dana.mention} has it" in world.card(number).plain()
    home = world.dana.home
    assert home is not None
    assert "first contact by" in home.plain(), "the home follows the click"
    assert world.dana.click(home, "Return…").ok
    assert world.dana.view is not None
    assert world.dana.view.title == f"Return #{number}"

    empty = world.olga.open_home()
    assert empty is not None
    assert "On offer to others" not in empty.plain()
    assert world.olga.click(empty, "Flag a lead…").ok
    assert world.olga.view is not None
    assert world.olga.view.title == "Flag a lead"


def test_app_home_before_the_set_up_offers_it(empty: World) -> None:
    home = empty.olga.open_home()
    assert home is not None
    assert "not set up here yet" in home.plain()
    assert empty.olga.click(home, "Set up…").ok
    assert empty.olga.view is not None
    assert empty.olga.view.title == "Set up Baton"
