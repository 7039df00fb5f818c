"""Finds more in a field than belongs there: a second person, a company after a name, a role after a source."""

import re
from itertools import pairwise

from bot.slack.quicktext import looks
from bot.slack.quicktext import words as known
from bot.slack.quicktext.address import Address
from bot.slack.quicktext.companies import has_legal_form, without_legal
from bot.slack.quicktext.placed import SENSIBLE
from bot.slack.quicktext.spelling import fold, latin, letters, letters_german

_JOINED = re.compile(r"\s+(?:and|or|und|oder|et|ou|y|e|x|vs\.?|[&+/])\s+", re.IGNORECASE)
_TIED = re.compile(r"\s*[&+/]\s*")
_BETWEEN_NAMES = frozenset({"mr", "mrs", "ms", "miss", "herr", "frau", "mme", "mlle", "prof", "sra"})
_KEYS = "|".join(re.escape(label) for label in known.FIELD_OF)
# In a source or a campaign: a sentence, a person or a company after a word, an amount, another key.
_GOES_ON = re.compile(
    r"[.!]\s+[A-ZÀ-Þ]|(?i:\b(?:from|by|with|von|mit|par))\s+[A-ZÀ-Þ]"
    rf"|(?i:\b\d+(?:[.,]\d+)?\s?(?:k|€|\$|eur|usd)\b|(?:{_KEYS})\s*[=:])|[+&/_-]$"
)
_BETWEEN = re.compile(r"[\s,]+")
# What may stand around a name.
_AROUND = known.HONORIFICS | known.SUFFIXES | known.PARTICLES
_SHORTCODE = re.compile(r":[\w+-]+:")
# Words that a company's name may contain beside its own.
_USUAL = (
    known.BUSINESS
    | known.FUNCTIONS
    | known.DEPARTMENTS
    | known.PLACES
    | known.LEGAL
    | known.PARTICLES
    | known.NATIONS
    | known.JOINING
)
# Words that name a company, not a person.
_OF_COMPANIES = (
    known.PREMISES | known.DEPARTMENTS | known.FUNCTIONS | known.GENERIC_BOXES | known.BUSINESS | known.ROLE_WORDS
)
# After a company's name: words for a part of the company, which do not belong to its name.
_UNITS = frozenset(
    {"sales", "it", "hr", "einkauf", "marketing", "procurement", "vertrieb", "support", "purchasing", "team", "dept"}
    | {"department", "abteilung", "finance"}
)
# Words about a lead, which do not belong to a name.
_NOT_NAMING = known.UNSURE | known.FORMER | known.URGENCY | known.DEALS
_OF = re.compile(r"\b([\w-]+)\s+(?:of|for|to|from|near|like|von|für|bei|chez|de|für|via)\s", re.IGNORECASE)
# Nobody writes these in a company's name except to add something: `Acme!!!`, `Acme +1`, `Acme/Globex`.
_TEMPERED = re.compile(r"!!|!$|\?|\+\s*\d|^\W*\+|/(?!\s*s\b)|\b(?:ex|non)-", re.IGNORECASE)
# Says what to do with a lead, or how much the writer means it.
_TO_DO = re.compile(
    r"!$|\?|\+\s*\d|\b(?:pls|plz|please|bitte|today|tomorrow|heute|morgen|hot lead|call ?back|follow ?up|rappeler"
    r"|(?:call|ping|mail|contact) (?:him|her|them|me|us|now|asap))\b",
    re.IGNORECASE,
)
# No name has more words.
MOST_WORDS = 8


def shortcode(text: str) -> bool:
    """True if the text contains an emoji, as Slack writes one."""
    return _SHORTCODE.search(text) is not None


