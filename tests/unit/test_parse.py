"""What people type and Slack sends, understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import amounts, parse, quicktext
from bot.slack.parse import Place, StaleForm
from bot.slack.text import clean
from models.errors import BadValue, PersonId

WHERE = Place(workspace_id="T1", person=PersonId("U1"), channel="C1", response_url=None, trigger_id="t")
JANE = {"name": "Jane Doe", "company": "Acme", "email": "jane@acme.com"}


@pytest.mark.parametrize(
    "typed",
    [
        "Jane Doe, Acme, jane@acme.com",
        "jane@acme.com, Jane Doe, Acme",
        "Acme, Jane Doe, jane@acme.com",
        "Jane Doe at Acme jane@acme.com",
        "Jane Doe jane@acme.com Acme",
        "jane@acme.com Jane Doe Acme",
        "  Jane Doe ;Acme;   jane@acme.com ",
        "Jane Doe, Acme, <mailto:jane@acme.com|jane@acme.com>",
        'email=jane@acme.com name="Jane Doe" company=Acme',
    ],
)
def test_quick_text_is_forgiving_about_order_and_separators(typed: str) -> None:
    assert quicktext.read(typed).fields == JANE


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (
            'source=webinar score=72 "asked for pricing"',
            {"source": "webinar", "score": "72", "why_now": "asked for pricing"},
        ),
        ('source = "trade fair"', {"source": "trade fair"}),
        ("“asked for pricing”", {"why_now": "asked for pricing"}),
        ('"no end', {"why_now": "no end"}),
        ("+49 30 1234567", {"phone": "+49 30 1234567"}),
        ("<http://acme.com|acme.com>", {"website": "acme.com"}),
        ("&lt;b&gt; &amp; co", {"name": "<b> & co"}),
        ("source=R&amp;D", {"source": "R&D"}),
        ('"&amp;lt; is how one writes &lt;"', {"why_now": "&lt; is how one writes <"}),
        ("<https://acme.com/?a=1&amp;score=2>", {"website": "https://acme.com/?a=1&score=2"}),
    ],
)
def test_quick_text_finds_each_part_by_its_looks(typed: str, found: dict[str, str]) -> None:
    fields = quicktext.read(f"Jane Doe, Acme, jane@acme.com, {typed}").fields
    if "name" in found:
        assert quicktext.read(typed).fields == found
    else:
        assert fields == JANE | found


def test_a_mention_names_the_rep() -> None:
    assert quicktext.read("Jane Doe, Acme, jane@acme.com <@U123|dana>").rep == "U123"


@pytest.mark.parametrize("typed", ["&lt;@U123&gt;", '"ask <@U123>"'])
def test_what_only_looks_like_a_mention_or_is_quoted_names_nobody(typed: str) -> None:
    assert quicktext.read(f"Jane Doe, Acme, jane@acme.com {typed}").rep is None


@pytest.mark.parametrize("typed", ["to:<@U123>", "rep=<@U123|dana>", "<@U123>jane@acme.com"])
def test_a_mention_may_stand_anywhere(typed: str) -> None:
    draft = quicktext.read(
        f"Jane Doe, Acme, jane@acme.com, {typed}" if "jane" not in typed else f"Jane Doe, Acme {typed}"
    )
    assert (draft.rep, draft.fields) == ("U123", JANE)


def test_an_unknown_key_is_named_with_the_known_ones() -> None:
    problems = quicktext.read("Jane Doe, Acme, jane@acme.com, sauce=webinar").problems
    assert "sauce" in problems["sauce"]
    assert "source" in problems["sauce"]


@given(typed=st.text(max_size=300))
def test_quick_text_makes_something_of_everything(typed: str) -> None:
    draft = quicktext.read(typed)
    assert all(isinstance(value, str) for value in draft.fields.values())


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12,000", 1_200_000),
        ("12.000,50", 1_200_050),
        ("12k", 1_200_000),
        ("1.5", 150),
        ("€ 1'000", 100_000),
        ("12000 EUR", 1_200_000),
        ("0", 0),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str, cents: int) -> None:
    assert amounts.cents(typed) == cents


@pytest.mark.parametrize("typed", ["", "a lot", "-5", "1e9", "12,00,0", "٣", "1" * 20])
def test_what_is_no_amount_is_refused_with_how_to_write_one(typed: str) -> None:
    with pytest.raises(BadValue, match="write it as 12,000"):
        amounts.cents(typed)


def test_copies_of_one_delivery_have_the_same_key_and_others_not() -> None:
    command = {"trigger_id": "1", "command": "/mql", "text": "a", "user_id": "U1", "channel_id": "C1"}
    assert parse.command_receipt(command) == parse.command_receipt(dict(command))
    assert parse.command_receipt(command) != parse.command_receipt(command | {"trigger_id": "2"})
    event = {"event_id": "Ev1", "event": {"type": "reaction_added", "event_ts": "1"}}
    assert parse.event_receipt(event) != parse.event_receipt({"event_id": "Ev2", "event": event["event"]})


def test_only_replies_of_people_in_threads_are_comments() -> None:
    reply = {"type": "message", "channel": "C1", "thread_ts": "1.0", "ts": "2.0", "user": "U1", "text": "a &amp; b"}
    found = parse.reply({"event": reply})
    assert found is not None
    assert (found.thread_ts, found.ts, found.text) == ("1.0", "2.0", "a & b")
    assert parse.reply({"event": reply | {"thread_ts": None}}) is None
    assert parse.reply({"event": reply | {"thread_ts": "2.0"}}) is None
    assert parse.reply({"event": reply | {"bot_id": "B1"}}) is None
    assert parse.reply({"event": reply | {"subtype": "channel_join"}}) is None


@given(typed=st.text(st.characters(), max_size=50))
def test_cleaned_text_can_be_stored_anywhere(typed: str) -> None:
    kept = clean(typed)
    assert "\x00" not in kept
    kept.encode("utf-8")


def test_an_error_is_shown_at_its_field_and_a_form_without_that_field_is_too_old() -> None:
    view = {"blocks": [{"type": "input", "block_id": "email"}, {"type": "section", "block_id": "name"}]}
    assert parse.at_blocks(view, {"email": "no address", "name": "too long"}) == {"email": "no address"}
    forms: list[dict[str, object]] = [{}, {"blocks": []}, {"blocks": [{"type": "input", "block_id": "company"}]}]
    for form in forms:
        with pytest.raises(StaleForm):
            parse.at_blocks(form, {"email": "no address"})
