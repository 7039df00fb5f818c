"""Text for Slack: escaped, cut to length, and readable."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import text
from models.errors import PersonId
from tests.monday import MONDAY


@given(typed=st.text(max_size=200), limit=st.integers(1, 120))
def test_escaped_text_fits_and_has_no_mark_of_slacks(typed: str, limit: int) -> None:
    shown = text.escape(typed, limit)
    assert len(shown) <= limit
    assert "<" not in shown
    assert ">" not in shown
    for part in shown.split("&")[1:]:
        assert part.startswith(("amp;", "lt;", "gt;")), "an entity was cut in half"


@pytest.mark.parametrize(
    ("number", "called"),
    [
        ("+49 30 1234", "+49301234"),
        ("+49 (0)30 12-34", "+49301234"),
        ("(415) 555-0132", "4155550132"),
        ("+1 (415) 555-0132 ext. 42", "+14155550132;ext=42"),
        ("415.555.0132 x42", "4155550132;ext=42"),
        ("call the desk", None),
        ("12", None),
        ("1" * 40, None),
        ("+49 30 1234> <!channel>", None),
        ("", None),
    ],
)
def test_a_telephone_number_is_a_link_that_calls_it_and_what_is_none_stays_text(
    number: str, called: str | None
) -> None:
    label = text.escape(number)
    assert text.phone_link(number) == (label if called is None else f"<tel:{called}|{label}>")


@given(local=st.text(max_size=60), domain=st.text(max_size=60))
def test_whatever_an_address_is_made_of_its_link_ends_where_it_should(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    link = text.mail_link(address)
    url, _, label = link.removeprefix("<").removesuffix(">").partition("|")
    assert not set("<>|") & set(url)
    assert url.startswith("mailto:")
    assert label == text.escape(address, 300)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=40), "40 min"),
        (timedelta(minutes=90), "1 h 30 min"),
        (timedelta(hours=3, minutes=10), "3 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 days"),
        (timedelta(minutes=-5), "0 min"),
    ],
)
def test_a_length_of_time_is_said_in_one_glance(length: timedelta, words: str) -> None:
    assert text.span(length) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=4), "4 minutes ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_how_long_ago_is_said_in_words(before: timedelta, words: str) -> None:
    assert text.ago(MONDAY - before, MONDAY) == words


@pytest.mark.parametrize(
    ("cents", "currency", "words"),
    [(1_200_000, "EUR", "12,000 €"), (1_200_050, "USD", "$12,000.50"), (0, "CHF", "0 CHF")],
)
def test_money_is_written_as_people_write_it(cents: int, currency: str, words: str) -> None:
    assert text.money(cents, currency) == words


def test_facts_of_a_refusal_become_mentions_and_times() -> None:
    assert text.show(PersonId("U1"), MONDAY) == "<@U1>"
    assert text.show(MONDAY - timedelta(minutes=4), MONDAY) == "4 minutes ago"
    assert text.show(MONDAY + timedelta(days=1), MONDAY).startswith("<!date^")
    assert text.show("<!channel>", MONDAY) == "&lt;!channel&gt;"
