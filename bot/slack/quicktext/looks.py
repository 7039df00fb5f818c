"""Tells what a few words look like: a website, a role, a source, a person's name, a sentence."""

import re
from functools import cache
from itertools import pairwise
from zoneinfo import available_timezones

from bot.slack.quicktext import words as known
from bot.slack.quicktext.spelling import capital, fold, folded_words, german, latin, letters

# In characters. A longer text is always a sentence.
LONGEST = 150

_WORD = re.compile(r"\w+")
_NO_LETTERS = re.compile(r"[^a-z]+")
_NOT_IN_ROLES = re.compile(r"[\d@<>\[\]{}()|=]")
_SITE = re.compile(r"(?:https?://\S+|(?:[\w-]+\.)+[a-z]{2,24}(?:/\S*)?)", re.IGNORECASE)
_NUMBER = re.compile(r"[#§~<>]?\s*\d[\d\s.,'_-]*(?:%|\+|k|m)?", re.IGNORECASE)
_EMPLOYEES = re.compile(
    r"(\d[\d\s.,']*)\s*(?:employees|people|staff|fte|ftes|mitarbeiter|mitarbeitende|ma|salariés|empleados|dipendenti|medewerkers)\.?",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?:lead )?score:?\s+(\d{1,7})", re.IGNORECASE)
_AND = re.compile(r"\s(?:and|und|et|&|\+)\s", re.IGNORECASE)
_QUALIFYING = (
    known.QUALIFIERS | known.FUNCTIONS | known.DEPARTMENTS | known.PLACES | known.JOINING | known.PARTICLES | {""}
)
# Words about another person, or words that are followed by the person they are about.
_ANOTHER = re.compile(
    r"\b(?:boss|colleague|assistant of|successor|predecessor|husband|wife|reports to|cc|instead|"
    r"(?:call|contact|ask|e?mail|write(?: to)?|ping|met|meet|talk to|speak (?:to|with))\s+"
    r"(?!her\b|him\b|them\b|us\b|me\b|back|on\b|at\b|in\b|by\b|for\b|about|today|tomorrow|again|asap|next|after"
    r"|before|soon|the\b|a\b|an\b|whether|if\b|how|when|what)\w+)",
    re.IGNORECASE,
)


# Persons.


def suffix(text: str) -> bool:
    """True if the text is nothing but what follows a name: Jr., MD, Ph.D."""
    return len(text) <= 8 and letters(text) in known.SUFFIXES


def honorific(text: str) -> bool:
    first = text.split(maxsplit=1)
    return len(first) > 1 and letters(first[0]) in known.HONORIFICS and ("." in first[0] or len(first[0]) > 1)


def name_shaped(text: str) -> bool:
    """True for two to six words that begin with capitals, with particles between them or not; or for a script that is
    not Latin."""
    if any(c.isdigit() or c in "@<>[]{}()=#%&+/\\_*:!?" for c in text) or "," in text:
        return False
    parts = text.split()
    if not latin(text):
        return len(parts) <= 5 and any(c.isalpha() for c in text)
    rest = [part for part in parts if letters(part) not in known.PARTICLES]
    return 2 <= len(parts) <= 6 and len(rest) >= 1 and all(part.lstrip("'’(\"")[:1].isupper() for part in rest)


def several(text: str) -> bool:
    """True if the text may name two people."""
    return _AND.search(text) is not None


def halves_of_name(one: str, other: str) -> bool:
    """True if the two parts may be a first and a last name, in either order."""
    return len(f"{one} {other}".split()) < 4 and all(
        re.sub(r"[ '’-]", "", text).isalpha()
        and capital(text)
        and not any(kind(text) for kind in (role, department, sourceish, names_place))
        for text in (one, other)
    )


def of_another(text: str) -> bool:
    """True if the words are about another person than the lead: `wants us to call Bob Ray`, `talk to her boss`."""
    spoken = text.split()
    named = any(a[:1].isupper() and b[:1].isupper() for a, b in pairwise(spoken[1:]))
    return _ANOTHER.search(text) is not None or (named and sentence(text))


# Roles, sources, sentences, places.


def role(text: str) -> bool:
    """True if the text says what somebody does. False if it has an @, a bracket or a number."""
    if len(text) > 80 or _NOT_IN_ROLES.search(text):
        return False
    low = text.lower()
    spoken = {*folded_words(text), *_NO_LETTERS.split(fold(german(low)))}
    compound = any(word.endswith(known.ROLE_ENDINGS) and word not in known.ROLE_ENDINGS for word in spoken)
    return (
        bool(spoken & known.ROLE_WORDS)
        or compound
        or (not low.isascii() and any(mark in low for mark in known.ROLE_MARKS))
    )