def in_name(text: str, address: Address) -> bool:
    """True if a name of many words may contain more than one person's name, as far as their address tells: `Jane Doe
    Bob Ray`, `Jane Doe Acme`. A name of two words is always one."""
    core = _core(text)
    folded = [letters(word) for word in core]
    if not core or (len(folded) > 1 and len(set(folded)) == 1) or _is_no_person(text, folded, address):
        return True
    if any(letters(word) in _NOT_NAMING and letters(word) not in letters(address.local) for word in core):
        return True
    if _titled_within(text) or len(core) > MOST_WORDS:
        return True
    if not latin(text) or len(core) < 3:
        return len(core) > 3
    said = _said(address.local, core)
    if len(core) > 3:
        half = len(core) // 2
        return not (said & set(range(half)) and said & set(range(half, len(core))))
    return not (0 in said and (2 in said or (1 in said and _second_surname(core[2]))))


def _is_no_person(text: str, folded: list[str], address: Address) -> bool:
    """True if the words name a team, not a person: `Warehouse`, `Investor Relations`. One word is a person only if it
    is a first name. Several are a team if one of them is a company's word and the first is no first name."""
    numbered = any(number in address.local for number in re.findall(r"\d+", text))
    if numbered or not latin(text) or folded[0] in known.FIRST_NAMES:
        return False
    alone = len(folded) == 1 and letters(address.local) == folded[0] and not looks.honorific(text)
    return alone or any(word in _OF_COMPANIES for word in folded)


def in_company(text: str, name: str, address: Address) -> bool:
    """True if a company's value contains something else, such as a person, another company or a remark, as far as the
    domain tells: `Acme Bob Ray`, `Acme and Globex`, `Not Acme`, `Agency for Acme`."""
    spoken = [word for word in re.split(r"[\s,/()&+]+", without_legal(text)) if letters(word)]
    if _TEMPERED.search(text) or all(letters(word) in known.ROLE_WORDS for word in spoken):
        return True
    if address.names_company(text) == 3:
        return False
    told = [address.names_company(word) >= SENSIBLE for word in spoken]
    others = [word for word, its in zip(spoken, told, strict=True) if not its]
    folded = {letters(word) for word in others if len(letters(word)) > 1}
    if folded & _NOT_NAMING and not address.has_initials(text):
        return True
    if not any(told):
        return False  # the domain tells nothing of it
    person = {letters(word) for word in _BETWEEN.split(name)}
    if folded & person or _is_related(text, address) or (letters(spoken[-1]) in _UNITS and not told[-1]):
        return True
    before = spoken[: told.index(True)]
    return _has_strangers([word for word in others if letters(word) not in _USUAL], before, text, address)


def _has_strangers(strangers: list[str], before: list[str], text: str, address: Address) -> bool:
    """True if these words are too many for a company's name. The domain does not have them, and companies rarely do.
    `before`: the words before those of the domain."""
    if (strangers and not address.tells_company) or any(_is_added(word, text) for word in strangers):
        return True
    two = any(
        address.names_company(half) == 3 for mark in (_JOINED, _TIED) if mark.search(text) for half in mark.split(text)
    )
    in_front = any(word in strangers for word in before)
    return not has_legal_form(text) and (in_front or len(strangers) > (0 if two else 1))


def _is_added(word: str, text: str) -> bool:
    """True if a word that the domain does not have looks different from the rest, in small letters, in capitals or with
    a number: `Acme again`, `Acme RFX`, `Acme x2`."""
    numbered = any(c.isdigit() for c in word)
    if not latin(text) or (len(word) < 2 and not numbered):
        return False
    small = word[:1].islower() and not text.islower()
    capitals = word.isupper() and not text.isupper() and len(word) < 5 and "." not in word
    return small or capitals or numbered


def _is_related(text: str, address: Address) -> bool:
    """True if the text says what somebody is to the company: `Competitor of Acme`. Universities are exempt, because
    their names contain a place."""
    found = _OF.search(text)
    return (
        found is not None
        and letters(found[1]) not in known.INSTITUTIONS
        and address.names_company(found[1]) < SENSIBLE <= address.names_company(text[found.end() :])
    )


def in_value(name: str, text: str) -> bool:
    """True if the value of a key, without quotes, runs on into something else: `source=fair VP Sales`."""
    spoken = text.split()[: MOST_WORDS * 2]
    if name in ("source", "campaign", "title") and remarked(text):
        return True
    if name in ("source", "campaign") and (_GOES_ON.search(text) or {letters(one) for one in spoken} & known.UNSURE):
        return True
    return any(_begins_else(name, spoken[:cut], spoken[cut:]) for cut in range(1, len(spoken)))


