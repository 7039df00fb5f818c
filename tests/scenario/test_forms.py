"""Forms that can't be carried out: the person hears why, and can still read what they typed."""

from typing import Any

import pytest
import structlog

from bot.sandbox import Person
from tests.scenario.world import World

WORDS = "The number <b>rings</b> & nobody answers.\nThird line, *not bold*, <!channel>."


def altered(world: World, who: Person, **parts: Any) -> None:
    """Changes the form on this person's screen into one that another version of Baton has opened."""
    assert who.view is not None
    with world.slack.workspace.change():
        world.slack.workspace.views[who.view.id].body |= parts


def told(who: Person) -> str:
    assert who.view is not None, "the form has closed without a word"
    return who.view.plain()


@pytest.mark.parametrize("callback", ["baton:form:from_the_future", "baton:form:details", "somebody:else", ""])
def test_a_form_that_baton_does_not_know_says_so_and_keeps_what_was_typed(world: World, callback: str) -> None:
    world.flag(to=world.dana)
    world.form(world.dana, 1, "Reject…")
    altered(world, world.dana, callback_id=callback)
    assert world.dana.submit(reason="bad_data", note=WORDS).ok
    said = told(world.dana)
    assert "This form is too old for me" in said
    assert "nothing was saved" in said
    assert "Open it again" in said
    for words in ("In a few words", WORDS, "Contact data wrong or missing"):
        assert words in said
    assert world.moves(1) == ["flag"]


@pytest.mark.parametrize(
    "metadata",
    [
        '{"handoff": "Jane Doe"}',
        '{"handoff": "01"}',
        '{"handoff": ""}',
        '{"number": "Jane Doe"}',
        '{"number": 1.5}',
        '{"number": true}',
        '{"number": -1}',
        '{"number": 1e400}',
        '{"number": [1]}',
        '{"number": null}',
        '{"number": 99999999999999999999}',
        "{}",
        "[1]",
        "Jane Doe",
        "1",
        "",
    ],
)
def test_a_form_that_does_not_say_what_it_is_about_is_opened_again_and_nothing_of_it_is_logged(
    world: World, metadata: str, capfd: pytest.CaptureFixture[str]
) -> None:
    world.flag(to=world.dana)
    world.form(world.dana, 1, "Reject…")
    altered(world, world.dana, private_metadata=metadata)
    with structlog.testing.capture_logs() as logs:
        assert world.dana.submit(reason="bad_data", note=WORDS).ok
    said = told(world.dana)
    assert "This form is too old for me" in said
    assert WORDS in said
    assert world.moves(1) == ["flag"]
    assert [one for one in logs if one["log_level"] == "error"] == []
    assert "Jane Doe" not in str(logs) + "".join(capfd.readouterr())


@pytest.mark.parametrize("metadata", ['{"mends": "Jane Doe"}', "Jane Doe", '{"mends": true}', '{"mends": 0}'])
def test_a_flag_form_that_fixes_nobody_knows_what_is_not_flagged_as_something_new(world: World, metadata: str) -> None:
    world.command(world.mia, "/mql")
    altered(world, world.mia, private_metadata=metadata)
    world.mia.submit(name="Jane Doe", company="Acme", email="jane@acme.com", why_now=WORDS, rep=world.dana.id)
    world.tick()
    said = told(world.mia)
    assert "This form is too old for me" in said
    for words in (WORDS, "jane@acme.com", world.dana.mention):
        assert words in said
    assert world.cards() == []


def test_a_form_that_was_overtaken_keeps_what_was_typed_readable(world: World) -> None:
    world.flag(to=world.dana)
    world.form(world.raj, 1, "Reject…")
    world.accept(1)
    world.raj.submit(reason="too_small", note=WORDS)
    said = told(world.raj)
    assert f"{world.dana.mention} accepted it" in said
    assert WORDS in said


def test_a_button_that_baton_does_not_know_says_so(world: World) -> None:
    world.flag(to=world.dana)
    card = world.card(1)
    with world.slack.workspace.change():
        [record] = [one for one in world.leads.messages if one.ts == card.ts]
        for block in record.blocks:
            for element in block.get("elements", []):
                if element.get("action_id") == "baton:accept":
                    element["action_id"] = "baton:from_the_future"
    world.click(world.dana, 1, "Accept")
    assert "I don't know this button any more, so nothing happened" in world.told(world.dana)
    assert world.moves(1) == ["flag"]
