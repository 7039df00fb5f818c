"""Hostile words in every field: they are shown harmlessly, within Slack's limits, and mention nobody."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Message, Person, View
from bot.slack.ids import Shortcut
from models.rules.toml import explained, parse
from tests.scenario.test_command_line import beside
from tests.scenario.world import World

NASTY = {
    "mentions": "<!channel> <!here> <!everyone> <@U0000000000> <#C0000000000> <!subteam^S0000000000>",
    "links and marks": "<https://evil.example|https://bank.example> *bold* _it_ `code` ~no~ > & <b>&lt;!channel&gt;",
    "direction": "\u202eevil\u202c \u2066name\u2069 عربى עברית",
    "nothing and halves": "a\x00b\ud83dc\udc00d\x07",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 5 + " :tada: \u200b\ufeff",
    "formulas": '=HYPERLINK("http://evil.example","x") +1 -1 @SUM(A1) {0} {name} %s ${x} {{x}}',
    "spreadsheets": "=cmd|' /C calc'!A0\t@SUM(1+1)*cmd|' /C calc'!A0",
    "templates": "{{template}} {{7*7}} <%= 7*7 %> #{7*7} ${{7*7}} {facts[name]!r:>99999} %(name)s",
    "terminals": "\x1b[2J\x1b]0;owned\x07 \x9b31m \x7f [red]x[/red] [/]",
    "zalgo": "Z" + "\u0351\u0489\u0323" * 40,
    "lines": "one\n\n> two\r\n```three```\u2028four\u0085five",
    "quotes and brackets": "'; DROP TABLE handoff; -- \" \\ \\u0000 </script>" + "[{" * 60,
}
LONG = "wörd <&> " * 4500


def in_a_command(words: str) -> str:
    """Removes halves of surrogate pairs: a command is sent as a form, and only JSON can carry them."""
    return words.encode("utf-8", "ignore").decode()


def texts(value: Any) -> list[tuple[str, str]]:
    """Returns (type, text) of everything that a message or a form shows."""
    if isinstance(value, list):
        return [found for one in value for found in texts(one)]
    if not isinstance(value, dict):
        return []
    own = [(value["type"], value["text"])] if isinstance(value.get("text"), str) and "type" in value else []
    return own + [found for one in value.values() for found in texts(one)]


def harmless(world: World, shown: Message | View) -> None:
    """Asserts that it mentions only the team, links only to Baton's messages, and does not reverse the text."""
    known = {person.id for person in world.team.everyone} | {world.slack.bot_user_id}
    own = re.escape(f"https://{world.slack.workspace.team_domain}.slack.com/archives")
    said = texts(shown.blocks)
    if isinstance(shown, Message):
        said.append(("mrkdwn", shown.text))
    for kind, text in said:
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00]", text), text
        if kind == "mrkdwn":
            assert "<!channel" not in text
            assert "<!here" not in text
            assert "<!everyone" not in text
            assert "<!subteam" not in text
            assert len(re.findall("<http", text)) == len(re.findall(rf"<{own}/[\w/]+\|#\d+[^<>]*>", text)), text
            assert set(re.findall(r"<@(\w+)", text)) <= known, text
            assert set(re.findall(r"<#(\w+)", text)) <= {world.leads.id, world.digests.id}, text


def everything_shown(world: World) -> list[Message]:
    shown = [*world.slack.messages(world.leads), *world.digest_messages()]
    for person in world.team.everyone:
        shown += world.dms(person)
        shown += [one for one in person.sees(world.leads) if one.is_ephemeral]
    return [one for one in shown if one.user == world.slack.bot_user_id]


