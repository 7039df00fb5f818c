"""The scripted week: how it proceeds while the bot behind it is slow."""

from pathlib import Path

import pytest
from rich.console import Console

from bot.demo.facts_client import FactsClient
from bot.demo.week import Stage
from tests.scenario.world import World


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_of_a_lead_that_came_back_the_second_card_is_waited_for_though_the_first_still_looks_open(
    world: World, fresh_url: str
) -> None:
    with FactsClient(Path(fresh_url.removeprefix("sqlite:///")), world.slack.team_id) as facts:
        stage = Stage(world.slack, facts, Console(quiet=True), 0)
        first = world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana)
        world.mia.command("/mql", "Ann Both, Umbrella, ann@umbrella.com", channel=world.leads)
        world.dana.command("/reject", f"{first} bad_data no such number", channel=world.leads)
        again = world.mia.command("/mql", "Bob Ray, Globex, bob@globex.com, +49 30 123456", channel=world.leads)
        second = first + 2
        assert f"Flagged as #{second}" in again.text
        assert "Waiting for" in world.card(first).plain(), "the bot has not come to it yet"
        says = stage.card_says(second, "Waiting for")
        assert not says()
        world.tick()
        assert says()
        assert stage.card(second) == world.card(second)
        assert stage.card(first) == world.card(first)
        assert stage.was_told(world.dana, first, "No longer with you")()
        assert not stage.was_told(world.dana, second, "No longer with you")()
