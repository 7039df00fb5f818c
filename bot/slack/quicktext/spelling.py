"""Spells words in plain Latin letters, with and without their marks."""

import re
from functools import lru_cache

from anyascii import anyascii

from bot.slack.quicktext import words as known

_VOWELS = re.compile(r"[aeiouyhwj`']")
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_WORD = re.compile(r"[a-z0-9]+")


def fold(text: str) -> str:
    """Returns the text in lower case and Latin letters, without marks: what a name and the address made of it have in
    common."""
    return (text if text.isascii() else anyascii(text)).lower()


@lru_cache(maxsize=2048)
def letters(text: str) -> str:
    """Returns only the letters and digits of a text, folded."""
    return _NO_LETTERS.sub("", fold(text))


def letters_german(text: str) -> str:
    """Returns the same with an umlaut as two letters."""
    return letters(german(text.lower()))


def german(text: str) -> str:
    """Returns the text with two letters for each umlaut, as addresses have them."""
    if text.isascii():
        return text
    for letter, two in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"), ("ø", "oe")):
        text = text.replace(letter, two)
    return text


def spellings(text: str) -> tuple[str, ...]:
    """Returns the text, and with two letters for each umlaut if it may have one."""
    return (text,) if text.isascii() else (text, german(text.lower()))


@lru_cache(maxsize=512)
def folded_words(text: str) -> tuple[str, ...]:
    """Returns the words of a name, folded. Divides words whose script writes no spaces between syllables."""
    found = (
        re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", anyascii(text)) if not latin(text) else _WORD.findall(fold(text))
    )
    return tuple(word.lower() for word in found)


def latin(text: str) -> bool:
    """True if the text is in Latin letters."""
    return text.isascii() or all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x2100 for c in text if c.isalpha())


def skeleton(text: str) -> str:
    """Returns the consonants: some scripts write no vowels, and people spell the vowels of others in many ways."""
    text = (
        text.replace("x", "ks")
        .replace("ph", "f")
        .replace("c", "k")
        .replace("q", "k")
        .replace("z", "s")
        .replace("g", "k")
    )
    return re.sub(r"(.)\1+", r"\1", _VOWELS.sub("", text))


def capital(word: str) -> bool:
    first = word.lstrip("'’\"(.-&+")
    return (
        not first[:1].isalpha()
        or first[:1].isupper()
        or not first[:1].islower()
        or letters(word) in known.PARTICLES | known.JOINING
    )
