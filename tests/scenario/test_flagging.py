"""Marketing flags leads: by quick text, by form, from a message, from anywhere."""

import pytest

from bot.sandbox import Fault
from bot.slack.ids import Shortcut
from tests.scenario.world import EVERYWHERE, World

# On one kind only, because much of it is about words. Other scenarios test the database's part on both.
KINDS = ("sqlite-http",)

QUICK = (
    'Jane Doe, Acme, {}, source=webinar score=72 "asked for pricing"',
    '{}, Jane Doe, Acme, "asked for pricing" score=72 source=webinar',
    "“asked for pricing” Jane Doe, Acme, {}, source=webinar, score=72",
    'Jane Doe at Acme {} source=webinar score=72 why="asked for pricing"',
    "Acme, Jane Doe, <mailto:{0}|{0}>, source=webinar score=72 «asked for pricing»",
    'name="Jane Doe" company=Acme mail=<mailto:{0}|{0}> source=webinar score=72 why="asked for pricing"',
)


def test_quick_text_is_understood_in_any_order_and_with_any_quotes(world: World) -> None:
    for number, text in enumerate(QUICK, start=1):
        email = f"jane{number}@acme.com"
        assert world.flag(text.format(email), to=world.dana) == number
        shown = world.card(number).plain()
        assert "Jane Doe · Acme" in shown, text
        assert f"|{email}>\nScore 72" in shown, text
        assert f"MQL #{number} · webinar" in shown, text
        assert "“asked for pricing”" in shown, text


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_the_command_alone_opens_a_form_and_the_form_flags(world: World) -> None:
    assert world.command(world.mia, "/mql") == ""
    form = world.mia.view
    assert form is not None
    assert form.title == "Flag a lead"
    world.mia.submit(name="Jane Doe", company="Acme", email="jane@acme.com", why_now="wants a demo", rep=world.raj.id)
    world.tick()
    assert world.mia.view is not None
    assert "Flagged as #1 Jane Doe, Acme" in world.mia.view.plain()
    assert f"Waiting for {world.raj.mention}" in world.card(1).plain()
    assert "“wants a demo”" in world.card(1).plain()


def test_a_mistake_in_quick_text_opens_the_form_with_everything_else_filled_in(world: World) -> None:
    assert world.command(world.mia, "/mql", "Jane Doe, Acme, score=72 source=webinar") == ""
    form = world.mia.view
    assert form is not None
    assert "Almost:" in form.plain()
    assert "an e-mail address is missing" in form.plain()
    assert form.values["name"]["name"]["value"] == "Jane Doe"
    assert form.values["score"]["score"]["value"] == "72"
    world.mia.submit(email="jane@acme.com")
    world.tick()
    assert "jane@acme.com" in world.card(1).plain()
    assert "Score 72" in world.card(1).plain()


def test_a_key_that_is_not_known_is_named_and_what_was_typed_is_not_lost(world: World) -> None:
    world.command(world.mia, "/mql", "Jane Doe, Acme, jane@acme.com, shoesize=44")
    form = world.mia.view
    assert form is not None
    assert "I know no “shoesize=”" in form.plain()
    assert form.values["email"]["email"]["value"] == "jane@acme.com"
    assert world.cards() == []


def test_where_the_form_can_not_be_opened_the_answer_says_what_is_missing(world: World) -> None:
    world.slack.faults.add("views.open", Fault.refused("fatal_error"))
    said = world.command(world.mia, "/mql", "Jane Doe, Acme")
    assert "Not flagged yet: an e-mail address is missing" in said
    assert "/mql Jane Doe, Acme, jane@acme.com" in said


def test_a_wrong_field_keeps_the_form_open_with_a_word_at_that_field(world: World) -> None:
    world.command(world.mia, "/mql")
    world.mia.submit(name="Jane Doe", company="Acme", email="jane at acme", employees="many")
    form = world.mia.view
    assert form is not None
    assert "is no e-mail address" in form.errors["email"]
    assert "whole number" in form.errors["employees"]
    assert form.values["name"]["name"]["value"] == "Jane Doe"
    world.mia.submit(email="jane@acme.com", employees="250")
    world.tick()
    assert "250 employees" in world.card(1).plain()


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_message_becomes_a_lead_with_its_words_as_the_reason(world: World) -> None:
    message = world.raj.say(world.leads, "Jane from Acme wrote: jane@acme.com wants pricing & a demo <soon>")
    assert world.mia.message_shortcut(Shortcut.FLAG_FROM_MESSAGE, message).ok
    form = world.mia.view
    assert form is not None
    assert form.values["email"]["email"]["value"] == "jane@acme.com"
    assert form.values["why_now"]["why_now"]["value"] == (
        "Jane from Acme wrote: jane@acme.com wants pricing & a demo <soon>"
    )
    world.mia.submit(name="Jane Doe", company="Acme")
    world.tick()
    assert "wants pricing & a demo <soon>" in world.card(1).plain()


def test_the_global_shortcut_opens_the_form(world: World) -> None:
    assert world.mia.shortcut(Shortcut.FLAG).ok
    assert world.mia.view is not None
    world.mia.submit(name="Jane Doe", company="Acme", email="jane@acme.com")
    world.tick()
    assert "Jane Doe · Acme" in world.card(1).plain()


def test_a_lead_that_is_open_already_is_not_flagged_twice(world: World) -> None:
    number = world.flag(to=world.dana)
    said = world.command(world.mia, "/mql", "Jane Doe, Acme, JANE@acme.com")
    assert f"Jane Doe is already #{number}, flagged by {world.mia.mention} just now" in said
    assert f"now with {world.dana.mention} (offered)" in said
    assert len(world.cards()) == 1

    world.command(world.mia, "/mql")
    world.mia.submit(name="Jane", company="Acme", email="jane@acme.com")
    assert world.mia.view is not None
    said = world.mia.view.plain()
    assert f"already #{number}, flagged by {world.mia.mention}" in said, "the form stays, and says who has the lead"
    assert world.mia.view.values["name"]["name"]["value"] == "Jane", "with what was typed"


def test_a_lead_in_nurture_comes_back_with_a_reason_and_its_history(world: World) -> None:
    number = world.flag("Jane Doe, Acme, jane@acme.com", to=world.dana)
    world.reject(number, "not_now", "budget is frozen", by=world.dana)
    assert "in nurture until" in world.card(number).plain()
    assert "in nurture until" in world.command(world.mia, "/mql", "Jane Doe, Acme, jane@acme.com")
    again = world.flag('Jane Doe, Acme, jane@acme.com "budget is there now"', to=world.dana)
    assert f"Also handed over as #{number}" in world.card(again).plain()
    assert "Timing" in world.card(again).plain()


def test_the_marketer_hears_when_the_nurture_is_over(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, "not_now", "budget is frozen", by=world.dana)
    world.later(days=59)
    assert not any("in nurture long enough" in one.plain() for one in world.dms(world.mia))
    world.later(days=2)
    assert "in nurture long enough" in world.dm(world.mia).plain()


def test_only_marketers_and_managers_flag(world: World) -> None:
    said = world.command(world.dana, "/mql", "Jane Doe, Acme, jane@acme.com")
    assert said.startswith("Only marketers and managers can flag leads.")
    assert world.flag(by=world.olga) == 1


def test_leads_go_round_the_reps_in_turn(world: World) -> None:
    owners = [world.handoff(number).handoff.offered_to for number in world.flag_many(4)]
    assert sorted(owners[:2]) == sorted([world.dana.id, world.raj.id])
    assert owners[2:] == owners[:2]