@pytest.mark.parametrize("kind", ["postgres-http"])
def test_hostile_words_in_every_field_are_shown_harmlessly_wherever_a_lead_is_shown(world: World) -> None:
    for number, words in enumerate(NASTY.values(), start=1):
        world.command(world.mia, "/mql")
        fields = ("name", "company", "why_now", "title", "phone", "website", "source", "campaign")
        longest = {"phone": 50, "source": 60, "campaign": 100}
        world.mia.submit(
            {name: words[: longest.get(name, 150)] for name in fields},
            email=f"lead{number}@example.com",
            rep=world.dana.id,
        )
        assert world.mia.view is not None
        assert world.mia.view.errors == {}, words
        assert "Flagged as" in world.mia.view.plain(), world.mia.view.plain()
        harmless(world, world.mia.view)
        world.mia.close()
        world.tick()
        world.accept(number, by=world.dana)
        world.dana.say(world.leads, words.replace("\x00", ""), thread=world.card(number))
        world.form(world.dana, number, "Details")
        assert world.dana.view is not None
        harmless(world, world.dana.view)
        world.dana.close()
        world.form(world.dana, number, "Return…")
        assert world.dana.view is not None
        harmless(world, world.dana.view)
        world.dana.submit(note=words)
        world.tick()
        world.reject(number, "bad_data", in_a_command(words), by=world.raj)
    world.later(hours=3)
    for person in (world.mia, world.dana, world.raj):
        world.command(person, "/baton", "mine")
        home = person.open_home()
        assert home is not None
        harmless(world, home)
    world.later(days=7)
    assert len(world.cards()) == len(NASTY)
    assert len(world.digest_messages()) == 1
    for shown in everything_shown(world):
        harmless(world, shown)
    assert world.baton.queue.dead_messages() == []
    assert "<!channel>" in world.card(1).plain(), "as plain text, it is what was typed"


@pytest.mark.parametrize("kind", ["sqlite-http", "postgres-http"])
def test_hostile_words_in_every_form_that_moves_a_lead_are_kept_as_typed_and_shown_harmlessly(world: World) -> None:
    for words in NASTY.values():
        lost, given_up, contested = flag_more(world, 3, to=world.dana)
        for number in (lost, given_up):
            world.accept(number, by=world.dana)
            world.click(world.dana, number, "Log contact")
        submit(world, given_up, "Disqualify…", reason="no_need", note=words)
        submit(world, lost, "Qualify…", value="12,000")
        submit(world, lost, "Lost…", note=words)
        submit(world, contested, "Reject…", reason="bad_data", note=words)
        submit(world, contested, "Contest…", note=words, by=world.mia)
        for number in (lost, given_up, contested):
            assert world.handoff(number).history[-1].note == kept(words)
            world.form(world.olga, number, "Details")
            assert world.olga.view is not None
            harmless(world, world.olga.view)
            world.olga.close()
    world.later(hours=30)
    world.later(days=7)
    for shown in everything_shown(world):
        harmless(world, shown)
    assert world.baton.queue.dead_messages() == []


def flag_more(world: World, count: int, *, to: Person) -> list[int]:
    """Flags this number of new leads."""
    ahead = len(world.cards())
    return [world.flag(f"Lead {n}, Company {n}, lead{n}@company{n}.com", to=to) for n in range(ahead, ahead + count)]


def submit(world: World, number: int, name: str, *, by: Person | None = None, **entered: str) -> None:
    """Fills in the form behind a button and sends it. Asserts that Baton accepts it."""
    who = by or world.dana
    harmless(world, world.form(who, number, name))
    answer = who.submit(entered)
    assert answer.ok, (entered, answer)
    assert who.view is None, who.view.plain()
    world.tick()