def in_role(text: str) -> bool:
    """True if a role is another person's, or is not sure: `knows the CEO`, `future CTO`, `husband of CEO`."""
    spoken = [letters(word) for word in re.split(r"[\s,/]+", text)]
    if spoken[-1] in known.JOINING | known.PREPOSITIONS | known.PARTICLES:
        return True  # Head of
    first = next((place for place, word in enumerate(spoken) if word in known.ROLE_WORDS), 0)
    return bool(
        set(spoken) & (known.UNSURE | known.FORMER | known.URGENCY) or set(spoken[:first]) & known.ARTICLES
    ) or remarked(text)


def remarked(text: str) -> bool:
    """True if the text begins or ends with a remark, or says what to do: `webinar urgent`, `maybe webinar`, `webinar
    pls call`."""
    spoken = [letters(word) for word in text.split() if letters(word)]
    if _TO_DO.search(text) and not looks.source(text):
        return True
    return bool(spoken) and bool({spoken[0], spoken[-1]} & (known.UNSURE | known.URGENCY))


def _begins_else(name: str, value: list[str], rest: list[str]) -> bool:
    behind = " ".join(rest)
    if rest[0].islower() and len(rest) > 1 and letters(rest[0]) in known.SENTENCE_STARTS:
        return True
    if looks.employees(behind):
        return True
    if name != "title" and looks.role(behind) and looks.nothing_but_role(behind, ""):
        return True
    if name not in ("source", "campaign"):
        return False
    somebody = (
        len(rest) > 1 and looks.name_shaped(behind) and not (looks.sourceish(behind) or looks.names_place(behind))
    )
    plain = all(letters(word) in known.SOURCE_WORDS for word in value) or looks.source(" ".join(value))
    contrast = name == "source" or value[-1].islower()
    return (somebody and plain and contrast) or (len(rest) > 1 and has_legal_form(behind))


def _core(text: str) -> list[str]:
    """Returns the words of a name without titles, particles and initials."""
    return [word for word in _BETWEEN.split(text) if letters(word) not in _AROUND and len(letters(word) or word) > 1]


def _titled_within(text: str) -> bool:
    """True if a title stands within a name, so that another name begins there: `Herr Weiß Frau Müller`."""
    spoken = [letters(word) for word in _BETWEEN.split(text)]
    return any(word in _BETWEEN_NAMES and before not in known.HONORIFICS for before, word in pairwise(spoken))


def _said(local: str, core: list[str]) -> set[int]:
    """Returns the places of the words that the letters before the @ consist of, whole or by their initials."""
    whole = re.sub(r"[^a-z]", "", fold(local))
    return max((_spelled(whole, tuple(map(spell, core))) for spell in (letters, letters_german)), key=len)


def _spelled(text: str, words: tuple[str, ...]) -> set[int]:
    """Returns the places of the words that the text consists of, each used once. If it contains more, returns those
    that stand in it whole."""
    return _exactly(text, words, frozenset(range(len(words))), set()) or {
        place for place, word in enumerate(words) if len(word) > 2 and word in text
    }


def _exactly(
    text: str, words: tuple[str, ...], free: frozenset[int], vain: set[tuple[str, frozenset[int]]]
) -> set[int]:
    """Does the same for the places in `free`, and returns nothing if the text contains more. `vain`: what was tried in
    vain, so that words that are alike are not tried in every order."""
    if (text, free) in vain:
        return set()
    for place in free:
        for piece in (words[place], words[place][:1]):
            if piece and text == piece:
                return {place}
            behind = text[len(piece) :]
            if piece and text.startswith(piece) and (rest := _exactly(behind, words, free - {place}, vain)):
                return rest | {place}
    vain.add((text, free))
    return set()


def _second_surname(word: str) -> bool:
    """True if the word is a family name beyond doubt, like the second one in Spanish."""
    return not word.isascii() or letters(word) in known.SURNAMES or letters(word).endswith("ez")
