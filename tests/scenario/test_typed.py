"""What people type and paste: Baton takes what is certain, and asks about the rest."""

from typing import Any

import pytest
from slack_sdk import WebClient

from bot.sandbox import Message, View
from bot.slack.ids import Shortcut
from tests.scenario.world import World

KINDS = ("sqlite-http", "postgres-socket")


def form(world: World) -> View:
    """Returns the form that Mia sees now."""
    assert world.mia.view is not None
    return world.mia.view


def entered(world: World) -> dict[str, str]:
    """Returns the fields of Mia's form that have a value."""
    found = {name: element.get(name, {}).get("value") for name, element in form(world).values.items()}
    return {name: value for name, value in found.items() if value}


def posted(world: World, **content: Any) -> Message:
    """Posts a message as an app, over Slack's Web API, as form tools do."""
    client = WebClient(token=world.slack.bot_token, base_url=world.slack.api_url)
    ts = client.api_call("chat.postMessage", json={"channel": world.leads.id, **content})["ts"]
    return next(one for one in world.slack.messages(world.leads) if one.ts == ts)


def flag_from(world: World, message: Message) -> None:
    assert world.mia.message_shortcut(Shortcut.FLAG_FROM_MESSAGE, message).ok


def test_a_part_that_has_no_sensible_place_opens_the_form_with_all_else_filled_in_and_a_word_why(world: World) -> None:
    assert world.command(world.mia, "/mql", "Jane Doe, Ag, Berlin, jane@ag-berlin.de, source=Trade fair") == ""
    assert "I am not sure where “Ag” belongs" in form(world).plain()
    assert world.cards() == []
    world.mia.submit(company="Ag", title="")
    world.tick()
    assert "Jane Doe · Ag" in world.card(1).plain()
    assert "Trade fair" in world.card(1).plain()


def test_two_leads_in_one_line_are_never_one(world: World) -> None:
    world.command(world.mia, "/mql", "Jane Doe, Acme, jane@acme.com\nBob Ray, Globex, bob@globex.com")
    assert "one line is one lead" in form(world).plain()
    assert entered(world)["email"] == "jane@acme.com"
    assert "bob@globex.com" in entered(world)["why_now"], "nothing that was typed is lost"
    assert world.cards() == []


def test_a_pasted_signature_fills_the_form(world: World) -> None:
    signature = (
        "Jane Doe\nVP Sales\nAcme Corp\nTel.: +49 30 1234567\n<mailto:jane@acme.com|jane@acme.com>\nwww.acme.com"
    )
    world.command(world.mia, "/mql", signature)
    assert entered(world) == {
        "name": "Jane Doe",
        "title": "VP Sales",
        "company": "Acme Corp",
        "phone": "+49 30 1234567",
        "email": "jane@acme.com",
        "website": "www.acme.com",
    }


def test_a_national_phone_number_is_one_in_the_agreements_country(world: World) -> None:
    world.apply(holidays={"country": "DE"})
    world.flag("Jane Doe, Acme, jane@acme.com, 30 1234567")
    assert "30 1234567" in world.card(1).plain()
    world.apply(holidays={"country": ""})
    world.command(world.mia, "/mql", "Bob Ray, Globex, bob@globex.com, 30 1234567")
    assert "may be a phone number" in form(world).plain()


def test_what_nobody_sees_makes_no_difference_in_a_line_a_form_and_a_command(world: World) -> None:
    world.flag("Ja\u200bne Doe, Ac\u00adme, jane@ac\ufeffme.com\u200e,\u00a0source=we\u2060binar", to=world.dana)
    assert "Jane Doe · Acme" in world.card(1).plain()
    world.command(world.mia, "/mql")
    world.mia.submit(
        name="\u202eBob\u202c Ray", company="Glo\u200bbex", email="bob@glo\u200bbex.com", employees="1\u202f200\u200b"
    )
    world.tick()
    assert "Bob Ray · Globex" in world.card(2).plain()
    assert "1,200 employees" in world.card(2).plain()
    assert "is yours" in world.command(world.dana, "/accept", "\u200b1\u00a0on it")
    world.click(world.dana, 1, "Log contact")
    world.form(world.dana, 1, "Qualify…")
    world.dana.submit(value="12\u202f000\u200b\u00a0€")
    world.tick()
    assert world.handoff(1).handoff.value_cents == 1_200_000


