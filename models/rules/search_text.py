"""The text by which a search finds a lead: name, company and address, without case and accents. Pure.

The database keeps it only for a lead with letters outside ASCII. Both databases fold the case of ASCII by themselves.
"""

import re
import unicodedata

MOST_WORDS, LONGEST_WORD = 6, 60

# Letters that stand for other letters, although Unicode does not treat them as accented.
_OTHERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‘": "'"}
)

# Umlauts as people write them who have no such keys, and as addresses have them.
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
Spelled = tuple[str, ...]


def folded(text: str) -> str:
    """Returns the text without case and accents. Any white space becomes one space."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in parts if not unicodedata.combining(c)).translate(_OTHERS).split())


def search_text(name: str, company: str, email: str) -> str | None:
    """Returns the search text of a lead, or None if its text is all ASCII."""
    said = f"{name} {company} {email}"
    return None if said.isascii() else folded(said)


def words_of(text: str) -> tuple[Spelled, ...]:
    """Returns the words to search for, each once, in each of its spellings: müller is muller and mueller."""
    found: dict[str, Spelled] = {}
    for word in re.split(r"[\s,;]+", text.casefold()):
        said = folded(word).strip('.:!?"“”()<>')[:LONGEST_WORD]
        spelled = folded(word.translate(_TWO_LETTERS)).strip('.:!?"“”()<>')[:LONGEST_WORD]
        if said:
            found.setdefault(said, tuple(dict.fromkeys((said, spelled, re.sub("(?<=[aou])e", "", said)))))
    return tuple(found.values())[:MOST_WORDS]
