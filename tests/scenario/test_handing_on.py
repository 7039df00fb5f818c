"""A manager hands what is late to somebody else, or takes it: the same lead, a new owner, and the whole time again."""

import re
from datetime import timedelta

import pytest

from bot.sandbox import Message
from models.rules.ladders import What
from tests.monday import MONDAY
from tests.scenario.world import World

MINUTE = timedelta(minutes=1)


def late(world: World) -> tuple[int, Message]:
    """Returns a lead of Dana's after one and a half times its time, and the message that tells Olga."""
    number = world.flag(to=world.dana)
    world.later(hours=6)
    return number, world.dm(world.olga)


def test_the_managers_message_says_who_owes_what_since_when_and_what_to_press(world: World) -> None:
    number, told = late(world)
    assert told.buttons == ["Hand to…", "Take it", "Details"]
    assert re.search(
        rf"\*#{number}\* Jane Doe, Acme · an answer was due .+ \(2 h late\) · with {world.dana.mention} since ",
        told.plain(),
    )


def test_a_manager_hands_a_late_lead_to_another_rep_from_the_message(world: World) -> None:
    number, told = late(world)
    assert world.olga.click(told, "Hand to…").ok
    world.olga.submit(to=world.raj.id, note="Dana is swamped")
    world.tick()
    handoff = world.handoff(number).handoff
    assert (handoff.state, handoff.owner, handoff.offered_to) == ("offered", world.raj.id, world.raj.id)
    promise = world.handoff(number).next_move
    assert promise is not None
    assert promise.due_at is not None
    assert promise.first_due_at is not None
    tomorrow = promise.due_at - (MONDAY + timedelta(days=1, hours=2))
    assert abs(tomorrow) < MINUTE, "four hours of Raj's: two today, two tomorrow"
    assert promise.first_due_at - (MONDAY + timedelta(hours=4)) < MINUTE, "what sales promised first is what counts"
    last = world.handoff(number).history[-1]
    assert (last.move, last.actor, last.note) == ("hand", world.olga.id, "Dana is swamped")
    assert f"Waiting for {world.raj.mention}" in world.card(number).plain()
    assert "A lead for you" in world.dm(world.raj).plain()
    assert world.dm(world.raj).buttons[:2] == ["Accept", "Reject…"]
    assert f"{world.olga.mention} handed #{number} Jane Doe, Acme to {world.raj.mention}" in world.dm(world.dana).text
    assert "“Dana is swamped”" in world.dm(world.dana).plain()
    assert world.dm(world.olga).plain() == "Done: nothing of this waits for you any more."
    world.accept(number, by=world.raj)


def test_a_manager_takes_a_lead_in_any_open_state_and_works_it(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number, by=world.dana)
    world.click(world.dana, number, "Log contact")
    assert f"is with {world.olga.mention} now" in world.command(world.olga, "/baton", f"take {number}")
    handoff = world.handoff(number).handoff
    assert (handoff.state, handoff.owner, handoff.accepted_by) == ("working", world.olga.id, world.olga.id)
    assert f"{world.olga.mention} took #{number} Jane Doe, Acme" in world.dm(world.dana).text
    assert world.command(world.olga, "/baton", f"take {number}") == f"#{number} is with {world.olga.mention} already."
    world.won(number, by=world.olga)
    assert "Won" in world.card(number).plain()


def test_speed_to_lead_runs_on_and_the_new_owner_is_held_to_their_own_time(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number, by=world.dana)
    world.later(hours=3)
    assert "first contact by" in world.command(world.olga, "/baton", f"hand {number} {world.raj.mention} please")
    world.later(hours=1)
    world.click(world.raj, number, "Log contact")
    (contact,) = [one for one in world.promises(number) if one.what is What.CONTACT and one.kept_at]
    speed, taken = world.handoff(number).handoff.speed_seconds, contact.taken_seconds
    assert (round(speed or 0, -2), round(taken or 0, -2)) == (4 * 3600, 3600)


@pytest.mark.parametrize("who", ["dana", "mia"])
def test_whoever_does_not_manage_hands_nothing_on(world: World, who: str) -> None:
    number = world.flag(to=world.dana)
    person = getattr(world, who)
    for text in (f"hand {number} {world.raj.mention}", f"take {number}", f"hand {number}"):
        assert "Only managers can" in world.command(person, "/baton", text)
    assert world.handoff(number).handoff.owner == world.dana.id
    assert world.moves(number) == ["flag"]