@pytest.mark.parametrize("typed", ["@dana", "to=dana", "rep=@Dana", "to: DANA", "@dana."])
def test_a_rep_who_is_named_without_a_mention_is_found(world: World, typed: str) -> None:
    world.flag(f"Jane Doe, Acme, jane@acme.com, {typed}")
    assert f"Waiting for {world.dana.mention}" in world.card(1).plain()


def two_danas(world: World) -> tuple[str, str]:
    """Adds two reps, both called Dana. Returns their ids."""
    smith = world.slack.person("dsmith", real_name="Dana Smith")
    jones = world.slack.person("djones", real_name="Dana Jones")
    people = {"marketers": [world.mia.id], "reps": [smith.id, jones.id, world.raj.id], "managers": [world.olga.id]}
    world.apply(people=people)
    world.dana.change(deleted=True)
    world.later(hours=7)
    return smith.id, jones.id


def test_of_several_who_are_called_so_one_is_chosen_in_the_form(world: World) -> None:
    smith, jones = two_danas(world)
    world.command(world.mia, "/mql", "Jane Doe, Acme, jane@acme.com, to=dana")
    assert "2 people are called “dana” here" in form(world).plain()
    assert "Dana Smith" in form(world).plain()
    assert world.cards() == []
    world.mia.submit(rep=jones)
    world.tick()
    assert world.handoff(1).handoff.owner == jones
    world.flag("Bob Ray, Globex, bob@globex.com, to=Dana Smith")
    assert world.handoff(2).handoff.owner == smith


def test_where_nobody_is_called_so_the_form_says_it(world: World) -> None:
    world.command(world.mia, "/mql", "Jane Doe, Acme, jane@acme.com, to=zora")
    assert "I know nobody called “zora” here" in form(world).plain()
    assert entered(world) == {"name": "Jane Doe", "company": "Acme", "email": "jane@acme.com"}
    world.mia.submit(rep=world.raj.id)
    world.tick()
    assert f"Waiting for {world.raj.mention}" in world.card(1).plain()


BLOCKS = [
    {"type": "header", "text": {"type": "plain_text", "text": "New demo request"}},
    {
        "type": "section",
        "fields": [
            {"type": "mrkdwn", "text": "*Name:*\nJane Doe"},
            {"type": "mrkdwn", "text": "*Company:*\nAcme &amp; Sons"},
            {"type": "mrkdwn", "text": "*Email:*\n<mailto:jane@acme.com|jane@acme.com>"},
            {"type": "mrkdwn", "text": "*Phone:* 415-555-0132 x42"},
        ],
    },
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "Source: Trade fair"}]},
]
RICH = [
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": "Name: Jane Doe\nCompany: Acme & Sons\n"}],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "E-mail: "},
                            {"type": "link", "url": "mailto:jane@acme.com", "text": "jane@acme.com"},
                        ],
                    },
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "Phone: 415-555-0132 x42"}]},
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "Source: Trade fair"}]},
                ],
            },
        ],
    }
]
ATTACHMENTS = [
    {
        "fallback": "New lead",
        "pretext": "A lead from the web",
        "fields": [
            {"title": "Name", "value": "Jane Doe", "short": True},
            {"title": "Company", "value": "Acme &amp; Sons", "short": True},
            {"title": "Email", "value": "jane@acme.com", "short": True},
            {"title": "Phone", "value": "415-555-0132 x42", "short": True},
            {"title": "Source", "value": "Trade fair", "short": True},
        ],
    }
]


