"""Whoever did something is told what came of it, wherever they did it."""

import pytest

from bot.sandbox import Message, Person
from tests.scenario.world import World

# On one kind only, because it is about words.
KINDS = ("sqlite-http",)


def _rejected(world: World) -> tuple[int, Message]:
    """Returns a rejected lead, and the message that tells its marketer."""
    number = world.flag(to=world.dana)
    world.reject(number, by=world.dana)
    return number, world.dm(world.mia)


def _said_in_a_form(who: Person) -> str:
    """Returns what the form says that replaced the submitted one."""
    assert who.view is not None, "it closed without a word"
    return who.view.plain().removeprefix(f"{who.view.title}\n")


def test_fix_on_a_rejection_that_was_overturned_says_who_did_that(world: World) -> None:
    number, news = _rejected(world)
    world.form(world.mia, number, "Contest…")
    world.mia.submit(note="it works")
    world.tick()
    world.olga.click(world.dm(world.olga), "Overturn")
    world.tick()
    world.later(minutes=4)
    world.mia.click(news, "Fix…", stale=True)
    told = [one.plain() for one in world.mia.direct_messages() if one.is_ephemeral]
    assert world.mia.view is None
    assert told[-1].startswith(
        f"#{number} can't be fixed: {world.olga.mention} overturned the rejection of it 4 minutes"
    )


def test_fix_on_a_lead_that_was_fixed_already_says_where_it_is(world: World) -> None:
    number, news = _rejected(world)
    world.mia.click(news, "Fix…", stale=True)
    world.mia.submit(phone="+49 30 123456")
    world.mia.close()
    world.tick()
    world.mia.click(news, "Fix…", stale=True)
    [told] = [one for one in world.mia.direct_messages() if one.is_ephemeral]
    assert world.mia.view is None
    assert told.plain().startswith(f"Jane Doe is already #{number + 1}, flagged by {world.mia.mention} just now")
    assert told.buttons == ["Details"]


def test_fix_by_somebody_who_may_not_says_who_may(world: World) -> None:
    number, _ = _rejected(world)
    world.raj.click(world.card(number), "Fix…")
    assert "Only the one who flagged it, other marketers and managers can fix a rejected lead" in world.told(world.raj)


@pytest.mark.parametrize(
    ("opened", "entered", "said"),
    [
        ("/reject 1", {"reason": "bad_data"}, "#1 Jane Doe, Acme is rejected; {mia} hears why."),
        ("/accept Reject…", {"reason": "wrong_region"}, "#1 Jane Doe, Acme is rejected; {mia} hears why."),
        ("/accept 1 Return…", {"note": "no time"}, "#1 Jane Doe, Acme is on offer again, now to {raj}."),
        ("/accept 1 Qualify…", {"value": "12"}, "#1 Jane Doe, Acme is qualified. Mark it won or lost when it closes."),
    ],
)
def test_a_form_that_was_opened_from_what_one_person_sees_says_that_it_is_done(
    world: World, opened: str, entered: dict[str, str], said: str
) -> None:
    world.flag(to=world.dana)
    command, *words = opened.split()
    button = words.pop() if words and words[-1].endswith("…") else None
    world.command(world.dana, command, " ".join(words))
    if button:
        world.dana.click(world.whisper(world.dana), button)
    world.dana.submit(entered)
    people = {person.name: person.mention for person in world.team.everyone}
    assert _said_in_a_form(world.dana) == f"{said.format(**people)}\nUndo"
    assert world.dana.view is not None
    assert world.dana.view.title == "Done"


def test_a_form_that_was_opened_from_a_card_closes_and_the_card_follows(world: World) -> None:
    number = world.flag(to=world.dana)
    world.form(world.dana, number, "Reject…")
    world.dana.submit(reason="bad_data")
    world.tick()
    assert world.dana.view is None
    assert "Rejected by" in world.card(number).plain()


def test_a_form_that_was_opened_from_home_closes_and_home_follows(world: World) -> None:
    world.flag(to=world.dana)
    home = world.dana.open_home()
    assert home is not None
    assert "You have the next move" in home.plain()
    world.dana.click(home, "Reject…")
    world.dana.submit(reason="bad_data")
    assert world.dana.view is None
    home = world.dana.home
    assert home is not None
    assert "Nothing waits for you" in home.plain()


def test_understood_in_a_list_says_that_nobody_waits_any_more(world: World) -> None:
    number, _ = _rejected(world)
    world.command(world.mia, "/baton", "mine")
    world.mia.click(world.whisper(world.mia), "Understood")
    assert (
        world.told(world.mia)
        == f"The rejection of #{number} Jane Doe, Acme is answered: nobody waits for you any more.\nUndo"
    )


def test_contesting_from_a_list_says_who_decides_now(world: World) -> None:
    number, _ = _rejected(world)
    world.command(world.mia, "/baton", f"lead {number}")
    world.mia.click(world.whisper(world.mia), "Contest…")
    world.mia.submit(note="it works")
    assert "a manager rules on it" in _said_in_a_form(world.mia)


def test_a_set_up_that_changes_nothing_says_so(world: World) -> None:
    for entered, said in (({}, "Nothing changed"), ({"accept_hours": "3"}, "Baton is set up (agreement version 2)")):
        world.command(world.olga, "/baton", "setup")
        world.olga.submit(entered)
        assert said in _said_in_a_form(world.olga)
        world.olga.close()
