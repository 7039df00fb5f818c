"""What stands in a field that no such thing has in it is asked about, and what is plain is not."""

import pytest

from bot.slack.amounts import cents
from bot.slack.quicktext import read
from models.errors import BadValue

PLAIN = "Jane Doe, Acme, jane@acme.com"


@pytest.mark.parametrize(
    "behind",
    [
        *("27 11 2026", "20261127", "2025-2026", "4500012345", "192.168.10.12", "1 200 000", "12345678"),
        *("F: 030 1234567", "score=-5", "employees=-5", "CEO?", "not CEO", "ex CEO", "Bob Ray's manager"),
        *("title=@dana", "title=72", "title=(none)", "title=[CEO]", "title=CEO 030 1234567"),
        *("source=fair @dana", "source=fair 030 1234567", "source=fair score 72", "source=「Web fair」"),
        *("https://www.linkedin.com/in/janedoe", "CEO of Globex", "title=Head at Globex", "source=fair VP Sales"),
        "wants us to call Bob Ray, CTO",
    ],
)
def test_what_is_no_such_thing_is_asked_about(behind: str) -> None:
    assert read(f"{PLAIN}, {behind}", country="DE").problems


@pytest.mark.parametrize(
    "line",
    [
        *(f"{name}, Acme, jane@acme.com" for name in ("• Jane Doe", "Jane Doe ★", "🚀 Jane Doe", "Jane Doe?")),
        *(f"Jane Doe {joined} Bob Ray, Acme, jane@acme.com" for joined in ("y", "och", "for", "og", "per")),
        *(f"Jane Doe, {company}, jane@acme.com" for company in ("✨Acme✨", "Acme?", "Acme → Globex", "Acme 250")),
        *(f"Jane Doe, {company}, jane@gmail.com" for company in ("Mrs", "none", "tomorrow", "Bob Ray", "Retail")),
        "Name Jane Doe, Company Acme, jane@acme2.com",
        "Hot Jane Doe, Acme, jane@acme.com",
        *("Lead 7, Acme, jane@acme.com", "Jane Doe 30, Acme, jane3@acme.com"),
        "Jane Doe of Acme, Globex, jane@globex.com",
        "Jane Doe, Acme +49 30 1234567, jane@acme.com",
    ],
)
def test_who_and_where_are_asked_about_where_more_stands_there(line: str) -> None:
    assert read(line, country="DE").problems


@pytest.mark.parametrize(
    "line",
    [
        PLAIN,
        *(f"{PLAIN}, {phone}" for phone in ("030 1234567", "tel 030/1234567", "+1 415 555 0132", "0171 1234567")),
        *(f"Lead {n}, Company {n}, lead{n}@company{n}.com" for n in (7, 12, 1000)),
        *("Lead 7, Acme, lead7@acme.com", f"{PLAIN}. Wants pricing."),
        *(f"{PLAIN}, {role}" for role in ("Head of Marketing", "VP of Sales", "title=Director of Operations")),
        *("Jane\U000e0041 Doe, Acme, jane@acme.com", f"{PLAIN}\ufe0f"),
        *("Jane Doe, Acme GmbH, jane@gmail.com", "Jane Doe, company=Acme, jane@gmail.com"),
        *(
            "Jane Doe, Yahoo!, jane@yahoo.com",
            "Jane Doe, AT&T, jane@att.com",
            "Jane Doe, 37signals, jane@37signals.com",
        ),
    ],
)
def test_what_is_plain_is_filed(line: str) -> None:
    assert not read(line, country="DE").problems


def test_a_word_on_the_lead_begins_with_a_letter() -> None:
    assert read(f"{PLAIN}. Wants pricing.", country="DE").fields["why_now"] == "Wants pricing."


@pytest.mark.parametrize("typed", ["12 0000", "1 2 3", "12 34"])
def test_digits_that_are_no_groups_of_thousands_are_no_amount(typed: str) -> None:
    with pytest.raises(BadValue, match="read in two ways"):
        cents(typed, "EUR")


@pytest.mark.parametrize(("typed", "amount"), [("12 000", 12_000_00), ("1 250 000", 1_250_000_00), ("12 k", 12_000_00)])
def test_spaces_between_thousands_are_read(typed: str, amount: int) -> None:
    assert cents(typed, "EUR") == amount
