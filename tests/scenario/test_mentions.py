"""Words that mention people: readers see their names, and nobody is notified because of them."""

from collections.abc import Callable

import pytest

from bot.sandbox import Fault
from bot.slack.ids import Shortcut
from tests.scenario.world import World


def test_what_people_are_called_is_known_and_follows_their_profile(world: World) -> None:
    def known() -> tuple[str, str]:
        person = world.baton.roster.person(world.slack.team_id, world.dana.id)
        assert person is not None
        return person.name, person.handle

    assert known() == ("dana", "dana")
    world.dana.change(name="Dana Fox")
    assert known() == ("Dana Fox", "Dana Fox")


TYPED = "met {nina} of {sales} at the fair, ask {dana}"
READ = "met @Nina Roy of #sales at the fair, ask @dana"


def _typed(world: World, *, labelled: bool = False) -> str:
    """Returns a sentence that mentions somebody whom Baton does not know, a channel that it is not in, and a rep."""
    nina = world.slack.person("nina", real_name="Nina Roy")
    nina.change(name="Nina Roy")
    sales = world.slack.channel("sales")
    label = "|{}>" if labelled else ">"
    marks = {
        "nina": (f"<@{nina.id}", "nina.r"),
        "sales": (f"<#{sales.id}", "sales"),
        "dana": (f"<@{world.dana.id}", ""),
    }
    return TYPED.format(**{name: mark + label.format(handle) for name, (mark, handle) in marks.items()})


def _quick_text(world: World, words: str) -> str:
    number = world.flag(f'Jane Doe, Acme, jane@acme.com "{words}"', to=world.raj)
    return world.card(number).plain() + world.dm(world.raj).plain()


def _flag_form(world: World, words: str) -> str:
    world.command(world.mia, "/mql")
    world.mia.submit(name="Jane Doe", company="Acme", email="jane@acme.com", why_now=words, rep=world.raj.id)
    world.tick()
    return world.card(1).plain() + world.dm(world.raj).plain()


def _message(world: World, words: str) -> str:
    world.mia.message_shortcut(Shortcut.FLAG_FROM_MESSAGE, world.raj.say(world.leads, words))
    assert world.mia.view is not None
    return str(world.mia.view.values["why_now"]["why_now"]["value"])


def _reason(world: World, words: str) -> str:
    number = world.flag(to=world.raj)
    world.reject(number, note=words, by=world.raj)
    return world.card(number).plain() + world.dm(world.mia).plain()


def _note(world: World, words: str) -> str:
    number = world.flag(to=world.raj)
    world.command(world.raj, "/accept", f"{number} {words}")
    return world.dm(world.mia).plain() + _details(world, number)


def _form(world: World, words: str) -> str:
    number = world.flag(to=world.raj)
    world.accept(number, by=world.raj)
    world.form(world.raj, number, "Return…")
    world.raj.submit(note=words)
    return _details(world, number)


def _comment(world: World, words: str) -> str:
    number = world.flag(to=world.raj)
    world.raj.say(world.leads, words, thread=world.card(number))
    return _details(world, number)


def _details(world: World, number: int) -> str:
    view = world.form(world.olga, number, "Details")
    world.olga.close()
    return view.plain()


@pytest.mark.parametrize("labelled", [False, True], ids=["as in messages", "as in commands"])
@pytest.mark.parametrize("typed_in", [_quick_text, _flag_form, _message, _reason, _note, _form, _comment])
@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_a_mention_is_shown_by_name_and_calls_nobody(
    world: World, typed_in: Callable[[World, str], str], labelled: bool
) -> None:
    words = _typed(world, labelled=labelled)
    nina, sales = world.slack.person("nina"), world.slack.channel("sales")
    assert READ in typed_in(world, words)
    world.later(days=7)
    shown = [str(call.arguments) for call in world.slack.log.calls("chat.postMessage")]
    assert shown
    for message in shown:
        assert nina.id not in message
        assert sales.id not in message


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_of_somebody_whom_slack_does_not_name_neither_the_id_is_shown_nor_a_word_lost(world: World) -> None:
    words = _typed(world)
    nina = world.slack.person("nina")
    world.slack.faults.add("users.info", Fault.refused("user_not_found"))
    world.slack.faults.add("conversations.info", Fault.server_error())
    shown = _quick_text(world, words)
    assert "met @somebody of #some-channel at the fair, ask @dana" in shown
    assert nina.id in world.handoff(1).handoff.why_now, "it is kept, for when somebody looks closer"


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_a_call_to_all_is_shown_and_calls_nobody(world: World) -> None:
    assert "@here and @channel" in _comment(world, "<!here> and <!channel>")
