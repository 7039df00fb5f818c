"""Details and `/baton lead`: everything that is known of a handoff, for whoever takes it over."""

import pytest

from bot.sandbox import Person
from tests.scenario.world import World

JANE = 'Jane Doe, Acme, jane@acme.com, +49 30 1234, acme.com, source=webinar score=72 "asked for pricing"'


def _told(world: World, who: Person, number: int) -> list[str]:
    """Returns what Details and the command say."""
    details = world.form(who, number, "Details").plain()
    who.close()
    return [details, world.command(who, "/baton", f"lead {number}")]


@pytest.mark.parametrize("kind", ["sqlite-http", "postgres-http"])
def test_details_and_the_command_tell_the_whole_story(world: World) -> None:
    number = world.flag(JANE, to=world.dana)
    world.accept(number)
    world.later(minutes=5)
    world.react(world.dana, number, "star")
    world.dana.say(world.leads, "left a voicemail", thread=world.card(number))
    world.click(world.dana, number, "Log contact")
    for told in _told(world, world.raj, number):
        for part in (
            "<mailto:jane@acme.com|jane@acme.com>",
            "<tel:+49301234|+49 30 1234>",
            "acme.com",
            "Score 72",
            "asked for pricing",
            f"{world.mia.mention} flagged it",
            f"{world.dana.mention} accepted it",
            f"{world.dana.mention} logged contact with it",
            f"{world.dana.mention}: great lead <!date^",
            "|2026-11-16 09:05 UTC>: “left a voicemail”",
        ):
            assert part in told, (part, told)


@pytest.mark.parametrize("kind", ["sqlite-http", "postgres-http"])
def test_whoever_gets_a_rerouted_lead_reads_why_it_was_sent_on_and_what_was_said(world: World) -> None:
    first = world.flag(JANE, to=world.dana)
    world.mia.say(world.leads, "she was at our booth", thread=world.card(first))
    world.reject(first, "wrong_region", "belongs to France, contact Marie first", by=world.dana)
    second = first + 1
    world.dana.say(world.leads, "Marie knows her", thread=world.card(first))
    world.tick()
    shown = [world.card(second).plain(), *_told(world, world.raj, second)]
    for told in shown:
        assert f"Also handed over as #{first}" in told
        assert f"rejected by {world.dana.mention}: Not my territory · “belongs to France, contact Marie first”" in told
        assert "“she was at our booth”" in told
        assert "“Marie knows her”" in told, "also what is said there afterwards"


@pytest.mark.parametrize("kind", ["sqlite-http", "postgres-http"])
def test_the_history_says_who_was_reminded_when_and_who_was_told_that_it_is_late(world: World) -> None:
    number = world.flag(JANE, to=world.dana)
    for _ in range(3):
        world.later(hours=2, minutes=1)
    for told in _told(world, world.olga, number):
        history = told.partition("*What happened*")[2].partition("*The lead's other handoffs*")[0]
        flagged = history.index("flagged it")
        reminded = history.index(f"{world.dana.mention} was reminded <!date^")
        late = history.index(f"{world.dana.mention} was told that it is late <!date^")
        manager = history.index(f"{world.olga.mention} was told that it is late <!date^")
        assert flagged < reminded < late < manager