@pytest.mark.parametrize(
    "content",
    [
        {"text": "New demo request", "blocks": BLOCKS},
        {"text": "", "blocks": RICH},
        {"text": "New lead", "attachments": ATTACHMENTS},
    ],
    ids=["sections", "rich text", "attachments"],
)
def test_a_message_of_a_form_tool_is_read_wherever_it_has_its_words(world: World, content: dict[str, Any]) -> None:
    flag_from(world, posted(world, **content))
    found = entered(world)
    why = found.pop("why_now")
    assert found == {
        "name": "Jane Doe",
        "company": "Acme & Sons",
        "email": "jane@acme.com",
        "phone": "415-555-0132 x42",
        "source": "Trade fair",
    }
    assert "Jane Doe" in why
    assert "Filled in from the fields and blocks of the message" in form(world).plain()
    world.mia.submit()
    world.tick()
    assert "Jane Doe · Acme & Sons" in world.card(1).plain()


def _row(*cells: str) -> list[dict[str, str]]:
    return [{"type": "raw_text", "text": cell} for cell in cells]


TABLE = [_row("Name", "Company", "Email"), _row("Jane Doe", "Acme", "jane@acme.com")]


def test_a_table_in_a_message_is_read_and_of_several_rows_the_form_says_so(world: World) -> None:
    flag_from(world, posted(world, text="", blocks=[{"type": "table", "rows": TABLE}]))
    found = entered(world)
    assert (found["name"], found["company"], found["email"]) == ("Jane Doe", "Acme", "jane@acme.com")
    assert "more than one lead" not in form(world).plain()
    rows = [*TABLE, _row("Bob Ray", "Globex", "bob@globex.com")]
    flag_from(world, posted(world, text="", blocks=[{"type": "table", "rows": rows}]))
    assert "there may be more than one lead in it; this is the first, not bob@globex.com" in form(world).plain()
    assert entered(world)["name"] == "Jane Doe"


def test_a_message_of_a_person_is_read_and_the_form_says_whose_it_is(world: World) -> None:
    flag_from(world, world.raj.say(world.leads, "Jane Doe, Acme, jane@acme.com, call her at +49 30 1234567"))
    assert f"Filled in from the message of {world.raj.mention}" in form(world).plain()
    assert entered(world)["email"] == "jane@acme.com"
    assert entered(world)["phone"] == "+49 30 1234567"


def test_a_message_without_words_says_that_nothing_could_be_read(world: World) -> None:
    picture = {"type": "image", "image_url": "https://files.example/badge.png", "alt_text": "."}
    flag_from(world, posted(world, text="", blocks=[picture]))
    assert "has no words that I can read" in form(world).plain()
    assert entered(world) == {}


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("$12,000", "in another currency; write the value in EUR"),
        ("12,000 USD", "in another currency"),
        ("CHF 12'000", "in another currency"),
        ("£12k", "in another currency"),
        ("1.250m", "can be read in two ways"),
        ("1,250k", "can be read in two ways"),
        ("1.234,567", "can be read in two ways"),
        ("0,500", "can be read in two ways"),
        ("a lot", "is no amount"),
    ],
)
def test_an_amount_that_is_not_certain_is_asked_about_at_its_field(world: World, typed: str, word: str) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.click(world.dana, number, "Log contact")
    world.form(world.dana, number, "Qualify…")
    world.dana.submit(value=typed)
    view = world.dana.view
    assert view is not None
    assert word in view.errors["value"]
    assert view.values["value"]["value"]["value"] == typed, "what was typed is kept"
    world.dana.submit(value="€ 12.000,50")
    world.tick()
    assert world.handoff(number).handoff.value_cents == 1_200_050
    world.form(world.dana, number, "Won…")
    world.dana.submit(value=typed)
    assert world.dana.view is not None
    assert word in world.dana.view.errors["value"]
    world.dana.submit(value="12k EUR")
    world.tick()
    assert world.handoff(number).handoff.value_cents == 1_200_000
