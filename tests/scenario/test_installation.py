"""The app is uninstalled, or its token revoked: Baton makes no useless calls, shows it, and later sends everything."""

from collections.abc import Callable

import pytest

from bot.sandbox import Sandbox
from bot.slack.gateway import SlackRefused
from tests.scenario.world import EVERYWHERE, JANE, World


def shut_out(world: World) -> float | None:
    return world.baton.registry.get_sample_value("baton_workspaces_shut_out")


def posts(world: World) -> int:
    return len(world.slack.log.calls("chat.postMessage")) + len(world.slack.log.calls("chat.update"))


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.parametrize(
    ("leave", "told"),
    [(Sandbox.uninstall, "app_uninstalled"), (Sandbox.revoke_token, "tokens_revoked")],
    ids=["uninstalled", "revoked"],
)
def test_without_a_token_nothing_is_sent_and_all_is_made_good_when_it_works_again(
    world: World, leave: Callable[[Sandbox], None], told: str
) -> None:
    first = world.flag(to=world.dana)
    assert world.baton.not_ready() is None
    assert shut_out(world) == 0
    leave(world.slack)
    world.slack.settle()
    before = posts(world)
    assert "is yours" in world.dana.command("/accept", str(first), channel=world.leads).text
    world.mia.command("/mql", f"Bob Ray, Globex, bob@globex.com {world.dana.mention}", channel=world.leads)
    world.watch(minutes=60, every=5)
    assert posts(world) == before, "nothing is tried in vain"
    assert world.baton.not_ready() == (
        f"Slack refuses the token ({told}): install the app again, and set SLACK_BOT_TOKEN if it changed"
    )
    assert shut_out(world) == 1
    world.slack.workspace.token_fault = None
    world.tick()
    assert "has it" in world.card(first).plain()
    assert "Waiting for" in world.card(first + 1).plain()
    assert world.baton.not_ready() is None
    assert shut_out(world) == 0


@pytest.mark.parametrize("tokens", [{"oauth": ["U1"]}, {"bot": []}, {"bot": ["UOTHER"]}, {"bot": "x"}, {}], ids=str)
def test_a_token_that_is_not_the_bots_may_be_revoked(world: World, tokens: dict[str, object]) -> None:
    world.slack.emit({"type": "tokens_revoked", "tokens": tokens})
    world.slack.settle()
    assert shut_out(world) == 0
    world.flag(to=world.dana)


def test_a_token_that_does_not_work_at_the_start_is_said_and_heard_of_when_it_does(world: World) -> None:
    world.slack.workspace.token_fault = "account_inactive"
    with pytest.raises(SlackRefused):
        world.baton.installation.identify()
    assert "Slack refuses the token (account_inactive)" in (world.baton.not_ready() or "")
    world.tick()
    assert shut_out(world) == 1, "every process hears of it"
    world.slack.workspace.token_fault = None
    world.tick()
    assert world.baton.not_ready() is None


def test_a_late_copy_of_the_event_stops_nothing_for_long(world: World) -> None:
    world.slack.emit({"type": "app_uninstalled"})
    world.slack.settle()
    assert shut_out(world) == 1
    world.mia.command("/mql", JANE, channel=world.leads)
    world.tick()
    assert "Waiting for" in world.card(1).plain()
    assert shut_out(world) == 0