def nothing_but_role(text: str, company: str) -> bool:
    """True if a role contains nothing else: no company but this one after it, no source, no remark about the lead."""
    spoken = folded_words(text)
    if len(text.split()) > 8 or any(word in known.PREPOSITIONS or word in known.SENTENCE_STARTS for word in spoken):
        return False
    if spoken and spoken[-1] in known.SOURCE_WORDS and not known.JOINING & set(spoken) and len(spoken) > 1:
        return False
    if not (about_work(text, company) and _qualified(text)):
        return False
    only_lead = not (set(spoken) & known.ROLE_WORDS) - {"lead", "student"} and "lead" in spoken
    return not (only_lead and (set(spoken) & (known.SOURCE_WORDS | known.TEMPERATURES) or len(spoken) == 1))


def about_work(text: str, company: str) -> bool:
    """True if only words for what the role is about follow its last word: VP Sales, not CEO Bob Ray. After `of`, this
    company and words in small letters may follow as well: responsable des achats."""
    if not latin(text):
        return True
    spoken = re.split(r"[\s,/&-]+", text)
    folded = [
        letters(german(word.lower())) if letters(word) not in known.ROLE_WORDS else letters(word) for word in spoken
    ]
    last = max((place for place, word in enumerate(folded) if word in known.ROLE_WORDS), default=len(folded))
    behind = [(word, letters(word)) for word in spoken[last + 1 :]]
    usual = known.DEPARTMENTS | known.FUNCTIONS | known.SUFFIXES | known.PLACES | known.JOINING | known.PARTICLES
    if behind and behind[0][1] in known.JOINING | known.PARTICLES:
        if folded[last] in ("assistant", "secretary", "assistenz"):
            return False
        usual = usual | set(folded_words(company))
        small = not text.islower()
        whole = all(low in usual or (small and word[:1].islower()) for word, low in behind)
    else:
        whole = all(low in usual for _, low in behind)
    return whole and not city_apart(text)


def city_apart(text: str) -> bool:
    """True if a role contains a city that no word joins to it: Buyer Paris, not Mayor of Paris."""
    spoken = ["", *(letters(word) for word in re.split(r"[\s,/&-]+", text))]
    return any(word in known.CITIES and before not in known.JOINED_BY for before, word in pairwise(spoken))


def _qualified(text: str) -> bool:
    """True if only words that qualify a role, or names of a field, stand before its first word: Senior Cloud Engineer,
    not loves the engineer. Before a role of a whole company only words that qualify it may stand."""
    if not latin(text):
        return True
    spoken = re.split(r"[\s,/&-]+", text)
    folded = [letters(word) for word in spoken]
    first = next((place for place, word in enumerate(folded) if word in known.ROLE_WORDS), 0)
    strange = [word for word, low in zip(spoken[:first], folded, strict=False) if low not in _QUALIFYING]
    return not strange or (folded[first] not in known.TOP_ROLES and all(word[:1].isupper() for word in strange))


def without_full_stop(text: str) -> str:
    """Returns a role without the full stop at its end: `CTO.`"""
    last = re.split(r"[\s/-]+", text)[-1]
    whole = role(last) or letters(last) in known.FUNCTIONS | known.DEPARTMENTS
    return text[:-1] if text.endswith(".") and not text.endswith("..") and whole else text


def placeholder(text: str) -> bool:
    """True if the text says that nothing is known: `n/a`, `tbd`, `?`."""
    return not any(c.isalnum() for c in text) or " ".join(_WORD.findall(fold(text))) in known.PLACEHOLDERS


def department(text: str) -> bool:
    return fold(text).strip() in known.DEPARTMENTS


def source(text: str) -> bool:
    return " ".join(fold(text).split()) in known.SOURCES


def sourceish(text: str) -> bool:
    return any(word in known.SOURCE_WORDS for word in folded_words(text))


def names_place(text: str) -> bool:
    """True if the text is or contains the name of a city or a country."""
    low = " ".join(folded_words(text))
    return low in known.PLACE_PHRASES or low in _cities() or any(word in known.PLACES for word in low.split())


@cache
def _cities() -> frozenset[str]:
    """Returns the cities that time zones are named after."""
    return frozenset(zone.rpartition("/")[2].replace("_", " ").lower() for zone in available_timezones() if "/" in zone)


def sentence(text: str) -> bool:
    """True if the text is plainly a sentence: it begins with a word that tells of somebody, or has many words."""
    spoken = [word for word in text.split() if word[:1].isalpha()]
    if len(text) > LONGEST or len(spoken) >= 8:
        return True
    if len(spoken) < 2:
        return False
    begins = letters(spoken[0]) in known.SENTENCE_STARTS or letters(german(spoken[0].lower())) in known.SENTENCE_STARTS
    return begins or (spoken[0][:1].islower() and len(spoken) >= 5)


# Numbers and addresses.


def site(text: str) -> bool:
    return _SITE.fullmatch(text) is not None


def number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def employees(text: str) -> str | None:
    """Returns the number of employees, if the text states it."""
    found = _EMPLOYEES.fullmatch(text)
    return found[1].strip() if found else None


def score(text: str) -> str | None:
    """Returns the score, if the text states it."""
    found = _SCORE.fullmatch(text)
    return found[1] if found else None
