"""App Home and lists: what waits for somebody, with buttons that do what they say."""

import pytest

from bot.sandbox import Message, Person, View
from tests.scenario.world import World

# On one kind only, because it is about what is shown. Other scenarios test the database's part on both.
KINDS = ("sqlite-http",)

DETAILS = {"Details"}
WORK = {"Accept", "Reject…", "Log contact", "Return…", "Qualify…", "Disqualify…", "Won…", "Lost…"}


def _a_mixed_team(world: World) -> None:
    """Flags leads: one in every open state with Dana, one more on offer to Raj, and one that was rejected."""
    world.flag("Olga's own, Tyrell, own@tyrell.com", by=world.olga, to=world.raj)
    for name, steps in (
        ("Ann", []),
        ("Bob", ["Accept"]),
        ("Cid", ["Accept", "Log contact"]),
        ("Dee", ["Accept", "Qualify…"]),
        ("Eve", ["Reject…"]),
    ):
        number = world.flag(f"{name} Doe, Works, {name.lower()}@works.com", to=world.dana)
        for step in steps:
            world.click(world.dana, number, step)
            if step.endswith("…"):
                world.dana.submit({"Qualify…": {"value": "12"}, "Reject…": {"reason": "bad_data"}}[step])
                world.tick()


def _home(person: Person) -> View:
    home = person.open_home()
    assert home is not None
    return home


def _listed(world: World, person: Person, command: str, text: str) -> Message:
    world.command(person, command, text)
    return world.whisper(person)


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("mia", {"Flag a lead…", "Fix…", "Understood", *DETAILS}),
        ("dana", WORK),
        ("raj", {"Accept", "Reject…"}),
        ("olga", {"Flag a lead…", "Accept", "Reject…"}),
    ],
)
def test_home_offers_each_part_what_it_may_do_and_nothing_else(world: World, who: str, may: set[str]) -> None:
    _a_mixed_team(world)
    person = getattr(world, who)
    assert set(_home(person).buttons) == may


PLACES = ("/accept", "/baton mine", "/baton lead 1", "/baton lead 2", "/baton lead 4", "/baton lead 6", "home")


def _shown(world: World, person: Person, where: str) -> Message | View:
    command, _, text = where.partition(" ")
    return _home(person) if where == "home" else _listed(world, person, command, text)


@pytest.mark.parametrize("who", ["mia", "dana", "raj", "olga"])
def test_no_button_that_opens_a_form_is_refused_to_whom_alone_sees_it(world: World, who: str) -> None:
    _a_mixed_team(world)
    person: Person = getattr(world, who)
    for where in PLACES:
        shown = _shown(world, person, where)
        for block, one in shown.elements():
            if one["text"]["text"].endswith("…"):
                assert person.click(shown, one["action_id"], block=block, stale=True).ok
                assert person.view is not None, f"{one['action_id']} in {where} was refused: {world.told(person)}"
                assert "nly" not in person.view.plain()
                person.close(all_of_them=True)


@pytest.mark.parametrize("places", [PLACES, PLACES[::-1]], ids=["lists first", "home first"])
@pytest.mark.parametrize("who", ["mia", "dana", "raj", "olga"])
def test_no_button_that_acts_at_once_is_refused_to_whom_alone_sees_it(
    world: World, who: str, places: tuple[str, ...]
) -> None:
    """Each place is shown anew after each click, because a move makes others illegal."""
    _a_mixed_team(world)
    person: Person = getattr(world, who)
    clicked: set[tuple[str, str, str]] = set()
    for where in places:
        while True:
            shown = _shown(world, person, where)
            at_once = [
                (block, one)
                for block, one in shown.elements()
                if not one["text"]["text"].endswith("…")
                and (where, one["action_id"], one.get("value", "")) not in clicked
            ]
            if not at_once:
                break
            block, one = at_once[0]
            clicked.add((where, one["action_id"], one.get("value", "")))
            assert person.click(shown, one["action_id"], block=block).ok
            said = world.told(person) + (person.view.plain() if person.view else "")
            assert not any(refusal in said for refusal in ("Only", "only they", "can't")), (where, one, said)
            if person.view is not None:
                person.close(all_of_them=True)
            world.tick()
    assert clicked
