"""What was said of a lead is corrected, and what somebody just did is taken back, over the protocol."""

from datetime import timedelta

import pytest

from bot.sandbox import Person, View
from models.rules.lifecycle import State
from models.rules.rows import Release
from tests.scenario.world import JANE, World, form_of

CHANGED = (
    *("owner", "offered_to", "response", "accepted_by", "accepted_at", "contacted_at", "speed_seconds", "attempts"),
    *("reason", "reason_note", "rejected_by", "contested", "ruled", "qualified_at", "value_cents", "expected_close"),
    *("closed_at", "state", "moved", "moved_by", "moved_at"),
)


def promises(world: World, number: int) -> dict[str, object]:
    """Returns the columns of a handoff that a move changes, and its promises that were not undone."""
    handoff = world.handoff(number).handoff
    stands = [promise for promise in world.promises(number) if promise.released is not Release.UNDONE]
    return {name: getattr(handoff, name) for name in CHANGED} | {"promises": stands}


def typed_in(view: View) -> dict[str, str]:
    """Returns the values of a form's fields, by name. In a form that came back, names end in @ and a count."""
    return {
        name.partition("@")[0]: str(element["value"])
        for name, elements in view.values.items()
        for element in elements.values()
        if element.get("value")
    }


# Edit.


def test_each_change_is_in_the_ledger_with_old_and_new_and_the_card_follows(world: World) -> None:
    number = world.flag(to=world.dana)
    before = promises(world, number)
    world.form(world.mia, number, "Edit…")
    assert typed_in(form_of(world.mia))["company"] == "Acme"
    world.mia.submit(company="Acme Ltd", phone="+49 30 1234567", score="")
    world.tick()
    [_, line] = world.handoff(number).history
    assert (line.move, line.actor) == ("edit", world.mia.id)
    assert line.detail["changed"] == {
        "company": ["Acme", "Acme Ltd"],
        "phone": ["", "+49 30 1234567"],
        "score": ["72", ""],
    }
    card = world.card(number)
    assert "Acme Ltd" in card.plain()
    assert "Score" not in card.plain()
    assert "Acme Ltd" in world.dm(world.dana).plain(), "whoever has it reads the same"
    assert promises(world, number) == before, "no clock moves, and no state"
    world.form(world.mia, number, "Details")
    assert "company: “Acme” → “Acme Ltd”" in form_of(world.mia).plain()


@pytest.mark.parametrize(("who", "may"), [("mia", True), ("dana", True), ("olga", True), ("raj", False)])
def test_who_flagged_it_its_owner_and_managers_may_edit(world: World, who: str, may: bool) -> None:
    number = world.flag(to=world.dana)
    person: Person = getattr(world, who)
    world.click(person, number, "Edit…")
    assert (person.view is not None) == may
    if not may:
        assert "can be edited by" in world.told(person)


def test_a_form_that_is_older_than_anothers_edit_is_refused_with_the_difference_and_keeps_what_was_typed(
    world: World,
) -> None:
    number = world.flag(to=world.dana)
    world.form(world.mia, number, "Edit…")
    world.form(world.dana, number, "Edit…")
    world.dana.submit(company="Acme Ltd")
    world.tick()
    world.mia.submit(phone="+49 30 1234567", company="ACME")
    form = form_of(world.mia)
    assert "Company was “Acme” and is “Acme Ltd” now." in form.plain()
    assert typed_in(form)["phone"] == "+49 30 1234567"
    assert typed_in(form)["company"] == "ACME"
    assert world.handoff(number).lead.company == "Acme Ltd", "nothing was overwritten"
    world.mia.submit()
    world.tick()
    lead = world.handoff(number).lead
    assert (lead.company, lead.phone) == ("ACME", "+49 30 1234567")


def test_a_move_meanwhile_does_not_hinder_an_edit(world: World) -> None:
    number = world.flag(to=world.dana)
    world.form(world.mia, number, "Edit…")
    world.accept(number)
    world.mia.submit(title="CFO")
    world.tick()
    assert world.moves(number) == ["flag", "accept", "edit"]
    assert world.handoff(number).lead.title == "CFO"