def kept(words: str) -> str:
    """Returns a note as Baton stores it: as typed, without what a database can't hold (NUL on Postgres, halves of
    surrogate pairs in UTF-8), and without white space around it."""
    return "".join(c for c in words if c != "\x00" and not "\ud800" <= c <= "\udfff").strip()


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_hostile_words_in_the_set_up_form_are_refused_at_their_field(empty: World) -> None:
    for words in NASTY.values():
        empty.olga.command("/baton", "setup", channel=empty.leads)
        cut = {"timezone": words[:60], "accept_hours": words[:6], "contact_hours": words[:6], "country": words[:2]}
        answer = empty.olga.submit(cut)
        assert answer.ok, answer
        assert empty.olga.view is not None
        assert {"timezone", "accept_hours"} <= empty.olga.view.errors.keys()
        empty.olga.close(all_of_them=True)


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_hostile_words_in_an_agreement_are_shown_harmlessly(world: World) -> None:
    for words in NASTY.values():
        asked = kept(words)[:70]
        world.apply(reasons={"odd": {"asked_as": asked, "stage": "either", "destination": "archive"}})
        [number] = flag_more(world, 1, to=world.dana)
        submit(world, number, "Reject…", reason="odd", note="as it says")
        assert parse(explained(world.handoff(number).terms.agreement)).reasons["odd"].asked_as == asked
    for shown in everything_shown(world):
        harmless(world, shown)


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_hostile_words_do_not_steer_the_terminal_of_whoever_prints_the_digest_or_asks_the_doctor(
    world: World, tmp_path: Path
) -> None:
    for words in NASTY.values():
        [number] = flag_more(world, 1, to=world.dana)
        submit(world, number, "Reject…", reason="bad_data", note=words)
    world.slack.workspace.team_name = NASTY["terminals"]
    installation = beside(world, tmp_path)
    printed = installation.run("digest", "--week", "2026-W47")
    assert "{{template}}" in printed.stdout, "the words are there"
    examined = installation.run("doctor")
    assert "[red]x[/red]" in examined.stdout, "as text"
    for said in (printed, examined):
        assert set(re.findall(r"[\x00-\x1f\x7f-\x9f]", said.stdout + said.stderr)) <= {"\n"}


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_words_beyond_all_limits_are_refused_or_cut_and_nothing_breaks(world: World) -> None:
    world.command(world.mia, "/mql", f'Jane Doe, Acme, jane@acme.com "{LONG}"')
    form = world.mia.view
    assert form is not None
    assert "at most 3000 fit" in form.plain()
    assert len(form.values["why_now"]["why_now"]["value"]) <= 3000
    world.mia.submit()
    assert world.mia.view is not None
    assert "Flagged as" in world.mia.view.plain()
    world.mia.close()
    world.tick()
    assert len(world.card(1).plain()) < 3000
    world.dana.say(world.leads, LONG[:39_000], thread=world.card(1))
    world.command(world.dana, "/reject", f"1 {LONG}")
    assert world.dana.view is not None
    assert world.dana.view.title == "Reject #1"
    world.dana.close()
    said = world.command(world.dana, "/accept", LONG)
    assert "No lead that you can accept is called" in said
    assert len(said) < 3000
    world.reject(1, "bad_data", LONG, by=world.dana)
    harmless(world, world.card(1))
    world.form(world.mia, 1, "Details")
    assert world.mia.view is not None
    harmless(world, world.mia.view)
    world.mia.close()
    message = world.raj.say(world.leads, LONG[:39_000])
    world.mia.message_shortcut(Shortcut.FLAG_FROM_MESSAGE, message)
    assert world.mia.view is not None
    assert len(world.mia.view.values["why_now"]["why_now"]["value"]) <= 3000
    world.later(days=7)
    for shown in everything_shown(world):
        harmless(world, shown)
    assert world.baton.queue.dead_messages() == []


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_hostile_commands_get_an_answer_that_mentions_nobody(world: World) -> None:
    world.flag(to=world.dana)
    for words in (*NASTY.values(), LONG[:3000], ",,,,", '"', "=", "@", "<mailto:|>", "1 2 3", "\n\n"):
        for command in ("/mql", "/accept", "/reject", "/baton"):
            answer = world.mia.command(command, in_a_command(words), channel=world.leads)
            assert answer.ok, (command, words, answer.details)
            if answer.message is not None:
                assert answer.message.is_ephemeral
                harmless(world, answer.message)
            if world.mia.view is not None:
                harmless(world, world.mia.view)
                world.mia.close(all_of_them=True)
    assert len(world.cards()) == 1


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_nothing_is_ever_sent_with_names_linked_or_links_unfurled(world: World) -> None:
    world.flag(to=world.dana)
    calls = world.slack.log.calls("chat.postMessage")
    assert {call.arguments["channel"] for call in calls} >= {world.leads.id}
    for call in calls:
        assert not call.arguments.get("link_names")
        assert json.loads(str(call.arguments["unfurl_links"]).lower()) is False
