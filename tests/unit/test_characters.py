"""Invisible characters are removed, except those that a script or an emoji needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.characters import visible


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: a joiner separates the syllables
        "क\u094d\u200dष",
        "❤\ufe0f\u200d🔥",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "葛\U000e0100城",
        "ᠠ\u180b",
        "👩\u200d💻",
    ],
)
def test_what_a_script_or_an_emoji_needs_stays(text: str) -> None:
    assert visible(text) == text


@given(
    text=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F, exclude_characters="\xad\x85\xa0"), min_size=1),
    unseen=st.text(st.sampled_from("\u200b\u200d\u2060\ufeff\ufe0f\U000e0041\U000e007f\u202e\u180b"), min_size=1),
    at=st.integers(0, 20),
)
def test_whatever_unseen_stands_between_latin_letters_goes(text: str, unseen: str, at: int) -> None:
    text = text.replace("\x7f", "")
    assert visible(text[:at] + unseen + text[at:]) == text


@given(st.text())
def test_to_clean_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)