def test_the_address_of_another_lead_is_refused_with_which_one(world: World) -> None:
    world.flag()
    number = world.flag("Bob Ray, Globex, bob@globex.com")
    world.form(world.mia, number, "Edit…")
    world.mia.submit(email="JANE@acme.com")
    assert "is the address of Jane Doe, who is #1" in form_of(world.mia).errors["email"]
    world.mia.submit(email="bob.ray@globex.com")
    world.tick()
    assert world.handoff(number).lead.email == "bob.ray@globex.com"
    said = world.command(world.mia, "/mql", "Bob Ray, Globex, bob.ray@globex.com")
    assert "is already #2" in said, "it is that lead"


def test_an_edit_that_changes_nothing_says_so_and_one_that_is_wrong_stays_open(world: World) -> None:
    number = world.flag()
    world.form(world.mia, number, "Edit…")
    world.mia.submit(email="nobody")
    assert "is no e-mail address" in form_of(world.mia).errors["email"]
    world.mia.submit(email="jane@acme.com")
    assert "Nothing is changed" in form_of(world.mia).plain()
    assert world.moves(number) == ["flag"]


# Undo of a flag.


def test_a_lead_that_was_flagged_by_mistake_is_taken_back_and_counts_nowhere(world: World) -> None:
    answer = world.mia.command("/mql", f"{JANE} {world.dana.mention}", channel=world.leads)
    world.tick()
    world.mia.click(world.whisper(world.mia), "Undo")
    world.tick()
    handoff = world.handoff(1).handoff
    assert (handoff.state, handoff.voided, handoff.owner) == (State.WITHDRAWN, True, None)
    assert world.moves(1) == ["flag", "undo"]
    assert "Taken back by" in world.card(1).plain()
    assert world.card(1).buttons == ["Edit…", "Details"]
    assert world.dm(world.dana).plain().startswith("Taken back by"), "a line, without buttons"
    assert world.dm(world.dana).buttons == []
    assert "0 handoffs open" in world.command(world.mia, "/baton", "status")
    assert "I find no lead" in world.command(world.mia, "/baton", "find jane")
    assert world.flag() == 2, "it may be flagged again"
    assert "#1" not in world.card(2).plain()
    assert answer.ok


def test_the_form_says_flagged_with_undo_in_its_window(world: World) -> None:
    world.mia.command("/mql", "", channel=world.leads)
    world.mia.submit(name="Jane Doe", company="Acme", email="jane@acme.com")
    world.tick()
    assert "Undo" in form_of(world.mia).buttons
    world.mia.click(form_of(world.mia), "Undo")
    world.tick()
    assert "Taken back: #1 Jane Doe, Acme" in form_of(world.mia).plain()
    assert world.handoff(1).handoff.voided


def test_taking_a_flag_back_brings_back_what_it_changed_of_the_lead_and_of_earlier_rejections(world: World) -> None:
    first = world.flag(to=world.dana)
    world.reject(first, "bad_data", by=world.dana)
    before, lead = promises(world, first), world.handoff(first).lead
    world.mia.command("/mql", 'Janet Dow, Acme Inc, jane@acme.com, phone=+49301234567 "again"', channel=world.leads)
    world.tick()
    assert world.handoff(first).reply is None
    assert world.handoff(first).lead.name == "Janet Dow"
    world.mia.click(world.whisper(world.mia), "Undo")
    world.tick()
    assert promises(world, first) == before, "the rejection waits for an answer as before"
    restored = world.handoff(first).lead
    assert (restored.name, restored.company, restored.phone) == (lead.name, lead.company, lead.phone)
    assert "Jane Doe" in world.card(first).plain()


# Undo of a move.


