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


@pytest.mark.parametrize("who", ["mia", "dana", "raj", "olga"])
def test_no_button_that_one_person_sees_alone_is_refused_to_them(world: World, who: str) -> None:
    _a_mixed_team(world)
    person: Person = getattr(world, who)
    at_once: list[tuple[Message | View, str, str]] = []
    for where in PLACES:
        command, _, text = where.partition(" ")
        shown: Message | View = _home(person) if where == "home" else _listed(world, person, command, text)
        for block, one in shown.elements():
            if not one["text"]["text"].endswith("…"):
                at_once.append((shown, block, one["action_id"]))
                continue
            assert person.click(shown, one["action_id"], block=block, stale=True).ok
            assert person.view is not None, f"{one['action_id']} in {where} was refused: {world.told(person)}"
            assert "nly" not in person.view.plain()
            person.close(all_of_them=True)
    shown, block, action = at_once[-1]  # after it the other moves may be illegal
    assert person.click(shown, action, block=block, stale=True).ok
    said = world.told(person) + (person.view.plain() if person.view else "")
    assert not any(refusal in said for refusal in ("Only", "only they", "can't")), said