def test_the_form_says_at_its_field_who_can_not_have_it(world: World) -> None:
    number, told = late(world)
    for person, why in (
        (world.mia, f"#{number} can't be handed to this person"),
        (world.dana, "is with this person already"),
    ):
        assert world.olga.click(told, "Hand to…").ok
        answer = world.olga.submit(to=person.id)
        assert why in answer.body["errors"]["to"]
        world.olga.close()
    assert world.moves(number) == ["flag"]


def test_what_has_ended_is_handed_to_nobody(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, by=world.dana)
    for text, done in ((f"hand {number} {world.raj.mention}", "reassigned"), (f"take {number}", "taken")):
        assert f"#{number} can't be {done}: {world.dana.mention} rejected it" in world.command(
            world.olga, "/baton", text
        )


def test_a_manager_sees_in_mine_and_home_what_is_late_and_with_whom(world: World) -> None:
    number, _ = late(world)
    home = world.olga.open_home()
    assert home is not None
    for words in (world.command(world.olga, "/baton", "mine"), home.plain()):
        assert "Late with others" in words
        assert f"#{number}" in words
        assert f"with {world.dana.mention}" in words
    assert home.buttons[-3:] == ["Hand to…", "Take it", "Details"]
    assert world.olga.click(home, "Take it").ok
    world.tick()
    assert world.handoff(number).handoff.owner == world.olga.id
    assert "Late with others" not in world.command(world.olga, "/baton", "mine")


def test_without_somebody_the_command_opens_the_form_and_nonsense_is_told_how(world: World) -> None:
    number = world.flag(to=world.dana)
    world.command(world.olga, "/baton", f"hand {number}")
    assert world.olga.view is not None
    world.olga.submit(to=world.raj.id)
    world.tick()
    assert world.handoff(number).handoff.owner == world.raj.id
    for text in ("hand", "hand it over", "take", "take it"):
        assert "I need the number of a lead" in world.command(world.olga, "/baton", text)


@pytest.mark.parametrize(
    "text",
    [
        "{n} {raj} swamped",
        "{raj} {n} swamped",
        "{n} to {raj}: swamped",
        "#{n}, @raj swamped",
        "Zoë Kaya {raj} swamped",
        "zoe kaya to raj swamped",
        "{raj} zoe kaya swamped",
        "to\u00a0{raj}\u2009#{n}\u3000swamped",
    ],
)
def test_number_or_name_and_person_stand_in_any_order(world: World, text: str) -> None:
    number = world.flag("Zoë Kaya, Müller & Söhne GmbH, zoe@mueller.example", to=world.dana)
    world.command(world.olga, "/baton", "hand " + text.format(n=number, raj=world.raj.mention))
    assert world.handoff(number).handoff.owner == world.raj.id
    assert world.handoff(number).history[-1].note == "swamped"


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("because {raj} is ill", "I could not tell who gets it."),
        ("@zora swamped", "Nobody here is called “zora”."),
        ("nobody in particular", "I could not tell who gets it."),
    ],
)
def test_where_it_stays_open_who_gets_it_the_form_keeps_what_was_typed(world: World, text: str, doubt: str) -> None:
    number = world.flag(to=world.dana)
    assert world.command(world.olga, "/baton", f"hand {number} " + text.format(raj=world.raj.mention)) == ""
    assert world.olga.view is not None
    assert doubt in world.olga.view.plain()
    assert world.olga.view.values["note"]["note"]["value"] == text.format(raj="@raj")
    assert world.moves(number) == ["flag"]


def test_a_lead_is_taken_by_its_name_and_of_several_one_is_chosen(world: World) -> None:
    one = world.flag("Zoë Kaya, Acme, zoe@acme.example", to=world.dana)
    two = world.flag("Zoe Brown, Globex, zoe@globex.example", to=world.dana)
    assert "Which lead do you take?" in world.command(world.olga, "/baton", "take zoe")
    assert "Which lead do you reassign?" in world.command(world.olga, "/baton", f"hand zoe {world.raj.mention}")
    assert "called “zora”" in world.command(world.olga, "/baton", f"hand zora {world.raj.mention}")
    world.command(world.olga, "/baton", "take zoe kaya")
    assert [world.handoff(number).handoff.owner for number in (one, two)] == [world.olga.id, world.dana.id]


def test_several_are_handed_on_at_once_and_each_is_answered(world: World) -> None:
    one, two = world.flag_many(2, to=world.dana)
    said = world.command(world.olga, "/baton", f"hand {one}, {two} {world.raj.mention}")
    assert f"#{one}" in said
    assert f"#{two}" in said
    assert [world.handoff(number).handoff.owner for number in (one, two)] == [world.raj.id, world.raj.id]
    said = world.command(world.olga, "/baton", f"hand {one}, {two}")
    assert "I could not tell who gets these" in said