def act(world: World, number: int, move: str) -> Person:  # noqa: PLR0912 - a list of moves
    """Makes a move by command, button or form, on a handoff in the state for it. Returns who made it."""
    dana, mia, olga = world.dana, world.mia, world.olga
    match move:
        case "accept":
            world.command(dana, "/accept", str(number))
        case "reject":
            world.command(dana, "/reject", f"{number} not_now call in May")
        case "reroute":
            world.command(dana, "/reject", f"{number} wrong_region")
        case "withdraw":
            world.click(mia, number, "Withdraw")
            return mia
        case "return":
            world.form(dana, number, "Return…")
            dana.submit(note="no time")
        case "contact":
            world.click(dana, number, "Log contact")
        case "react":
            world.react(dana, number, "telephone_receiver")
        case "qualify":
            world.form(dana, number, "Qualify…")
            dana.submit(value="12,000")
        case "disqualify":
            world.form(dana, number, "Disqualify…")
            dana.submit(reason="no_need")
        case "win":
            world.form(dana, number, "Won…")
            dana.submit(value="13,000")
        case "lose":
            world.form(dana, number, "Lost…")
            dana.submit(note="price")
        case "answer":
            world.click(mia, number, "Understood")
            return mia
        case "contest":
            world.form(mia, number, "Contest…")
            mia.submit(note="it is right")
            return mia
        case "overturn":
            olga.click(world.dm(olga), "Overturn")
            return olga
        case _:
            raise LookupError(move)
    return dana


BEFORE = {
    "accept": (),
    "reject": (),
    "reroute": (),
    "withdraw": (),
    "return": ("accept",),
    "contact": ("accept",),
    "react": ("accept",),
    "qualify": ("accept", "contact"),
    "disqualify": ("accept", "contact"),
    "win": ("accept", "qualify"),
    "lose": ("accept", "qualify"),
    "answer": ("reject",),
    "contest": ("reject",),
    "overturn": ("reject", "contest"),
}


@pytest.mark.parametrize("move", list(BEFORE))
def test_every_move_can_be_taken_back_and_all_promises_are_as_before(world: World, move: str) -> None:
    number = world.flag(to=world.dana)
    for step in BEFORE[move]:
        act(world, number, step)
        world.later(minutes=20)
    before, lead, cards = promises(world, number), world.handoff(number).lead, len(world.cards())
    who = act(world, number, move)
    world.tick()
    assert promises(world, number) != before
    said = world.command(who, "/baton", "undo")
    assert f"Taken back: #{number}" in said
    assert promises(world, number) == before
    assert world.handoff(number).lead.nurture_until == lead.nurture_until
    assert world.moves(number)[-1] == "undo"
    following = world.cards()[cards:]
    assert all("Taken back by" in card.plain() for card in following), "the next rep's offer went with it"


def test_undo_beside_a_button_and_beside_a_reaction(world: World) -> None:
    number = world.flag(to=world.dana)
    world.click(world.dana, number, "Accept")
    world.dana.click(world.whisper(world.dana), "Undo")
    world.tick()
    assert world.handoff(number).state is State.OFFERED
    world.react(world.dana, number, "white_check_mark")
    assert "is yours" in world.told(world.dana)
    world.dana.click(world.whisper(world.dana), "Undo")
    world.tick()
    assert world.moves(number) == ["flag", "accept", "undo", "accept", "undo"]
    assert "[Accept]" not in world.told(world.dana)
    assert world.card(number).buttons[0] == "Accept"


def test_undo_beside_a_form(world: World) -> None:
    number = world.flag(to=world.dana)
    world.form(world.dana, number, "Reject…")
    world.dana.submit(reason="bad_data", note="oops")
    world.tick()
    assert "is rejected" in world.told(world.dana)
    world.dana.click(world.whisper(world.dana), "Undo")
    world.tick()
    assert world.handoff(number).state is State.OFFERED
    assert world.dm(world.mia).plain().endswith("and took that back."), "the marketer's message says so too"
    assert world.dm(world.mia).buttons == []


