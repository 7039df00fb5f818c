"""Each field of a lead has one entry, and everything that it needs is there: columns, form, card, and words in a line.

What is missing is said in a sentence, so that whoever adds a field need not look for it.
"""

from dataclasses import replace
from typing import Any, get_type_hints

import pytest

from bot.slack import fields as slack
from bot.slack import quicktext
from bot.slack.quicktext.words import LABELS
from bot.slack.views import forms, story
from models.rules.fields import FIELDS, LeadDetails, Number, check
from models.rules.flagging import new_lead, texts_of, texts_said
from models.rules.lifecycle import Move
from models.rules.rows import HandoffRow, LeadRow
from models.storage.tables import Handoff, Lead, table
from tests.monday import MONDAY, TEN
from tests.unit.office import DANA, MIA, Office
from tests.unit.test_views import facts

EACH = pytest.mark.parametrize("name", LeadDetails.__dataclass_fields__)
# What somebody types in each field that is no field of any words.
SAID = {"email": "jane@acme.com", "phone": "+49 30 1234567", "website": "acme.com"}


def said(name: str) -> str:
    """Returns what somebody types in this field."""
    number = 41 + list(FIELDS).index(name)
    return str(number) if isinstance(FIELDS[name], Number) else SAID.get(name, f"Xyz {name.replace('_', ' ')}")


def lead() -> LeadDetails:
    """Returns a lead of which everything is known."""
    return check({name: said(name) for name in FIELDS})


@EACH
def test_a_field_has_an_entry_of_its_kind(name: str) -> None:
    assert name in FIELDS, f"models/rules/fields.py: {name} has no entry; write {name}: Annotated[str, Field(…)]"
    kind = get_type_hints(LeadDetails)[name]
    assert kind == (int | None if isinstance(FIELDS[name], Number) else str), f"{name} is no {kind}"
    optional = LeadDetails.__dataclass_fields__[name].default in ("", None)
    assert optional or FIELDS[name].needed, f"{name} needs a default, or the words for what is missing without it"


@EACH
def test_a_field_is_a_column_of_its_row_and_table(name: str) -> None:
    row, model = (HandoffRow, Handoff) if FIELDS[name].of_handoff else (LeadRow, Lead)
    assert name in row._fields, f"models/rules/rows.py: {row.__name__} has no column {name}"
    assert get_type_hints(row)[name] == get_type_hints(LeadDetails)[name], name
    assert name in table(model).c, f"models/storage/tables/handoffs.py: {model.__name__} has no column {name}"


def test_what_is_special_in_slack_is_of_a_field_and_no_two_are_called_alike() -> None:
    assert slack.ENTRIES.keys() <= FIELDS.keys()
    words = [word for several in LABELS.values() for word in several]
    assert sorted(set(words)) == sorted(words), "a word before `=` means two fields"
    assert words == [word.lower() for word in words]


@EACH
def test_a_field_is_asked_for_in_the_form_and_filled_in(name: str) -> None:
    (block,) = (one for one in forms.flag({name: said(name)})["blocks"] if one.get("block_id") == name)
    assert block["label"]["text"] == FIELDS[name].label
    assert block["element"]["placeholder"]["text"] == FIELDS[name].example
    assert block["element"]["initial_value"] == said(name)
    assert block["optional"] is not bool(FIELDS[name].needed)


def test_the_form_asks_in_this_order() -> None:
    first, others = ["name", "company", "email", "why_now"], list(FIELDS)
    asked = [name for name, _ in forms.FLAG_FIELDS]
    assert asked == [*first, *(name for name in others if name not in first)]


@EACH
def test_a_field_is_shown_with_its_lead(name: str) -> None:
    shown = facts()
    details = lead()
    given = new_lead(details, "T1", id=7, at=TEN)
    handoff = shown.handoff._replace(**{one: getattr(details, one) for one in FIELDS if FIELDS[one].of_handoff})
    shown = replace(shown, lead=given, handoff=handoff)
    assert said(name) in str(story.lead(shown, MIA, now=MONDAY).blocks), f"no line of the card shows {name}"


@EACH
def test_a_field_is_read_behind_each_of_its_words(name: str) -> None:
    for word in slack.words_for(name):
        assert quicktext.read(f"{word}={said(name)}").fields.get(name) == said(name), word


def test_every_field_is_stored_edited_and_put_back(office: Office) -> None:
    whole: dict[str, Any] = texts_said(lead())
    number = office.flag(lead())

    def known() -> dict[str, str]:
        return texts_of(office.handoff(number), office.lead_of(number))

    assert known() == whole
    office.move(Move.REJECT, number, office.handoff(number).owner or DANA, reason="wrong_region")
    assert texts_of(office.handoff(number + 1), office.lead_of(number + 1)) == whole, "offered again"
    only_needed: dict[str, Any] = {name: said(name) if field.needed else "" for name, field in FIELDS.items()}
    office.edit(number, MIA, **only_needed)
    assert known() == only_needed, "what an edit leaves out is empty"
    office.edit(number, MIA, **whole)
    assert known() == whole


def test_what_was_said_of_a_lead_stays_when_it_is_flagged_again_without(office: Office) -> None:
    number = office.flag(lead())
    office.undo(None, MIA)
    again = office.flag(check({name: said(name) for name, field in FIELDS.items() if field.needed}))
    kept = texts_of(office.handoff(again), office.lead_of(again))
    of_lead = {name: said(name) for name, field in FIELDS.items() if not field.of_handoff}
    assert kept == {**dict.fromkeys(FIELDS, ""), **of_lead}
    office.undo(None, MIA)
    assert texts_of(office.handoff(number), office.lead_of(number)) == texts_said(lead())
