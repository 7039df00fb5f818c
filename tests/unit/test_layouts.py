"""What a message says of a lead, in the layouts that people and programs use."""

from typing import Any

import pytest

from bot.slack.incoming import words_of
from bot.slack.quicktext import of_message

JANE = {"name": "Jane Doe", "company": "Acme", "email": "jane@acme.com"}


def _field(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _field(text)}


@pytest.mark.parametrize(
    "message",
    [
        "| Name | Company | Email |\n|---|:-:|--:|\n| Jane Doe | Acme | jane@acme.com |",
        "Name | Company | Email\nJane Doe | Acme | jane@acme.com",
        "Name\tCompany\tEmail\tFoo\nJane Doe\tAcme\tjane@acme.com\tbar",
        "name;email;company\nJane Doe;jane@acme.com;Acme",
        "A new lead:\n\nname,company,email\nJane Doe,Acme,jane@acme.com",
        "| Name | Jane Doe |\n| --- | --- |\n| Company | Acme |\n| E-mail | jane@acme.com |",
        "What is your name?\nJane Doe\nWhat company do you work for?\nAcme\nYour work email\njane@acme.com",
        "*What's your full name?*\nJane Doe\n\n*Company name*\nAcme\n\n*Email*\njane@acme.com",
        "Q: Name\nA: Jane Doe\nQ: Company\nA: Acme\nQ: E-mail address\nA: jane@acme.com",
        "1. Your name?\nJane Doe\n2. Company?\nAcme\n3. Where may we e-mail you?\njane@acme.com",
        "Wie lautet Ihr Name?\nJane Doe\nFirma\nAcme\nE-Mail-Adresse\njane@acme.com",
        "Jane Doe from Acme (jane@acme.com) asked for pricing",
        "New demo request\nNew lead: Jane Doe, Acme, jane@acme.com\nSent by the form tool",
        "What is your name?\nJane Doe\nWhere do you work?\nAcme\nYour e-mail?\njane@acme.com",
        "full_name: Jane Doe\ncompany_name: Acme\nwork_email: jane@acme.com",
        "Name - Jane Doe\nCompany – Acme\nE-mail — jane@acme.com",
        "氏名: Jane Doe\n会社名: Acme\nメールアドレス: jane@acme.com",
        "Invitee: Jane Doe\nCompany: Acme\nInvitee Email: jane@acme.com",
        "Jane Doe, Acme, jane@acme.com :fire: cc <@U0DANA>",
        "Name: Jane Doe\nCompany: Acme\nOwner email: dana@us.com\nEmail: jane@acme.com",
        ":office: Acme, Jane Doe, jane@acme.com",
        "From: Jane Doe <jane@acme.com>\nTo: sales@us.com\nCc: dana@us.com\nCompany: Acme\n\nHello, can we talk?",
    ],
)
def test_tables_questions_and_sentences_of_programs_are_read(message: str) -> None:
    draft = of_message(message)
    assert (draft.fields, draft.problems) == (JANE, {})


@pytest.mark.parametrize(
    "message",
    [
        {"blocks": [{"type": "section", "fields": [_field(f"*{name}*\n{value}") for name, value in JANE.items()]}]},
        {"attachments": [{"message_blocks": [{"message": {"blocks": [_section("Jane Doe, Acme, jane@acme.com")]}}]}]},
        {"blocks": [_section("*Jane Doe*\nAcme\njane@acme.com")]},
        {
            "attachments": [
                {"pretext": "A new event", "text": "*Name:* Jane Doe\n*Company:* Acme\n*E-mail:* jane@acme.com"}
            ]
        },
    ],
)
def test_blocks_and_attachments_are_read(message: dict[str, Any]) -> None:
    assert of_message(words_of(message).text).fields == JANE


def test_a_signature_in_a_message_is_read_without_its_fax() -> None:
    said = "Jane Doe\nVP Sales\nAcme\nT: +49 30 1234567\nF: +49 30 1234568\njane@acme.com"
    assert of_message(said).fields == JANE | {"title": "VP Sales", "phone": "+49 30 1234567"}


@pytest.mark.parametrize("said", ["Fax: +49 30 1234568", "Telefax +49 30 1234568", "F: +49 30 1234568"])
def test_a_fax_number_is_no_phone_number(said: str) -> None:
    assert of_message(f"Write to jane@acme.com\n{said}").fields == {"email": "jane@acme.com"}


@pytest.mark.parametrize(
    "message",
    [
        "Jane Doe, Acme, jane@acme.com\nBob Ray, Globex, bob@globex.com",
        "Name: Jane Doe\nFirma: Acme\nMail: jane@acme.com\n\nName: Bob Ray\nTel: 030 1234567\nMail: bob@globex.com",
        "Name | Company | Email\n---|---|---\nJane Doe | Acme | jane@acme.com\nBob Ray | Globex | bob@globex.com",
    ],
)
def test_of_several_leads_in_a_message_the_first_is_read_and_a_word_names_the_others(message: str) -> None:
    draft = of_message(message, country="DE")
    assert draft.fields == JANE
    assert "more than one lead" in draft.problems["several"]
    assert "bob@globex.com" in draft.problems["several"]


@pytest.mark.parametrize("mark", ["|", "|\n", "?\n", "Name?\n", "a@b.de\n", "name,email\n", "Fax ", "-", "x: "])
def test_a_page_of_marks_holds_nobody_up(mark: str) -> None:
    """Past this suite's limit for a test it would fail."""
    assert "email" in of_message("jane@acme.com\n" + mark * (20_000 // len(mark))).fields