def test_the_message_to_the_next_owner_folds_when_the_move_is_taken_back(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    act(world, number, "return")
    world.tick()
    assert "A lead for you" in world.dm(world.raj).plain()
    world.command(world.dana, "/baton", "undo")
    assert "No longer with you" in world.dm(world.raj).plain()
    assert world.dm(world.raj).buttons == []


def test_after_five_minutes_nothing_is_taken_back(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.slack.clock.advance(timedelta(minutes=5, seconds=1))
    assert "You did nothing in the last 5 minutes" in world.command(world.dana, "/baton", "undo")
    assert world.moves(number) == ["flag", "accept"]


def test_what_somebody_else_moved_on_is_not_taken_back(world: World) -> None:
    number = world.flag(to=world.dana)
    world.click(world.dana, number, "Accept")
    undo = world.whisper(world.dana)
    world.click(world.olga, number, "Log contact")
    world.dana.click(undo, "Undo")
    assert f"#{number} can't be put back" in world.told(world.dana)
    assert world.moves(number) == ["flag", "accept", "contact"]


def test_what_is_taken_back_once_is_not_taken_back_again_nor_by_somebody_else(world: World) -> None:
    number = world.flag(to=world.dana)
    world.click(world.dana, number, "Accept")
    undo = world.whisper(world.dana)
    world.dana.click(undo, "Undo")
    world.again("interactive")
    world.dana.click(undo, "Undo")
    assert "You took that back" in world.told(world.dana)
    assert world.moves(number) == ["flag", "accept", "undo"]


def test_a_rejection_that_was_answered_by_flagging_again_is_not_taken_back(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, "bad_data", by=world.dana)
    world.flag(f"{JANE}")
    assert "is already #2" in world.command(world.dana, "/baton", "undo")
    assert world.handoff(number).state is State.REJECTED


def test_a_lead_that_was_sent_on_and_taken_by_the_next_is_not_taken_back(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, "wrong_region", "not mine", by=world.dana)
    world.accept(2, by=world.raj)
    assert "#2 can't be put back" in world.command(world.dana, "/baton", "undo")


def test_who_took_a_rejection_back_is_offered_the_lead_again_in_turn(world: World) -> None:
    world.apply(people={"marketers": [world.mia.id], "reps": [world.dana.id], "managers": [world.olga.id]})
    number = world.flag()
    world.reject(number, "wrong_region", "not mine", by=world.dana)
    world.command(world.dana, "/baton", "undo")
    world.click(world.mia, number, "Withdraw")
    assert world.handoff(world.flag()).handoff.owner == world.dana.id


def test_a_second_copy_of_undo_takes_nothing_more_back(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.click(world.dana, number, "Log contact")
    assert "Taken back" in world.command(world.dana, "/baton", "undo")
    world.again("slash_commands")
    assert world.moves(number) == ["flag", "accept", "contact", "undo"]
    assert "Taken back" in world.command(world.dana, "/baton", "undo"), "asked for once more, the next is"
    assert world.moves(number) == ["flag", "accept", "contact", "undo", "undo"]


# The marketer hears.


def test_the_marketer_hears_of_qualified_and_returned(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    act(world, number, "return")
    world.tick()
    told = world.dm(world.mia)
    assert "gave #1 Jane Doe, Acme back · “no time”" in told.text
    place = world.card(number).ts.replace(".", "")
    assert f"/archives/{world.leads.id}/p{place}|#1 Jane Doe, Acme>" in told.plain(), "a link to the card"
    world.accept(number, by=world.raj)
    world.form(world.raj, number, "Qualify…")
    world.raj.submit(value="12,000")
    world.tick()
    assert "qualified #1 Jane Doe, Acme: 12,000 €" in world.dm(world.mia).text


# Fix.


def test_fix_shows_why_it_was_rejected_and_asks_for_a_word_where_nothing_was_changed(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, "bad_data", "phone number does not exist", by=world.dana)
    form = world.form(world.mia, number, "Fix…")
    assert "Contact data wrong or missing: “phone number does not exist”" in form.plain()
    world.mia.submit()
    assert "Nothing is changed" in form_of(world.mia).errors["why_now"]
    world.mia.submit(why_now="asked for pricing, and answered on LinkedIn")
    world.tick()
    assert world.moves(2) == ["flag"]


def test_fix_shows_a_number_of_nought(world: World) -> None:
    number = world.flag(to=world.dana)
    world.form(world.mia, number, "Edit…")
    world.mia.submit(employees="0")
    world.tick()
    world.reject(number, by=world.dana)
    assert typed_in(world.form(world.mia, number, "Fix…"))["employees"] == "0"
