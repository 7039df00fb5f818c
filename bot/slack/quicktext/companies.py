"""Tells which words are a company's: legal forms, and words of businesses."""

import re
from functools import lru_cache

from bot.slack.quicktext import words as known
from bot.slack.quicktext.spelling import folded_words, letters

_DOTS = re.compile(r"[.\s]")
_BETWEEN = re.compile(r"[\s,]+")
_MARKS = re.compile("|".join(map(re.escape, known.LEGAL_MARKS)), re.IGNORECASE)
_PHRASES = frozenset(phrase.strip(" .") for phrase in known.LEGAL_PHRASES)
_PHRASE = re.compile(rf"[ ,](?:{'|'.join(map(re.escape, known.LEGAL_PHRASES))})$", re.IGNORECASE)
# The way in which most countries write their legal forms: v.o.s., S.A.B.
DOTTED = re.compile(r"(?:[^\W\d_]\.){2,5}")


@lru_cache(maxsize=512)
def legal_form(text: str) -> bool:
    """True if the text is nothing but a legal form, as in `Acme, Inc.`"""
    compact = _DOTS.sub("", text)
    if text.lower().strip(" .") in _PHRASES:
        return True
    return letters(compact) in known.LEGAL and len(text) < 20


@lru_cache(maxsize=512)
def has_legal_form(text: str) -> bool:
    """True if a legal form stands at one end of the text, or within it in a script without spaces."""
    if _MARKS.search(text) or _PHRASE.search(text):
        return True
    parts = _BETWEEN.split(text.strip(" ,"))
    return len(parts) > 1 and (_certain_form(parts[-1]) or parts[0].strip(".") in ("PT", "CV", "SC", "OOO", "AO"))


def _certain_form(word: str) -> bool:
    form = letters(word)
    if form in known.LEGAL_LOOSE or (DOTTED.fullmatch(word) and form not in known.SUFFIXES):
        return True
    return form in known.LEGAL and (
        word.replace(".", "").isupper() or "." in word or word in ("Co", "KGaA", "Oy", "Ab", "Oyj")
    )


@lru_cache(maxsize=512)
def without_legal(text: str) -> str:
    """Returns the company's name without its legal form."""
    name = _MARKS.sub(" ", text)
    if phrase := _PHRASE.search(name):
        name = name[: phrase.start()]
    parts = name.split()
    while len(parts) > 1 and (letters(parts[-1]) in known.LEGAL or DOTTED.fullmatch(parts[-1])):
        parts.pop()
    return " ".join(parts).strip(" ,.") or text


def business_word(text: str) -> bool:
    return len(text.split()) > 1 and any(word in known.BUSINESS for word in folded_words(text))
