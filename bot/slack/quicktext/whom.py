"""Finds for whom a lead is: who is asked for in words, and who is only mentioned."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.slack.quicktext import looks
from bot.slack.quicktext import words as known
from bot.slack.quicktext.marks import Looks
from bot.slack.quicktext.parts import Part
from bot.slack.quicktext.placed import Placed
from bot.slack.quicktext.spelling import letters

# Keys whose values have several words, so that other words may follow without a mark.
RUN_ON = frozenset({"name", "company", "title", "source", "campaign"})


_FOR_WORD = r"(?:(?:please )?(?:assign(?:ed)?|route|give|hand)\s+)?(?:for|to|für|an|pour|para|per|voor|till|til)"
ASKED_FOR = re.compile(rf"(?:^|\s+){_FOR_WORD}$", re.IGNORECASE)
HANDLE = re.compile(rf"(?:{_FOR_WORD}\s+)?@([\w.'-]{{1,80}})", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no|nicht|kein\w*|pas|non|nie)$", re.IGNORECASE)


def for_whom(found: Sequence[Part], placed: Placed) -> list[Part]:
    """Returns the parts without the word that asks for somebody: `for @dana`. If a sentence only mentions somebody,
    asks whether the lead is for them: `talked to @dana`."""
    result: list[Part] = []
    for part in found:
        before = result[-1] if result else None
        if before is not None and before.looks is Looks.PERSON and _goes_on(part):
            placed.doubt("rep", f"“{part.text[:60]}” speaks of somebody; choose whom it is for, if it is for them")
        if before is None or part.looks is not Looks.PERSON or part.key is not None or not touches(before, part):
            result.append(part)
            continue
        words, for_them = ASKED_FOR.sub("", before.text), ASKED_FOR.search(before.text) is not None
        if _speaks(words, before.key):
            result[-1] = replace(before, text=f"{before.text} <@{part.text.partition('|')[0]}>")
            placed.doubt("rep", f"“{before.text[:60]}” speaks of somebody; choose whom it is for, if it is for them")
            continue
        if for_them:
            result[-1:] = [replace(before, text=words)] if words else []
        result.append(part)
    return result


def touches(before: Part, part: Part) -> bool:
    return before.looks is Looks.WORDS and part.mark == " "


def _goes_on(part: Part) -> bool:
    """True if a sentence continues after a person who is mentioned: `@dana met her`."""
    first = part.text.split(maxsplit=1)[:1]
    return (
        part.looks is Looks.WORDS
        and part.key is None
        and part.mark == " "
        and bool(first)
        and (letters(first[0]) in known.SENTENCE_STARTS or (first[0][:1].islower() and not part.text.islower()))
    )


def _speaks(words: str, key: str | None) -> bool:
    """True if the words before a mention speak of somebody, and do not say for whom the lead is. After a key they do so
    if they are a note, or if they end with a word that joins: `source=referral from @dana`."""
    first = words.split(maxsplit=1)[:1]
    if key == "why_now" or (key in RUN_ON and not words):
        return True
    if key in RUN_ON and letters(words.rsplit(maxsplit=1)[-1]) in known.PREPOSITIONS | known.JOINING | known.FORMER:
        return True
    begins = bool(first) and (letters(first[0]) in known.SENTENCE_STARTS or words.casefold() in known.GREETINGS)
    return begins or _NOT.search(words) is not None or looks.sentence(words)
